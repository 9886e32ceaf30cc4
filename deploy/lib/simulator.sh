# shellcheck shell=bash
# shellcheck disable=SC2034,SC2317  # what is set here is used, and called by name, by the scripts that source it
# A fleet that is played by derms-sim (docs/simulator.md) beside the demo: it registers its DERs in a region of their own
# as their owner, delegates them to its gateway and follows what they are told. It is a client like any other: two
# development tokens and the public RPCs. Needs common.sh, demo.sh, and to start it services.sh. Sourced, never run.

# token file, subject
readonly SIMULATOR_TOKENS="simulator-owner simulator-owner
simulator-gateway simulator-gateway"
readonly DEMO_SIMULATED_DERS=20
readonly SIMULATOR_GATEWAYS=5
readonly SIMULATOR_READY_SECONDS=120
# IEEE 1547-2018 clause 4.10 at a tenth of its default times, so that somebody who watches sees it.
readonly SIMULATOR_ENTER_SECONDS=30
# Who reads the compliance report shall find something.
readonly SIMULATOR_STUCK_SHARE=0.1

simulator_access() {
  derms_as admin access grant simulator-owner owner >&2
  derms_as admin access grant simulator-gateway gateway >&2
  derms_as admin regions import "$DEMO_DATA/simulator_regions.csv" >&2
  wait_until 10 simulator_roles_are_known || die "the services do not know the simulator's roles; see their logs"
  echo "simulator-owner owns DERs, simulator-gateway is their gateway, in region SIMULATOR"
}

simulator_roles_are_known() {
  derms_as simulator-owner ders list >/dev/null 2>&1 && derms_as simulator-gateway setpoints >/dev/null 2>&1
}

# simulator_flags COUNT: one a line.
simulator_flags() {
  printf '%s\n' --register "$1" --register-in SIMULATOR --gateways "$SIMULATOR_GATEWAYS" \
    --registry "${DERMS_REGISTRY:-localhost:$DERMS_REGISTRY_PORT}" \
    --emergency "${DERMS_EMERGENCY:-localhost:$DERMS_EMERGENCY_PORT}" --ca "$DERMS_TLS/ca.pem" \
    --owner-token-file "$DERMS_TOKENS/simulator-owner.jwt" --token-file "$DERMS_TOKENS/simulator-gateway.jwt" \
    --enter-delay "$SIMULATOR_ENTER_SECONDS" --enter-ramp "$SIMULATOR_ENTER_SECONDS" \
    --enter-random "$SIMULATOR_ENTER_SECONDS" --report-every 3600 \
    --grid-support --stuck-share "$SIMULATOR_STUCK_SHARE"
}

# How many DERs the simulator plays that was started last, also when its program was rebuilt since; nothing without one.
simulated_ders_now() {
  local pid
  ! pid=$(any_pid sim) || tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^--register$/{n;p}'
}

# Whether the one that runs plays so many DERs.
simulator_plays() {
  running_pid sim >/dev/null && [[ $(simulated_ders_now) == "$1" ]]
}

simulator_is_settled() {
  ! running_pid sim >/dev/null || grep -q '"event":"ready"' "$DERMS_LOG/sim.log"
}

# start_simulator COUNT: nothing when it runs already.
start_simulator() {
  local flags
  if ! simulator_plays "$1"; then
    stop_service sim
    mapfile -t flags < <(simulator_flags "$1")
    : >"$DERMS_LOG/sim.log"  # its "ready" is looked for
    launch sim "$DERMS_LOG/sim.log" "${flags[@]}"
  fi
  wait_until "$SIMULATOR_READY_SECONDS" simulator_is_settled \
    || die "the simulator is not ready after $SIMULATOR_READY_SECONDS s; log: $DERMS_LOG/sim.log"
  running_pid sim >/dev/null || die "the simulator ended: $(tail -n 1 "$DERMS_LOG/sim.log"); log: $DERMS_LOG/sim.log"
  say "$1 simulated DERs in region SIMULATOR follow what they are told; log: $DERMS_LOG/sim.log"
}
