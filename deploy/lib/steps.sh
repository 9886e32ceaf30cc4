# shellcheck shell=bash
# Runs the steps of a command one after the other: progress for a terminal, one line per step otherwise, and on
# failure the step's name, the reason and the log. A step is a function; its output goes to its own log, and lines
# that begin with "> " are shown when it is done. Sourced, never run.

step_number=0
step_total=0
step_pid=

# A step runs in a process group of its own, so that an interrupt ends all of it and nothing of the caller.
stop_step() {
  trap - INT TERM
  [[ -z $step_pid ]] || kill -TERM -- "-$step_pid" 2>/dev/null || true
  echo >&2
  echo "interrupted; run the same command again to go on" >&2
  exit 130
}

# One line that is rewritten while the step runs: number, title, seconds, the last line of its log.
show_progress() {
  local title=$1 log=$2 started=$3 last width
  while kill -0 "$step_pid" 2>/dev/null; do
    width=$(($(tput cols 2>/dev/null || echo 80) - 1))
    last=$(tail -c 300 "$log" | tr '\r' '\n' | grep -v '^$' | tail -n 1 | tr -cd '[:print:]') || true
    last=$(printf '[%2d/%d] %-34s %4d s  %s' "$step_number" "$step_total" "$title" $((SECONDS - started)) "$last")
    printf '\r\033[K%s' "${last:0:width}"
    sleep 0.2
  done
  printf '\r\033[K'
}

report_failure() {
  local title=$1 log=$2 reason
  reason=$(grep -E '^(error: |FAILED: |E: )|[^a-z]error: ' "$log" | tail -n 1 | sed 's/^error: //') || true
  [[ -n $reason ]] || reason=$(tail -n 1 "$log")
  printf '[%2d/%d] %s: FAILED\n' "$step_number" "$step_total" "$title"
  {
    echo "step:   $title"
    echo "reason: ${reason:-no message}"
    echo "log:    $log"
  } >&2
}

# run_step TITLE FUNCTION [ARGUMENT...]
run_step() {
  local title=$1 log started=$SECONDS
  shift
  step_number=$((step_number + 1))
  log=$DERMS_LOG/step-$(printf "%02d" "$step_number")-$(basename "${!#}").log
  trap stop_step INT TERM
  : >"$log"
  set -m
  (
    set +m
    exec 9>&-  # the caller's lock: a server started by the step must not keep it
    "$@"
  ) </dev/null >"$log" 2>&1 &
  step_pid=$!
  set +m
  if [[ -t 1 ]]; then
    show_progress "$title" "$log" "$started"
  fi
  if ! wait "$step_pid"; then
    report_failure "$title" "$log"
    exit 1
  fi
  step_pid=
  printf '[%2d/%d] %-34s %4d s\n' "$step_number" "$step_total" "$title" $((SECONDS - started))
  sed -n 's/^> /        /p' "$log"
}
