-- What makes writes repeatable.

CREATE TABLE idempotency (
  der_key        bigint NOT NULL,
  request_key    bytea NOT NULL,
  request_sha256 bytea NOT NULL,
  response       bytea NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (der_key, request_key)
);
CREATE INDEX idempotency_by_age ON idempotency USING brin (created_at);
COMMENT ON TABLE idempotency IS 'Answers given to requests that carried a request_id, in the transaction of their write: a repeated request gets the first answer and writes nothing. Kept for a day.';
COMMENT ON COLUMN idempotency.request_key IS 'First 16 bytes of a SHA-256 over principal, method and request id: short, and of one length.';

CREATE TABLE batch_marker (
  batch_id     uuid PRIMARY KEY,
  writer       text NOT NULL,
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
  reading_keys bigint[] NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX batch_marker_by_xid ON batch_marker (xid);
COMMENT ON TABLE batch_marker IS 'One row per committed batch with readings, or with nothing else to recognise it by: settles a commit in doubt, and tells other processes whose readings are new (readings make no events). Kept for ten minutes.';
