#!/usr/bin/env bash
# Compares what the routes answer with the OpenAPI document: Schemathesis asks every route, with values that the document
# allows and with others. Starts a Bookpath of its own on a folder and a port of its own.
#
#   tests/openapi/run.sh [schemathesis arguments...]
#   BOOKPATH_BIN   the program; VENVS   where the pinned tool is installed
set -euo pipefail
cd "$(dirname "$0")"

venv=$VENVS/openapi
mark=$venv/.done-$(sha256sum requirements.txt | cut -c1-12)
if [[ ! -e $mark ]]; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
  touch "$mark"
fi

data=$(mktemp -d)
serve=
finish() {
  [[ -n $serve ]] && kill "$serve" && wait "$serve" || true
  rm -rf "$data"
}
trap finish EXIT

email=admin@co.test password='correct horse battery staple'
printf '%s\n' "$password" | "$BOOKPATH_BIN" --data "$data" users add --email "$email" --role admin >"$data/user.log"
RUST_LOG=warn "$BOOKPATH_BIN" --data "$data" serve --demo --listen 127.0.0.1:0 >"$data/serve.out" 2>"$data/serve.log" &
serve=$!
base=
for _ in $(seq 600); do
  base=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$data/serve.out")
  [[ -n $base ]] && break
  kill -0 "$serve" || { cat "$data/serve.log" >&2; exit 1; }
  sleep 0.5
done
[[ -n $base ]] || { echo "serve does not come up" >&2; exit 1; }
token=$(curl --fail --silent "$base/api/auth/login" --json "{\"email\":\"$email\",\"password\":\"$password\"}" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])')

# The tool keeps a cache in the folder that it runs in.
here=$PWD
cd "$data"
# Logging in, out and changing one's own account would end the session that the other requests use.
"$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$base/api/openapi.json" \
  --header "Authorization: Bearer $token" --phases examples,coverage,fuzzing --continue-on-failure --no-color \
  --exclude-path-regex '/api/auth/(logout|password|sessions)' "$@"
