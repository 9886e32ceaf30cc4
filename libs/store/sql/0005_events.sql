-- What happened, and the proof that the record of it is whole.

CREATE TABLE event (
  der_key      bigint NOT NULL,
  event_id     uuid NOT NULL,
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ordinal      integer NOT NULL,
  type         smallint NOT NULL,
  occurred_at  timestamptz NOT NULL,
  actor        text NOT NULL,
  der_id       text,
  owner_id     text,
  region_id    text,
  resource_id  text,
  old_status   smallint,
  new_status   smallint,
  revision     bigint,
  request_id   text NOT NULL,
  summary      text NOT NULL,
  stored_bytes bytea NOT NULL,
  PRIMARY KEY (der_key, event_id)
);
CREATE INDEX event_by_xid ON event (xid);
COMMENT ON TABLE event IS 'Insert-only. Written in the transaction of the change it tells of. der_key is 0 for events about no single DER.';
COMMENT ON COLUMN event.xid IS 'The writing transaction: the chain takes only events whose transaction is older than every running one, so none can appear behind its back.';
COMMENT ON COLUMN event.ordinal IS 'Place within the transaction.';
COMMENT ON COLUMN event.stored_bytes IS 'All other told fields in one canonical form: what the hash of the chain covers.';

CREATE TABLE event_chain (
  seq      bigint PRIMARY KEY CHECK (seq > 0),
  der_key  bigint NOT NULL,
  event_id uuid NOT NULL,
  hash     bytea NOT NULL CHECK (length(hash) = 32)
);
COMMENT ON TABLE event_chain IS 'Insert-only, without a gap, written by one leader: hash = SHA-256(hash of seq - 1, stored_bytes of the event). Changing, removing or swapping events breaks it.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER event_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_chain_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
