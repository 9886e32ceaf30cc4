# shellcheck shell=bash
# Runs the Python half of a benchmark with what it needs. Sourced, never run.

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/lib/common.sh
source "$bench/../../deploy/lib/common.sh"
# shellcheck source=tests/lib/tools.sh
source "$bench/../lib/tools.sh"

export DERMS_CALLER_CALLS_PER_SECOND=0 # one caller is the load of many

# run_python NAME.py [ARGUMENT...]
run_python() {
  local program=$bench/$1
  shift
  ensure_python
  DERMS_BUILD_DIR=$DERMS_BUILD exec "$TOOLS/venv/bin/python" "$program" "$@"
}
