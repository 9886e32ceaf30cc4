# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the scripts that source it
# Paths, ports and messages shared by deploy/up, deploy/down and the tests. Sourced, never run.

shopt -s inherit_errexit

# Everything the running system writes lives below DERMS_VAR; everything built below DERMS_BUILD.
DERMS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DERMS_VAR=${DERMS_VAR:-$DERMS_ROOT/var}
DERMS_BUILD=${DERMS_BUILD:-$DERMS_ROOT/build}
DERMS_BIN=$DERMS_BUILD/bin
DERMS_LOG=$DERMS_VAR/log
DERMS_TLS=$DERMS_VAR/tls
DERMS_KEYS=$DERMS_VAR/keys
DERMS_TOKENS=$DERMS_VAR/tokens

DERMS_REGISTRY_PORT=${DERMS_REGISTRY_PORT:-7001}
DERMS_OPTIMIZER_PORT=${DERMS_OPTIMIZER_PORT:-7002}
DERMS_EMERGENCY_PORT=${DERMS_EMERGENCY_PORT:-7003}
readonly METRICS_PORT_OFFSET=10

# Messages for a person go to stderr; "> text" lines of a step's output are shown by the step runner.
die() {
  echo "error: $*" >&2
  exit 1
}

say() {
  echo "> $*"
}

service_port() {
  case $1 in
    registry) echo "$DERMS_REGISTRY_PORT" ;;
    optimizer) echo "$DERMS_OPTIMIZER_PORT" ;;
    emergency) echo "$DERMS_EMERGENCY_PORT" ;;
    *) die "no service named '$1'" ;;
  esac
}

# True while something accepts connections on this port of the loopback interface.
port_is_open() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# wait_until SECONDS COMMAND...: true as soon as the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# Writes stdin to a file that only its owner reads, whole or not at all.
write_private() {
  local target=$1
  (umask 077 && cat >"$target.new")
  mv "$target.new" "$target"
}
