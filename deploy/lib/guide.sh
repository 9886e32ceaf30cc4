# shellcheck shell=bash
# What deploy/up says at its end. Needs common.sh and demo.sh. Sourced, never run.

readonly GRPCURL_VERSION=v1.8.9  # the newest that Debian 12's Go builds

# Paths as a reader types them: relative inside the work tree, absolute elsewhere.
shown_path() {
  echo "${1#"$DERMS_ROOT"/}"
}

print_calls() {
  local tls as_operator
  tls="-cacert $(shown_path "$DERMS_TLS")/ca.pem"
  as_operator="-H \"authorization: Bearer \$(cat $(shown_path "$DERMS_TOKENS")/operator.jwt)\""
  local registry=localhost:$DERMS_REGISTRY_PORT optimizer=localhost:$DERMS_OPTIMIZER_PORT
  local emergency=localhost:$DERMS_EMERGENCY_PORT ders
  ders=$(derms_as operator --json stats | jq -er .derCount)  # a fleet-wide order wants it as confirmation
  cat <<EOF_CALLS
  grpcurl $tls $as_operator $registry describe derms.v1.RegistryService
  grpcurl $tls $as_operator -d '{"der_id": "SOLAR-01"}' $registry derms.v1.RegistryService/GetDer
  grpcurl $tls $as_operator $registry derms.v1.RegistryService/GetStats
  grpcurl $tls $as_operator -d '{"der_id": "BATTERY-06"}' $optimizer derms.v1.OptimizerService/ListSchedules
  grpcurl $tls $as_operator -d '{"der_id": "ALL_DERS", "power_kw": 0, "duration": "600s", "reason": "rehearsal", "expected_count": $ders, "exercise": true, "validate_only": true}' $emergency derms.v1.EmergencyService/AllocateEmergency
  $(shown_path "$DERMS_BIN")/dermsctl --emergency $emergency --ca $(shown_path "$DERMS_TLS")/ca.pem --token-file $(shown_path "$DERMS_TOKENS")/operator.jwt why BATTERY-06
EOF_CALLS
}

print_guide() {
  echo
  echo "DERMS is running: registry :$DERMS_REGISTRY_PORT, optimizer :$DERMS_OPTIMIZER_PORT, emergency :$DERMS_EMERGENCY_PORT"
  echo "Paste any of these six lines:"
  echo
  print_calls
  echo
  command -v grpcurl >/dev/null \
    || echo "grpcurl: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL_VERSION (Debian: golang-go)"
  echo "Logs: $(shown_path "$DERMS_LOG"). Stop: deploy/down. Stop and forget everything: deploy/down --purge."
}
