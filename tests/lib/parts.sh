# shellcheck shell=bash
# Runs the parts of tests/run: each with its log, its time, and the counts of its tests. Needs common.sh.
# Sourced, never run.

TEST_RESULTS=$DERMS_BUILD/test-results
readonly SHOWN_LOG_LINES=60
passed_tests=0
failed_tests=0
run_started=$SECONDS

# A line of the table of parts, also kept in the file "table" of the results.
report() {
  # shellcheck disable=SC2059  # the format is the caller's
  printf "$@" | tee -a "$TEST_RESULTS/table"
}

# part FUNCTION: a part that prepares (packages, tools, build) ends the run when it fails; a tier is counted and the
# next one runs.
part() {
  local name=${1#tier_} log=$TEST_RESULTS/${1#tier_}.log started=$SECONDS status=0 counts="0 0"
  mkdir -p "$TEST_RESULTS/$name"
  "$1" </dev/null >"$log" 2>&1 &  # not behind "||", which would switch "set -e" off in it
  wait "$!" || status=$?
  if [[ $1 == tier_* ]]; then
    count_tests "$name" "$status"
    counts="$part_passed passed, $part_failed failed"
  elif ((status)); then
    failed_tests=$((failed_tests + 1))
    counts="failed"
  else
    counts="done"
  fi
  report '%-14s %5d s  %s\n' "$name" $((SECONDS - started)) "$counts"
  ((status == 0)) || show_failure "$name" "$log"
  [[ $1 == tier_* ]] || ((status == 0)) || print_totals
}

# Sets part_passed and part_failed. A part that failed without any failed test (a crash before the first, no test
# at all) counts as one failure.
count_tests() {
  read -r part_passed part_failed < <("$DERMS_ROOT/tests/lib/count_results.py" "$TEST_RESULTS/$1" 2>>"$TEST_RESULTS/$1.log") \
    || { part_passed=0 part_failed=0; }
  if ((part_failed == 0 && ($2 != 0 || part_passed == 0))); then
    part_failed=1
    echo "error: $1 ended with status $2 and no failed test of its own" >>"$TEST_RESULTS/$1.log"
  fi
  passed_tests=$((passed_tests + part_passed))
  failed_tests=$((failed_tests + part_failed))
}

# The runners print their summary last: the failures themselves may stand far above it.
show_failure() {
  echo "--- $1 failed; its failures in $2:"
  grep -nE -A 8 ': Failure$|^\[  FAILED  \]|^E   |Sanitizer:|^error:|Segmentation|Aborted|terminate called' "$2" \
    | head -n "$SHOWN_LOG_LINES" || true
  echo "--- and its end:"
  tail -n "$SHOWN_LOG_LINES" "$2"
  echo "---"
}

# run_check PROGRAM RESULT_FOLDER [ARGUMENT...]: one program is one test; leaves a JUnit file as other runners do.
run_check() {
  local program=$1 folder=$2 name status=0 failure=
  name=$(basename "$1")
  shift 2
  echo "== $name"
  "$program" "$@" || status=$?
  ((status == 0)) || failure="<failure message=\"exit status $status\"/>"
  echo "<testsuite><testcase name=\"$name\">$failure</testcase></testsuite>" >"$folder/$name.xml"
  return "$status"
}

print_totals() {
  report '%-14s %5d s\n' total $((SECONDS - run_started))
  report '%d passed, %d failed\n' "$passed_tests" "$failed_tests"
  ((failed_tests == 0 && passed_tests > 0)) || exit 1
  exit 0
}
