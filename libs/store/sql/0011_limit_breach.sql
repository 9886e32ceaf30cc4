-- Times at which the measured power of a region was over its limit.

CREATE TABLE limit_breach (
  region_id   text NOT NULL,
  direction   smallint NOT NULL CHECK (direction BETWEEN 1 AND 2),
  began_at    timestamptz NOT NULL,
  flow_kw     double precision NOT NULL,
  limit_kw    double precision NOT NULL,
  cause       text NOT NULL,
  relieved_at timestamptz,
  PRIMARY KEY (region_id, direction, began_at)
);
CREATE INDEX limit_breach_open ON limit_breach (region_id, direction) WHERE relieved_at IS NULL;
COMMENT ON TABLE limit_breach IS 'Breaches of region limits: export (1) or import (2), with the flow toward the limit when it was found. relieved_at is NULL while it lasts: whoever supervises next goes on with it.';
