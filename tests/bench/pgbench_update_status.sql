-- The strongest plain SQL form of a status change: one statement, one transaction, state and event with the columns and
-- sizes that the registry writes. The DER is found by an index as by its key; canonical_bytes is a constant of the usual
-- length, so nothing is computed here that the registry's client of the database computes.
\set number random(0, :ders - 1)
WITH changed AS (
  UPDATE der SET stored_status = 3 - stored_status, updated_at = now(), revision = revision + 1
  WHERE der_id = 'BENCH-' || lpad(:number::text, 6, '0')
  RETURNING der_key
)
INSERT INTO event (der_key, ordinal, stored_bytes)
SELECT der_key, 0, :canonical_bytes::bytea FROM changed;
