-- What DERs shall do beside schedules and emergency orders, and what became of what they were told.

CREATE TABLE standing_control (
  kind            smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
  control_id      text NOT NULL,
  revision        bigint NOT NULL CHECK (revision > 0),
  der_id          text NOT NULL,
  region_id       text NOT NULL,
  program         text NOT NULL,
  primacy         smallint NOT NULL CHECK (primacy BETWEEN 0 AND 255),
  power_kw        double precision,
  max_power_kw    double precision,
  min_power_kw    double precision,
  power_share     double precision,
  max_power_share double precision,
  min_power_share double precision,
  starts_at       timestamptz NOT NULL,
  valid_until     timestamptz NOT NULL,
  reason          text NOT NULL,
  put_by          text NOT NULL,
  put_at          timestamptz NOT NULL,
  replaced_at     timestamptz,
  PRIMARY KEY (kind, control_id, revision),
  CHECK ((der_id = '') <> (region_id = ''))
);
CREATE UNIQUE INDEX standing_control_current ON standing_control (kind, control_id) WHERE replaced_at IS NULL;
CREATE INDEX standing_control_in_time ON standing_control (valid_until);
COMMENT ON TABLE standing_control IS 'Limits (kind 1) and defaults (2). A change adds a row and sets replaced_at of the one before, so that what held at a time in the past can still be told.';

CREATE TABLE instruction (
  der_key       bigint NOT NULL,
  source        smallint NOT NULL CHECK (source BETWEEN 1 AND 8),
  control_id    text NOT NULL,
  der_id        text NOT NULL,
  power_kw      double precision,
  max_power_kw  double precision,
  min_power_kw  double precision,
  connect       boolean,
  issued_at     timestamptz NOT NULL,
  starts_at     timestamptz NOT NULL,
  valid_until   timestamptz NOT NULL,
  state         smallint NOT NULL CHECK (state BETWEEN 1 AND 12),
  state_at      timestamptz NOT NULL,
  detail        text NOT NULL,
  delivered_kw  double precision,
  issued_by     text NOT NULL,
  reason        text NOT NULL,
  superseded_by text NOT NULL,
  revision      bigint NOT NULL CHECK (revision > 0),
  PRIMARY KEY (der_key, source, control_id)
) WITH (fillfactor = 80);
CREATE INDEX instruction_newest ON instruction (issued_at DESC, der_id DESC, source DESC, control_id DESC);
CREATE INDEX instruction_of_control ON instruction (control_id);
COMMENT ON TABLE instruction IS 'What a DER was told: instructions of operators and owners when they are given, and what comes of schedules, limits and orders when the DER first says something about it. It is named by DER, source and control.';
