# shellcheck shell=bash
# Test clients that are in no Debian, at fixed versions, in the user's cache and in front of PATH. Needs common.sh.
# Sourced, never run.

readonly GRPCURL=github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.9  # built by Debian 12's Go 1.19
readonly BUF=@bufbuild/buf@1.75.0
TOOLS=${DERMS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/derms/tools}
export PATH=$TOOLS/bin:$TOOLS/node_modules/.bin:$PATH

# installed_as NAME VERSION: true when the note of the last installation says so; note_installed writes it.
installed_as() {
  [[ $(cat "$TOOLS/$1.version" 2>/dev/null) == "$2" ]]
}

note_installed() {
  echo "$2" >"$TOOLS/$1.version"
}

ensure_grpcurl() {
  ! installed_as grpcurl "$GRPCURL" || return 0
  mkdir -p "$TOOLS/bin"
  CGO_ENABLED=0 GOBIN=$TOOLS/bin go install "$GRPCURL"
  note_installed grpcurl "$GRPCURL"
}

ensure_buf() {
  ! installed_as buf "$BUF" || return 0
  mkdir -p "$TOOLS"
  npm install --no-save --no-audit --no-fund --prefix "$TOOLS" "$BUF"
  note_installed buf "$BUF"
}

ensure_python() {
  local requirements=$DERMS_ROOT/tests/e2e/requirements.txt wanted
  wanted=$(sha256sum <"$requirements")
  ! installed_as venv "$wanted" || return 0
  rm -rf "$TOOLS/venv"
  mkdir -p "$TOOLS"
  /usr/bin/python3 -m venv "$TOOLS/venv"
  "$TOOLS/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  note_installed venv "$wanted"
}
