# shellcheck shell=bash
# shellcheck disable=SC2034,SC2317  # what is set here is used, and called by name, by the scripts that source it
# The demo: from an empty database to a fleet that was optimised and taken over in an emergency. Every call of
# dermsctl that the scripts make is in this file. Needs common.sh. Sourced, never run.
#
# Each step is done once per database: a file in the state folder says so and keeps what the step showed. An
# interrupted run therefore goes on where it stopped, and a second run changes nothing.

readonly DEMO_DATA=$DERMS_ROOT/deploy/demo
readonly DEMO_DAY=2020-07-15 DEMO_UTC_OFFSET=-08:00 DEMO_AREA=CA
readonly DERMSCTL_PARTLY_DONE=7  # services/dermsctl/exit_code.h
readonly DEMO_GRANTS="operator-1 operator
owner-1 owner
owner-2 owner"
DEMO_STATE=  # set by use_demo_state: lives and dies with the database

# The three servers as dermsctl's flags; DERMS_REGISTRY and the others name them where they are not on this machine.
endpoints() {
  printf '%s\n' --registry "${DERMS_REGISTRY:-localhost:$DERMS_REGISTRY_PORT}" \
    --optimizer "${DERMS_OPTIMIZER:-localhost:$DERMS_OPTIMIZER_PORT}" \
    --emergency "${DERMS_EMERGENCY:-localhost:$DERMS_EMERGENCY_PORT}" --ca "$DERMS_TLS/ca.pem"
}

# derms_as WHO COMMAND...: dermsctl with the development token of admin, operator or owner.
derms_as() {
  local who=$1 flags
  shift
  mapfile -t flags < <(endpoints)
  "$DERMS_BIN/dermsctl" "${flags[@]}" --token-file "$DERMS_TOKENS/$who.jwt" "$@"
}

use_demo_state() {
  DEMO_STATE=$1
  mkdir -p "$DEMO_STATE"
}

# once NAME FUNCTION: runs the function unless it has succeeded on this database before. What it shows is kept.
once() {
  local name=$1
  shift
  if [[ -e $DEMO_STATE/$name ]]; then
    sed 's/^/> (before) /' "$DEMO_STATE/$name"
    return 0
  fi
  "$@" >"$DEMO_STATE/$name.new"
  mv "$DEMO_STATE/$name.new" "$DEMO_STATE/$name"
  sed 's/^/> /' "$DEMO_STATE/$name"
}

fleet_size() {
  (($(wc -l <"$DEMO_DATA/fleet.csv") > 1)) || die "no DERs in $DEMO_DATA/fleet.csv"
  echo $(($(wc -l <"$DEMO_DATA/fleet.csv") - 1))
}

demo_access() {
  local subject role
  derms_as admin access init --secret-file "$DERMS_KEYS/bootstrap.secret" >&2
  while read -r subject role; do
    derms_as admin access grant "$subject" "$role" >&2
  done <<<"$DEMO_GRANTS"
  wait_until 10 roles_are_known || die "the optimizer or the emergency service does not know the new roles; see their logs"
  echo "admin-1 is admin, operator-1 operator, owner-1 and owner-2 own the DERs"
}

# A grant holds in the other services within a second.
roles_are_known() {
  derms_as operator series list >/dev/null 2>&1 && derms_as operator emergency list >/dev/null 2>&1
}

demo_fleet() {
  derms_as admin regions import "$DEMO_DATA/regions.csv" >&2
  derms_as operator series import "$DEMO_DATA/series_2020.csv" --utc-offset "$DEMO_UTC_OFFSET" >&2
  derms_as operator ders import "$DEMO_DATA/fleet.csv" >&2
  echo "$(fleet_size) DERs of six types, $(($(wc -l <"$DEMO_DATA/series_2020.csv") - 1)) hours of series"
}

demo_online() {
  derms_as operator readings report "$DEMO_DATA/readings.csv" >&2
  derms_as operator status set --all online >&2
  echo "one reading per DER, $(fleet_size) DERs online"
}

# optimize ARGUMENT...: the demo day at least cost, as dermsctl's JSON.
optimize() {
  derms_as operator --json optimize --region "$DEMO_AREA" --day "$DEMO_DAY" --utc-offset "$DEMO_UTC_OFFSET" \
    --objective cost "$@" | tee /dev/stderr
}

demo_study() {
  optimize --compare-without-storage | LC_ALL=C jq -er --arg day "$DEMO_DAY" '
    def usd: . * 100 | round / 100 | tostring + " USD";
    "\($day) at least cost: \(.run.objectiveUsd | usd); without storage \(.withoutStorage.objectiveUsd | usd)",
    "the batteries save \(.storageSavesUsd | usd) that day"'
}

demo_apply() {
  optimize --apply --as-of today >/dev/null
  wait_until 10 all_ders_are optimized || die "not all DERs became OPTIMIZED; see dermsctl ders list"
  echo "the same day's schedule is in force today: all $(fleet_size) DERs are OPTIMIZED"
}

# True when exactly the demo fleet's number of DERs has this status.
all_ders_are() {
  (($(derms_as operator --json ders list --status "$1" | wc -l) == $(fleet_size)))
}

# allocate_all ARGUMENT...: an ALL_DERS shutdown; prints the order's id.
allocate_all() {
  derms_as operator --json emergency allocate ALL_DERS --power-kw 0 --minutes 10 --expect "$(fleet_size)" --yes "$@" \
    | tee /dev/stderr | jq -er .emergencyId
}

demo_exercise() {
  local order
  order=$(allocate_all --exercise --reason "exercise of deploy/up")
  all_ders_are optimized || die "an exercise changed the status of DERs"
  derms_as operator emergency release "$order" >&2
  echo "exercise $order: all $(fleet_size) DERs bound, none touched"
}

demo_shutdown() {
  local order
  order=$(allocate_all --reason "demonstration of deploy/up")
  wait_until 10 all_ders_are emergency || die "not all DERs went to EMERGENCY"
  derms_as operator emergency release "$order" \
    --restore-delay 1 --restore-window 5 --restore-ramp 5 --restore-pickup 10 >&2  # a demonstration does not wait
  wait_until 60 all_ders_are optimized || die "not all DERs came back after the release"
  echo "shutdown $order: all $(fleet_size) DERs went to EMERGENCY, and back after the release"
}

# Most are registered; those out of range or of unverified type are refused one by one, which the importer counts and
# explains and tells with its exit status "partly done".
demo_californian_plants() {
  local status=0
  derms_as admin access grant californian-plants owner >&2
  derms_as admin regions import "$DEMO_DATA/californian_regions.csv" >&2
  derms_as admin ders import "$DEMO_DATA/californian_plants.csv" 2>&1 || status=$?
  ((status == 0 || status == DERMSCTL_PARTLY_DONE)) || die "the import ended with status $status"
}

# The steps after demo_access, which every way of starting does first.
readonly DEMO_STEPS=6
run_demo() {
  run_step "Register the fleet and its year" once fleet demo_fleet
  run_step "Report readings, bring it online" once online demo_online
  run_step "Optimise a real day as a study" once study demo_study
  run_step "Apply it to today" once apply demo_apply
  run_step "Emergency exercise" once exercise demo_exercise
  run_step "Emergency shutdown and release" once shutdown demo_shutdown
}
