-- The registry: regions, DERs, their newest readings, maintenance, capacity rules.
-- der_key (signed 64 bits of SHA-256 of the DER id) leads every key of every large table, so that a write touches one
-- shard when the tables are distributed by it; region and capacity_rule are small and would be reference tables.

CREATE TABLE region (
  region_id              text PRIMARY KEY,
  parent_region_id       text NOT NULL DEFAULT '',
  display_name           text NOT NULL,
  import_limit_kw        double precision,
  export_limit_kw        double precision,
  load_series_id         text NOT NULL,
  import_price_series_id text NOT NULL,
  export_price_series_id text NOT NULL,
  carbon_series_id       text NOT NULL,
  revision               bigint NOT NULL CHECK (revision > 0)
);
COMMENT ON TABLE region IS 'Regions of the grid; small, held whole in memory by every process, because each plan and each right is judged by it.';

CREATE TABLE der (
  der_key       bigint PRIMARY KEY,
  der_id        text NOT NULL,
  owner_id      text NOT NULL,
  type          smallint NOT NULL CHECK (type BETWEEN 1 AND 6),
  capacity_kw   double precision NOT NULL CHECK (capacity_kw > 0 AND capacity_kw < 'Infinity'),
  latitude_deg  double precision NOT NULL CHECK (latitude_deg BETWEEN -90 AND 90),
  longitude_deg double precision NOT NULL CHECK (longitude_deg BETWEEN -180 AND 180),
  place         point GENERATED ALWAYS AS (point(longitude_deg, latitude_deg)) STORED,
  region_id     text NOT NULL,
  stored_status smallint NOT NULL CHECK (stored_status BETWEEN 1 AND 3),
  lifecycle     smallint NOT NULL CHECK (lifecycle BETWEEN 1 AND 2),
  parameters    jsonb NOT NULL,
  registered_at timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  revision      bigint NOT NULL CHECK (revision > 0),
  gateway_id    text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE INDEX der_by_id ON der (der_id);
CREATE INDEX der_by_place ON der USING gist (place);
COMMENT ON TABLE der IS 'One row per DER. Written by the registry alone, by compare-and-set on revision. EMERGENCY and OPTIMIZED are derived and never stored. The fill factor leaves room for updates of the status in place.';
COMMENT ON COLUMN der.der_key IS 'SHA-256 of der_id, first eight bytes: unique by this key, so no directory of ids is needed.';

CREATE TABLE latest_reading (
  der_key             bigint PRIMARY KEY,
  der_id              text NOT NULL,
  measured_at         timestamptz NOT NULL,
  power_kw            double precision,
  reactive_power_kvar double precision,
  voltage_v           double precision,
  frequency_hz        double precision,
  state_of_charge_kwh double precision,
  quality             smallint NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE latest_reading IS 'The newest reading of each DER: what headroom, statistics and state of charge are judged by. Older readings that arrive late change nothing.';

CREATE TABLE maintenance (
  der_key     bigint NOT NULL,
  record_id   text NOT NULL,
  der_id      text NOT NULL,
  kind        smallint NOT NULL,
  starts_at   timestamptz NOT NULL,
  ends_at     timestamptz NOT NULL,
  crew        text NOT NULL,
  notes       text NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (der_key, record_id)
);
CREATE INDEX maintenance_newest ON maintenance (der_key, recorded_at DESC, record_id DESC);
COMMENT ON TABLE maintenance IS 'Work done or planned on a DER; never changed, listed newest first.';

CREATE TABLE capacity_rule (
  type         smallint PRIMARY KEY CHECK (type BETWEEN 1 AND 6),
  min_kw       double precision NOT NULL,
  max_kw       double precision NOT NULL,
  usual_min_kw double precision NOT NULL,
  usual_max_kw double precision NOT NULL
);
COMMENT ON TABLE capacity_rule IS 'Limits of capacity per type: outside min..max is refused, outside usual is accepted with a warning. A table, so that an operator changes them without a release.';
INSERT INTO capacity_rule (type, min_kw, max_kw, usual_min_kw, usual_max_kw) VALUES
  (1, 0.1, 30000, 3,   10000),   -- solar
  (2, 0.1, 30000, 2.5, 10000),   -- wind
  (3, 0.1, 20000, 1,   10000),   -- battery
  (4, 0.1, 30000, 5,   10000),   -- hydro
  (5, 10,  30000, 300, 15000),   -- geothermal
  (6, 0.1, 20000, 1,   10000);   -- fuel cell
