# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the scripts that source it
# Development credentials below var/: a CA with the servers' certificate, one signing key with its JWKS, tokens.
# Needs common.sh. Made once and renewed before they end; nothing here is meant for production. Sourced, never run.

readonly CERTIFICATE_DAYS=365 CERTIFICATE_RENEW_DAYS=30
readonly TOKEN_DAYS=30 TOKEN_RENEW_DAYS=7
readonly SECONDS_PER_DAY=86400
# token file, subject
readonly DEVELOPMENT_TOKENS="admin admin-1
operator operator-1
owner owner-1"

certificate_is_good() {
  [[ -s $1 ]] && openssl x509 -in "$1" -noout -checkend $((CERTIFICATE_RENEW_DAYS * SECONDS_PER_DAY)) >/dev/null
}

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | write_private "$1"
}

# The CA's key is thrown away with the temporary folder: no further certificate can be made from it.
make_certificates() {
  local work
  work=$(mktemp -d)
  new_key "$work/ca.key"
  openssl req -x509 -new -key "$work/ca.key" -days "$CERTIFICATE_DAYS" -subj "/CN=DERMS development CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -out "$work/ca.pem"
  new_key "$work/server.key"
  openssl req -new -key "$work/server.key" -subj "/CN=localhost" -out "$work/server.csr"
  cat >"$work/server.ext" <<'EXTENSIONS'
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,DNS:registry,DNS:optimizer,DNS:emergency
EXTENSIONS
  openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
    -days "$CERTIFICATE_DAYS" -extfile "$work/server.ext" -out "$work/server.pem" 2>/dev/null
  write_private "$DERMS_TLS/server.key" <"$work/server.key"
  cat "$work/server.pem" >"$DERMS_TLS/server.pem"
  cat "$work/ca.pem" >"$DERMS_TLS/ca.pem"
  rm -rf "$work"
}

ensure_certificates() {
  mkdir -p "$DERMS_TLS"
  if certificate_is_good "$DERMS_TLS/server.pem" && certificate_is_good "$DERMS_TLS/ca.pem"; then
    return 0
  fi
  make_certificates
  say "new certificates in ${DERMS_TLS#"$DERMS_ROOT"/}, good for $CERTIFICATE_DAYS days"
}

# Seconds that a token still lives; 0 when there is none or it cannot be read.
token_seconds_left() {
  local expires
  expires=$(cut -d. -f2 "$1" 2>/dev/null | tr '_-' '/+' | jq -Rr '@base64d | fromjson | .exp | floor' 2>/dev/null) || expires=0
  echo $((${expires:-0} - $(date +%s)))
}

ensure_keys() {
  mkdir -p "$DERMS_KEYS"
  chmod 700 "$DERMS_KEYS"
  if [[ ! -s $DERMS_KEYS/jwks.json ]]; then
    "$DERMS_BIN/derms-admin" keys generate --out "$DERMS_KEYS"
    rm -f "$DERMS_TOKENS"/*.jwt
  fi
  [[ -s $DERMS_KEYS/bootstrap.secret ]] \
    || "$DERMS_BIN/derms-admin" bootstrap secret --out "$DERMS_KEYS/bootstrap.secret"
}

# ensure_tokens LIST: a token for each line of token file and subject.
ensure_tokens() {
  local name subject
  mkdir -p "$DERMS_TOKENS"
  chmod 700 "$DERMS_TOKENS"
  while read -r name subject; do
    (($(token_seconds_left "$DERMS_TOKENS/$name.jwt") < TOKEN_RENEW_DAYS * SECONDS_PER_DAY)) || continue
    "$DERMS_BIN/derms-admin" token --key "$DERMS_KEYS/dev.pem" --subject "$subject" --audience derms \
      --days "$TOKEN_DAYS" --out "$DERMS_TOKENS/$name.jwt"
    say "new token ${DERMS_TOKENS#"$DERMS_ROOT"/}/$name.jwt for $subject, good for $TOKEN_DAYS days"
  done <<<"$1"
}
