-- Time series and what the optimiser stores.

CREATE TABLE series (
  series_id   text PRIMARY KEY,
  kind        smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
  interval_us bigint NOT NULL CHECK (interval_us > 0)
);
COMMENT ON TABLE series IS 'Names of time series; kind and interval of a series never change, so that a piece of another shape is refused.';

CREATE TABLE series_values (
  series_id    text NOT NULL REFERENCES series,
  chunk        bigint NOT NULL,
  chunk_values double precision[] NOT NULL CHECK (cardinality(chunk_values) = 1000),
  stored_count integer GENERATED ALWAYS AS
    (coalesce(cardinality(array_remove(chunk_values, 'NaN'::double precision)), 0)) STORED,
  PRIMARY KEY (series_id, chunk)
);
COMMENT ON TABLE series_values IS 'A thousand values a row, NaN where there is none. Value i of chunk c holds from (1000 c + i) intervals after 1970-01-01 UTC. A year of hours is nine rows, and a piece that is put again changes only its own slice.';

CREATE TABLE optimization_run (
  run_id         text PRIMARY KEY,
  region_id      text NOT NULL,
  starts_at      timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,
  interval_us    bigint NOT NULL CHECK (interval_us > 0),
  interval_count integer NOT NULL CHECK (interval_count > 0),
  applied        boolean NOT NULL,
  requested_by   text NOT NULL,
  created_at     timestamptz NOT NULL,
  detail         jsonb NOT NULL,
  state          smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
  runner         text NOT NULL,
  cancelled_by   text NOT NULL DEFAULT '',
  progress       text NOT NULL DEFAULT '',
  heartbeat_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at       timestamptz
);
CREATE INDEX optimization_run_newest ON optimization_run (created_at DESC, run_id DESC);
CREATE INDEX optimization_run_in_force ON optimization_run (ends_at) WHERE applied;
CREATE INDEX optimization_run_running ON optimization_run (run_id) WHERE state = 3;
COMMENT ON TABLE optimization_run IS 'One row per run, from its begin (state 3) to its end; applied ones put their schedules in force. detail is what only the optimizer reads. runner is the process that solves it: while it does, it moves heartbeat_at on.';

CREATE TABLE lease (
  name       text PRIMARY KEY,
  holder     text NOT NULL,
  token      bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE lease IS 'Who does what only one process may do, until when. token grows with every new holder and is never reused, so that a write of an earlier one can be refused; rows stay.';

CREATE TABLE optimization_policy (
  policy_id            text PRIMARY KEY,
  region_id            text NOT NULL,
  every_us             bigint NOT NULL CHECK (every_us > 0),
  request              jsonb NOT NULL,
  paused               boolean NOT NULL,
  put_by               text NOT NULL,
  updated_at           timestamptz NOT NULL,
  revision             bigint NOT NULL,
  next_due_at          timestamptz NOT NULL,
  last_run_id          text NOT NULL,
  last_run_noted       boolean NOT NULL,
  last_error_reason    text NOT NULL,
  last_error_detail    text NOT NULL,
  consecutive_failures integer NOT NULL CHECK (consecutive_failures >= 0)
);
COMMENT ON TABLE optimization_policy IS 'Standing runs: request is what only the optimizer reads. revision is of what people put; what follows it moves with every run. last_run_noted: the outcome of the last run is in the columns after it.';

CREATE TABLE schedule (
  der_key              bigint NOT NULL,
  run_id               text NOT NULL,
  power_kw             real[] NOT NULL,
  state_of_charge_kwh  real[],
  priority             bytea NOT NULL,
  grid_stability_score bytea NOT NULL,
  PRIMARY KEY (der_key, run_id)
) WITH (toast_tuple_target = 8160);
CREATE INDEX schedule_of_run ON schedule (run_id);
COMMENT ON TABLE schedule IS 'Schedule of one DER in one run, arrays over the intervals of the run: one row instead of one per interval. Scores are a byte each; rows up to a page stay whole, as floats do not compress.';
