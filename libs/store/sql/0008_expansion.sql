-- Emergency orders DER by DER: what each DER of an order is told is written down once, in steps.

CREATE TABLE order_expansion (
  emergency_id   text PRIMARY KEY,
  next_key       bigint NOT NULL,
  expanded_count integer NOT NULL,
  silent_count   integer NOT NULL,
  complete       boolean NOT NULL,
  changed_at     timestamptz NOT NULL
);
COMMENT ON TABLE order_expansion IS 'How far an order has been expanded to instructions: its DERs in the order of their keys, those below next_key are done. A step writes instructions and moves next_key in one transaction under the leader''s fence, so that whoever goes on after a crash writes nothing twice. Apart from emergency_order, whose row everybody reads.';
COMMENT ON COLUMN order_expansion.silent_count IS 'DERs that the order binds and asks nothing of.';

CREATE VIEW instruction_now AS
  SELECT i.der_key, i.source, i.control_id, i.der_id, i.power_kw, i.max_power_kw, i.min_power_kw, i.connect,
         i.issued_at, i.starts_at, least(i.valid_until, e.ended_at) AS valid_until,
         CASE WHEN e.state = 2 AND i.state IN (1, 2, 3, 4, 6) THEN 9 ELSE i.state END AS state,
         CASE WHEN e.state = 2 AND i.state IN (1, 2, 3, 4, 6) THEN e.ended_at ELSE i.state_at END AS state_at,
         i.state AS stored_state, i.detail, i.delivered_kw, i.issued_by, i.reason, i.superseded_by, i.revision
  FROM instruction i LEFT JOIN emergency_order e ON i.source = 2 AND e.emergency_id = i.control_id;
COMMENT ON VIEW instruction_now IS 'Instructions as they are: those of an order end with it, and are revoked when it is released, though nobody writes that into a million rows.';
COMMENT ON TABLE instruction IS 'What a DER was told: instructions of operators and owners when they are given, those of emergency orders by their expansion or when the DER first says something about it, and what comes of schedules and limits then, too. It is named by DER, source and control.';
