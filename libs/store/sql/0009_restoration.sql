-- More kinds of emergency orders, and how DERs come back after them: as a function of the order's row, not a row per DER.

ALTER TABLE emergency_order DROP CONSTRAINT emergency_order_kind_check;
ALTER TABLE emergency_order ADD CONSTRAINT emergency_order_kind_check CHECK (kind BETWEEN 1 AND 9);
ALTER TABLE emergency_order ADD COLUMN override_limits boolean NOT NULL DEFAULT false;
ALTER TABLE emergency_order ADD COLUMN restoration jsonb;
ALTER TABLE emergency_order ADD COLUMN holds_until timestamptz;
UPDATE emergency_order SET holds_until = least(ends_at, coalesce(ended_at, ends_at));
ALTER TABLE emergency_order ALTER COLUMN holds_until SET NOT NULL;
ALTER TABLE emergency_order ADD COLUMN restored_at timestamptz;
CREATE INDEX emergency_order_holding ON emergency_order (holds_until);
CREATE INDEX emergency_order_returning ON emergency_order (holds_until)
  WHERE restoration IS NOT NULL AND restored_at IS NULL;
COMMENT ON COLUMN emergency_order.restoration IS 'How its DERs come back: delay, window and ramp in seconds, pick-up share per minute, load (bound capacity over limit) by region. Null: they are free when it ends.';
COMMENT ON COLUMN emergency_order.holds_until IS 'When all its DERs are back: from its end and restoration, kept so that orders that hold DERs are found by an index.';
COMMENT ON COLUMN emergency_order.restored_at IS 'Set when the event that tells of their return was written.';
