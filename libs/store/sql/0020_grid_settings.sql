-- What DERs can do for the grid and are set to do: nameplate and settings.

CREATE TABLE grid_record (
  der_key            bigint NOT NULL,
  revision           bigint NOT NULL CHECK (revision > 0),
  der_id             text NOT NULL,
  nameplate_revision bigint NOT NULL CHECK (nameplate_revision > 0),
  settings_revision  bigint NOT NULL CHECK (settings_revision >= 0),
  profile_id         text NOT NULL,
  nameplate          jsonb NOT NULL,
  settings           jsonb,
  put_by             text NOT NULL,
  put_at             timestamptz NOT NULL,
  PRIMARY KEY (der_key, revision),
  CHECK ((settings_revision = 0) = (settings IS NULL))
);
COMMENT ON TABLE grid_record IS 'Nameplate and settings of grid support. A change of either is a row of its own with both, and no row is ever changed: the newest holds, the others tell what held before. Together in one row, because settings must suit the nameplate and two writers must not pass each other.';
