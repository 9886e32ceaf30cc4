-- The strongest plain SQL form of a status change: one statement, one transaction, state and event with the columns and
-- sizes that the registry writes. The DER is found by an index as by its key; canonical_bytes is a constant of the usual
-- length, so nothing is computed here that the registry's client of the database computes.
\set number random(0, :ders - 1)
WITH changed AS (
  UPDATE der SET stored_status = 3 - stored_status, updated_at = now(), revision = revision + 1
  WHERE der_id = 'BENCH-' || lpad(:number::text, 6, '0')
  RETURNING der_key, der_id, owner_id, region_id, stored_status, revision
)
INSERT INTO event (der_key, event_id, ordinal, type, occurred_at, actor, der_id, owner_id, region_id, old_status,
                   new_status, revision, request_id, summary, stored_bytes)
SELECT der_key, gen_random_uuid(), 0, 2, now(), 'operator-1', der_id, owner_id, region_id, 3 - stored_status,
       stored_status, revision, :request_id, 'DER BENCH-000000 went from OFFLINE to ONLINE.', :canonical_bytes::bytea
FROM changed;
