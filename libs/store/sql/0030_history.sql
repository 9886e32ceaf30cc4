-- What DERs measured over time. Readings are appended to a journal as they arrive, in the transaction that acknowledges
-- them; one process folds the journal into hours, which reports are computed from, and into the readings' history.

CREATE TABLE reading_journal (
  seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reading_count integer NOT NULL CHECK (reading_count > 0),
  readings      bytea NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE reading_journal ALTER readings SET STORAGE EXTERNAL;
COMMENT ON TABLE reading_journal IS 'One row per committed batch: all its readings, also late ones, packed as in libs/domain/reading_codec.h. A queue: rows live until they are folded, in the same transaction that stores what they fold into.';

CREATE TABLE reading_hour (
  der_key                   bigint NOT NULL,
  hour_at                   timestamptz NOT NULL,
  covered_seconds           double precision NOT NULL,
  generated_kwh             double precision NOT NULL,
  consumed_kwh              double precision NOT NULL,
  frequency_seconds         double precision NOT NULL,
  frequency_outside_seconds double precision NOT NULL,
  deviation_seconds         double precision NOT NULL,
  support_kwh               double precision NOT NULL,
  reported_seconds          double precision NOT NULL,
  valid_seconds             double precision NOT NULL,
  voltage_seconds           double precision NOT NULL,
  sample_count              integer NOT NULL,
  estimated_seconds         real NOT NULL,
  stale_seconds             real NOT NULL,
  invalid_seconds           real NOT NULL,
  substituted_seconds       real NOT NULL,
  min_power_kw              double precision,
  max_power_kw              double precision,
  voltage_outside_seconds   double precision,
  state_of_charge_kwh       double precision,
  min_voltage_v             real,
  max_voltage_v             real,
  mean_voltage_v            real,
  min_frequency_hz          real,
  max_frequency_hz          real,
  mean_frequency_hz         real,
  PRIMARY KEY (der_key, hour_at)
) WITH (fillfactor = 50);
CREATE INDEX reading_hour_by_time ON reading_hour USING brin (hour_at) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON TABLE reading_hour IS 'An hour of a DER in numbers (libs/domain/rollup.h): a pure function of its readings, written anew when late ones arrive. Rows lie in the order of time, which the small BRIN index finds; reports over the fleet read a stretch of it. What they sum comes first, and the fill factor leaves room to write an hour anew in its page.';

CREATE TABLE reading_chunk (
  der_key  bigint NOT NULL,
  hour_at  timestamptz NOT NULL,
  readings bytea NOT NULL,
  PRIMARY KEY (der_key, hour_at)
) WITH (fillfactor = 85, toast_tuple_target = 8160);
ALTER TABLE reading_chunk ALTER readings SET STORAGE EXTERNAL;
CREATE INDEX reading_chunk_by_time ON reading_chunk USING brin (hour_at) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON TABLE reading_chunk IS 'The readings of an hour of a DER, each time once, packed: history, and what the hour is folded from again when a late reading arrives.';

CREATE TABLE status_change (
  der_key    bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  status     smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
  PRIMARY KEY (der_key, changed_at)
);
COMMENT ON TABLE status_change IS 'Stored status of DERs over time (0: retired), copied from the event chain by who folds the journal, so that a change of status costs nothing more than its event.';

CREATE TABLE fold_cursor (
  only_row         boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  through_sequence bigint NOT NULL
);
INSERT INTO fold_cursor (through_sequence) VALUES (0);
COMMENT ON TABLE fold_cursor IS 'How far status_change follows the event chain.';
