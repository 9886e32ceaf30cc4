-- Emergency orders. One row takes over the whole fleet; nothing is written to the DERs.

CREATE TABLE emergency_order (
  emergency_id  text PRIMARY KEY,
  der_id        text NOT NULL,
  region_id     text NOT NULL,
  kind          smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
  power_kw      double precision NOT NULL,
  shortfall_kw  double precision NOT NULL,
  starts_at     timestamptz NOT NULL,
  ends_at       timestamptz NOT NULL,
  ended_at      timestamptz,
  reason        text NOT NULL,
  exercise      boolean NOT NULL,
  state         smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
  der_count     integer NOT NULL,
  unbound       jsonb NOT NULL,
  unbound_count integer NOT NULL,
  shares        jsonb NOT NULL,
  issued_by     text NOT NULL,
  released_by   text NOT NULL,
  revision      bigint NOT NULL CHECK (revision > 0),
  number        bigint NOT NULL UNIQUE CHECK (number > 0),
  planner       text NOT NULL,
  CHECK ((der_id = '') <> (region_id = ''))
);
CREATE INDEX emergency_order_newest ON emergency_order (starts_at DESC, emergency_id DESC);
CREATE INDEX emergency_order_active ON emergency_order (ends_at) WHERE state = 1;
COMMENT ON COLUMN emergency_order.number IS 'Place among all orders, from 1 without a gap: what a plan knew of is told by it.';
COMMENT ON COLUMN emergency_order.planner IS 'Who made the plan, a process: it knows of all its own orders without their numbers.';
COMMENT ON TABLE emergency_order IS 'One row per order with its scope (a DER, ALL_DERS or a region): a million DERs are bound by one commit, and an order ends at ends_at without a write.';

CREATE TABLE emergency_bank (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  last_number bigint NOT NULL CHECK (last_number >= 0)
);
INSERT INTO emergency_bank (last_number) VALUES (0);
COMMENT ON TABLE emergency_bank IS 'One row, locked by whoever stores an order: orders are numbered one after the other, and each is checked against those before it, so that none shares out what another has.';
