# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the scripts that source it
# Starts, watches and stops the three services (and stops the simulator). Needs common.sh and postgres.sh. Sourced, never run.

readonly DERMS_SERVICES="registry optimizer emergency"
readonly HEALTH_SECONDS=30 DRAIN_SECONDS=30 LAUNCH_SECONDS=10

pid_file() {
  echo "$DERMS_VAR/run/$1.pid"
}

# The pid of a service that runs the binary as it is now on disk. A pid that has gone to another process does not
# count, nor a service whose binary was rebuilt since.
running_pid() {
  local pid
  pid=$(cat "$(pid_file "$1")" 2>/dev/null) || return 1
  [[ $(readlink "/proc/$pid/exe") == "$(readlink -f "$DERMS_BIN/derms-$1")" ]] && echo "$pid"
}

# The pid of a service started from this work tree, whatever became of its binary.
any_pid() {
  local pid
  pid=$(cat "$(pid_file "$1")" 2>/dev/null) || return 1
  # The command line, because the linker renames a binary that it replaces while it runs.
  [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *"/derms-$1 "* ]] && echo "$pid"
}

# Flags of one service, one a line. No secret is among them.
service_flags() {
  local name=$1 port
  port=$(service_port "$name")
  printf '%s\n' --port "$port" --metrics-port $((port + METRICS_PORT_OFFSET)) \
    --database-url "$(postgres_url "$(postgres_home)")" \
    --tls-cert "$DERMS_TLS/server.pem" --tls-key "$DERMS_TLS/server.key" --jwks-file "$DERMS_KEYS/jwks.json"
  [[ $name != registry ]] || printf '%s\n' --bootstrap-secret-file "$DERMS_KEYS/bootstrap.secret"
}

service_is_healthy() {
  local flags
  mapfile -t flags < <(service_flags "$1")
  "$DERMS_BIN/derms-$1" "${flags[@]}" --health-check >/dev/null 2>&1
}

# Also true when the process is gone, so that nobody waits for a dead one.
service_is_settled() {
  ! running_pid "$1" >/dev/null || service_is_healthy "$1"
}

# launch NAME LOG FLAG...: in the background; until it has begun it is still this shell, and no service that runs.
launch() {
  local name=$1 log=$2 pid
  shift 2
  mkdir -p "$DERMS_VAR/run"
  setsid "$DERMS_BIN/derms-$name" "$@" </dev/null >>"$log" 2>&1 &
  pid=$!
  echo $pid >"$(pid_file "$name")"
  wait_until "$LAUNCH_SECONDS" has_begun_or_ended "$name" "$pid" \
    || die "$name has not begun after $LAUNCH_SECONDS s; log: $log"
}

has_begun_or_ended() {
  running_pid "$1" >/dev/null || ! kill -0 "$2" 2>/dev/null
}

start_service() {
  local name=$1 flags port log=$DERMS_LOG/$1.log
  port=$(service_port "$name")
  if running_pid "$name" >/dev/null && service_is_healthy "$name"; then
    return 0
  fi
  stop_service "$name"
  ! port_is_open "$port" || die "port $port is in use by another program; set DERMS_${name^^}_PORT to a free one"
  mapfile -t flags < <(service_flags "$name")
  echo "starting $name on port $port"
  launch "$name" "$log" "${flags[@]}"
}

await_service() {
  wait_until "$HEALTH_SECONDS" service_is_settled "$1" || die "$1 is not healthy after $HEALTH_SECONDS s; log: $DERMS_LOG/$1.log"
  running_pid "$1" >/dev/null || die "$1 ended: $(tail -n 1 "$DERMS_LOG/$1.log"); log: $DERMS_LOG/$1.log"
}

service_is_gone() {
  ! any_pid "$1" >/dev/null
}

# SIGTERM lets a service finish what it has accepted; SIGKILL only for one that does not.
stop_service() {
  local pid
  if pid=$(any_pid "$1"); then
    echo "stopping $1"
    kill -TERM "$pid"
    wait_until "$DRAIN_SECONDS" service_is_gone "$1" || kill -KILL "$pid"
  fi
  rm -f "$(pid_file "$1")"
}
