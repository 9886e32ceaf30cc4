# shellcheck shell=bash
# A container engine for tests: the one that answers, else one started here by hand and stopped at the end.
# Sourced, never run; the caller sets a trap that calls engine_stop.

ENGINE_HOME=${DERMS_ENGINE_HOME:-/var/tmp/derms-engine}  # keeps images between runs
engine_pid=

engine_answers() {
  docker info >/dev/null 2>&1
}

engine_start() {
  local log=$ENGINE_HOME/log _try
  ! engine_answers || return 0
  mkdir -p "$ENGINE_HOME"
  export DOCKER_HOST=unix://$ENGINE_HOME/sock
  ! engine_answers || return 0
  dockerd --data-root "$ENGINE_HOME/data" --exec-root "$ENGINE_HOME/exec" --pidfile "$ENGINE_HOME/pid" \
    --host "$DOCKER_HOST" >"$log" 2>&1 &
  engine_pid=$!
  for _try in {1..150}; do
    ! engine_answers || return 0
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 0.2
  done
  echo "error: dockerd does not start: $(grep -E 'failed|fatal' "$log" | tail -n 1); log: $log" >&2
  return 1
}

# Stops only an engine that engine_start has started.
engine_stop() {
  [[ -n $engine_pid ]] || return 0
  kill -TERM "$engine_pid" 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=
}
