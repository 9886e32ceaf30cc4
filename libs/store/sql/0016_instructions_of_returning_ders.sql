-- An order that is over keeps the DERs that are not back yet, and what it told them.

CREATE OR REPLACE VIEW instruction_now AS
  SELECT i.der_key, i.source, i.control_id, i.der_id, i.power_kw, i.max_power_kw, i.min_power_kw, i.connect,
         i.issued_at, i.starts_at,
         CASE WHEN e.ended_at IS NOT NULL AND e.restoration IS NOT NULL THEN e.holds_until
              ELSE least(i.valid_until, e.ended_at) END AS valid_until,
         CASE WHEN e.state = 2 AND e.restoration IS NULL AND i.state IN (1, 2, 3, 4, 6) THEN 9 ELSE i.state END AS state,
         CASE WHEN e.state = 2 AND e.restoration IS NULL AND i.state IN (1, 2, 3, 4, 6) THEN e.ended_at
              ELSE i.state_at END AS state_at,
         i.state AS stored_state, i.detail, i.delivered_kw, i.issued_by, i.reason, i.superseded_by, i.revision,
         e.ended_at IS NOT NULL AND e.restoration IS NOT NULL AS ends_in_turn
  FROM instruction i LEFT JOIN emergency_order e ON i.source = 2 AND e.emergency_id = i.control_id;
COMMENT ON VIEW instruction_now IS 'Instructions as they are: those of an order end with it, and are revoked when it is released, though nobody writes that into a million rows. Where ends_in_turn they end when their DER''s turn to return has come, which libs/domain/restoration.h tells: here stands when all are back.';
