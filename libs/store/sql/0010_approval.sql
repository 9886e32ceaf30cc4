-- Emergency orders that wait for a second person's word.

CREATE TABLE emergency_approval (
  emergency_id    text PRIMARY KEY,
  der_id          text NOT NULL,
  region_id       text NOT NULL,
  kind            smallint NOT NULL,
  request         jsonb NOT NULL,
  der_count       integer NOT NULL,
  unbound_count   integer NOT NULL,
  shortfall_kw    double precision NOT NULL,
  requested_by    text NOT NULL,
  requested_at    timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  state           smallint NOT NULL CHECK (state IN (1, 4, 5, 6)),
  decided_by      text NOT NULL,
  decided_at      timestamptz,
  decision_reason text NOT NULL,
  CHECK ((der_id = '') <> (region_id = '')),
  CHECK ((state = 4) = (decided_at IS NULL))
);
CREATE INDEX emergency_approval_newest ON emergency_approval (requested_at DESC, emergency_id DESC) WHERE state <> 1;
CREATE INDEX emergency_approval_pending ON emergency_approval (expires_at) WHERE state = 4;
COMMENT ON TABLE emergency_approval IS 'Orders of the two-person rule: PENDING_APPROVAL (4) until a second person approves (1: there is an emergency_order of the same id), declines (5), or time runs out (6). They bind nobody.';
COMMENT ON COLUMN emergency_approval.request IS 'The AllocateEmergencyRequest, from which the order is planned when it is approved.';
