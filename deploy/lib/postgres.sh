# shellcheck shell=bash
# A private PostgreSQL cluster that listens on a unix socket only. Needs common.sh. Sourced, never run.
#
# A cluster is a folder with data/, socket/ and postgres.log. PostgreSQL refuses to run as root, so root's clusters
# belong to the user postgres; everybody else's belong to the user. Who may connect is decided by the kernel's word
# on who is calling (peer): that user and, for root's clusters, root, both as the database role "derms".

POSTGRES_DATABASE=derms
POSTGRES_ROLE=derms

postgres_bin() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [[ -x $newest/initdb ]] || die "PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb"
  echo "$newest"
}

# Runs a command as the cluster's owner.
as_postgres() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups -- env -C / "$@"
  else
    "$@"
  fi
}

# True when the cluster's owner can work in this existing folder.
postgres_can_use() {
  as_postgres test -x "$1" 2>/dev/null
}

# Where the cluster of this work tree lives: in var/, or in /var/lib/derms when the user postgres cannot get there
# (a home directory closed to others, for instance).
postgres_home() {
  mkdir -p "$DERMS_VAR"
  if postgres_can_use "$DERMS_VAR"; then
    echo "$DERMS_VAR/postgres"
  else
    echo "/var/lib/derms/$(printf '%s' "$DERMS_VAR" | sha256sum | cut -c1-12)"
  fi
}

# A socket's path has at most 107 characters; a deep work tree gets its socket in /tmp.
postgres_socket_dir() {
  local cluster=$1
  if ((${#cluster} < 80)); then
    echo "$cluster/socket"
  else
    echo "/tmp/derms-$(id -u)-$(printf '%s' "$cluster" | sha256sum | cut -c1-12)"
  fi
}

# libpq's URI of a database in this cluster; carries no secret.
postgres_url() {
  local cluster=$1 database=${2:-$POSTGRES_DATABASE} socket
  socket=$(postgres_socket_dir "$cluster" | jq -rR '@uri')
  echo "postgresql://$POSTGRES_ROLE@$socket/$database"
}

postgres_is_running() {
  [[ -d $1/data ]] && as_postgres "$(postgres_bin)/pg_ctl" status --pgdata="$1/data" >/dev/null 2>&1
}

postgres_folder() {
  mkdir -p "$1"
  chmod 700 "$1"
  ((EUID != 0)) || chown postgres:postgres "$1"
}

postgres_create() {
  local cluster=$1
  [[ ! -s $cluster/data/PG_VERSION ]] || return 0
  postgres_folder "$cluster"
  postgres_can_use "$cluster" || die "the user postgres cannot reach $cluster"
  as_postgres rm -rf "$cluster/data.new"
  as_postgres "$(postgres_bin)/initdb" --pgdata="$cluster/data.new" --username="$POSTGRES_ROLE" --auth=peer \
    --no-locale --encoding=UTF8 >/dev/null
  {
    echo "derms $(as_postgres id -un) $POSTGRES_ROLE"
    ((EUID != 0)) || echo "derms root $POSTGRES_ROLE"
  } | as_postgres tee "$cluster/data.new/pg_ident.conf" >/dev/null
  echo "local all all peer map=derms" | as_postgres tee "$cluster/data.new/pg_hba.conf" >/dev/null
  as_postgres mv "$cluster/data.new" "$cluster/data"
}

# postgres_start CLUSTER [SETTING=VALUE...]
postgres_start() {
  local cluster=$1 socket options setting
  shift
  ! postgres_is_running "$cluster" || return 0
  socket=$(postgres_socket_dir "$cluster")
  postgres_folder "$socket"
  options="-c listen_addresses='' -c unix_socket_directories='$socket'"
  for setting in "$@"; do
    options+=" -c $setting"
  done
  as_postgres "$(postgres_bin)/pg_ctl" start --wait --timeout=60 --silent --pgdata="$cluster/data" \
    --log="$cluster/postgres.log" --options="$options" </dev/null >/dev/null 2>&1 \
    || die "PostgreSQL does not start; see $cluster/postgres.log: $(as_postgres tail -n 1 "$cluster/postgres.log")"
}

postgres_create_database() {
  local cluster=$1 database=${2:-$POSTGRES_DATABASE}
  psql --quiet --no-psqlrc --tuples-only "$(postgres_url "$cluster" postgres)" \
    --command="SELECT 1 FROM pg_database WHERE datname = '$database'" | grep -q 1 \
    || psql --quiet --no-psqlrc "$(postgres_url "$cluster" postgres)" --command="CREATE DATABASE \"$database\""
}

# Fast: open transactions are rolled back, everything committed is flushed.
postgres_stop() {
  ! postgres_is_running "$1" || as_postgres "$(postgres_bin)/pg_ctl" stop --wait --mode=fast --silent --pgdata="$1/data"
}

# Removes the cluster and its socket folder; it must not be running.
postgres_remove() {
  ! postgres_is_running "$1" || die "the cluster in $1 is running"
  rm -rf "$(postgres_socket_dir "$1")" "$1"
}
