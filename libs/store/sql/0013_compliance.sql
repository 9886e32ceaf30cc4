-- What readings say about the answers of DERs to voltage and frequency (rule R2, libs/gridcode/compliance.h): judged
-- while they are folded, in the same transaction, by the nameplate and settings that were in force.

CREATE TABLE compliance_hour (
  der_key          bigint NOT NULL,
  hour_at          timestamptz NOT NULL,
  judged           integer NOT NULL,
  not_judged       integer NOT NULL,
  reactive_judged  integer NOT NULL,
  active_outside   integer NOT NULL,
  reactive_outside integer NOT NULL,
  open_runs        jsonb,
  PRIMARY KEY (der_key, hour_at)
    INCLUDE (judged, not_judged, reactive_judged, active_outside, reactive_outside)
) WITH (fillfactor = 85);
CREATE INDEX compliance_hour_by_time ON compliance_hour USING brin (hour_at) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON TABLE compliance_hour IS 'Readings of an hour of a DER: judged, not judged, outside. Like reading_hour a pure function of its readings, written anew when late ones arrive; only DERs with a nameplate have rows. The key holds what a page of a report sums, since the hours of a DER lie apart in the table.';
COMMENT ON COLUMN compliance_hour.open_runs IS 'Readings outside, one after the other, that the last reading of the hour belongs to: what the next hour goes on from.';

CREATE TABLE compliance_finding (
  der_key         bigint NOT NULL,
  since           timestamptz NOT NULL,
  response        smallint NOT NULL CHECK (response IN (1, 2)),
  until           timestamptz NOT NULL,
  finding_id      uuid NOT NULL,
  sample_count    integer NOT NULL CHECK (sample_count > 0),
  record_revision bigint NOT NULL,
  reactive_mode   smallint NOT NULL,
  power_cause     smallint NOT NULL,
  beyond_share    double precision NOT NULL,
  worst           jsonb NOT NULL,
  evidence        jsonb NOT NULL,
  PRIMARY KEY (der_key, since, response)
);
CREATE INDEX compliance_finding_by_time ON compliance_finding (until);
COMMENT ON TABLE compliance_finding IS 'A run of readings that were all outside, with its worst reading and the first ones. One that goes on over hours and folds is one row that grows.';

CREATE TABLE compliance_due (
  der_key   bigint PRIMARY KEY,
  from_hour timestamptz NOT NULL
);
COMMENT ON TABLE compliance_due IS 'Hours that a late reading touches through a run of days and that one transaction does not reach: the next one goes on from here.';
