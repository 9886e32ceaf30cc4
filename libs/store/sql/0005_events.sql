-- What happened, and the proof that the record of it is whole.

CREATE TABLE event (
  der_key      bigint NOT NULL,
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ordinal      integer NOT NULL,
  stored_bytes bytea NOT NULL
);
CREATE INDEX event_by_place ON event (xid, ordinal);
COMMENT ON INDEX event_by_place IS 'The one index: it grows at its end, while one by DER or by id would touch a page for each event. Not unique, so that the table can be distributed by der_key.';
COMMENT ON TABLE event IS 'Insert-only. Written in the transaction of the change it tells of. der_key is 0 for events about no single DER. The view event_told shows what is told.';
COMMENT ON COLUMN event.xid IS 'The writing transaction: the chain takes only events whose transaction is older than every running one, so none can appear behind its back.';
COMMENT ON COLUMN event.ordinal IS 'Place within the transaction: with xid, what the event is found by.';
COMMENT ON COLUMN event.stored_bytes IS 'All that is told, once, in the canonical form of libs/store/event_codec.h: what the hash of the chain covers.';

CREATE TABLE event_chain (
  seq      bigint PRIMARY KEY CHECK (seq > 0),
  event_id uuid NOT NULL,
  xid      xid8 NOT NULL,
  ordinal  integer NOT NULL,
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

-- The canonical form for people with psql: a first byte, then fields of tag, four bytes of length, and value.
CREATE FUNCTION event_field(stored bytea, tag integer) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  place integer := 1;
  size  integer;
BEGIN
  WHILE place < length(stored) LOOP
    size := (get_byte(stored, place + 1) << 24) | (get_byte(stored, place + 2) << 16)
         | (get_byte(stored, place + 3) << 8) | get_byte(stored, place + 4);
    IF get_byte(stored, place) = tag THEN
      RETURN substring(stored FROM place + 6 FOR size);
    END IF;
    place := place + 5 + size;
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION event_text(stored bytea, tag integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT convert_from(event_field(stored, tag), 'UTF8') $$;
CREATE FUNCTION event_number(stored bytea, tag integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT ('x' || encode(event_field(stored, tag), 'hex'))::bit(64)::bigint $$;

CREATE VIEW event_told AS
SELECT e.der_key, e.xid, e.ordinal, event_text(e.stored_bytes, 1) AS event_id, event_number(e.stored_bytes, 2) AS type,
       'epoch'::timestamptz + event_number(e.stored_bytes, 3) * interval '1 microsecond' AS occurred_at,
       event_text(e.stored_bytes, 4) AS actor, event_text(e.stored_bytes, 5) AS der_id,
       event_text(e.stored_bytes, 6) AS owner_id, event_text(e.stored_bytes, 7) AS region_id,
       event_text(e.stored_bytes, 8) AS resource_id, event_number(e.stored_bytes, 9) AS old_status,
       event_number(e.stored_bytes, 10) AS new_status, event_number(e.stored_bytes, 11) AS revision,
       event_text(e.stored_bytes, 12) AS request_id, event_text(e.stored_bytes, 13) AS summary
FROM event e;
COMMENT ON VIEW event_told IS 'What events say, for people; its order is that of event_chain. Services read the bytes.';
