-- Who may do what. Small; every process holds it in memory and looks at role_version five times a second.

CREATE TABLE role_grant (
  subject    text NOT NULL,
  role       smallint NOT NULL CHECK (role BETWEEN 1 AND 4),
  region_ids text[] NOT NULL,
  granted_at timestamptz NOT NULL,
  granted_by text NOT NULL,
  PRIMARY KEY (subject, role)
);
COMMENT ON TABLE role_grant IS 'Roles of subjects. Tokens prove only who calls; what one may do stands here, so that a revocation works within a second.';

CREATE TABLE token_revocation (
  token_id   text NOT NULL,
  subject    text NOT NULL,
  revoked_at timestamptz NOT NULL,
  PRIMARY KEY (token_id, subject),
  CHECK ((token_id = '') <> (subject = ''))
);
COMMENT ON TABLE token_revocation IS 'Refused tokens: one by its id, or all of a subject that were issued until revoked_at.';

CREATE TABLE installation (
  only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  initialized_by text NOT NULL,
  initialized_at timestamptz NOT NULL
);
COMMENT ON TABLE installation IS 'At most one row: who became the first administrator. Its key makes the first Initialize win and every other one fail.';

CREATE TABLE role_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version  bigint NOT NULL
);
INSERT INTO role_version (version) VALUES (1);
COMMENT ON TABLE role_version IS 'Bumped with every grant and revocation: a cheap question whether rights changed, and the lock under which the last administrator is protected.';

CREATE FUNCTION bump_role_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE role_version SET version = version + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER role_grant_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_grant
  FOR EACH STATEMENT EXECUTE FUNCTION bump_role_version();
CREATE TRIGGER token_revocation_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON token_revocation
  FOR EACH STATEMENT EXECUTE FUNCTION bump_role_version();
