#!/usr/bin/env bash
# The acceptance suite on an emulated AWS: starts the emulator with IAM enforced, deploys infra/template.yaml with the
# functions of this build, runs the tests of the modules `both` and `aws_stack` there and the conformance suite of the ports,
# and ends it all.
#
#   tests/acceptance-aws.sh [FILTER...]
#   CARGO_TARGET_DIR, VENVS   as in the Makefile, which builds first
#   FUNCTIONS=sam             deploys what `sam build` makes of the functions in place of the Makefile's build
#   KEEP_LOG=FILE             where the emulator's log goes; with the functions' own lines in it
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
stack() { python3 infra/emulator/stack.py --state "$state" "$@"; }
finish() {
  stack stop || true
  [[ -n ${KEEP_LOG:-} ]] && cp "$state/emulator.log" "$KEEP_LOG"
  rm -rf "$state"
}
trap finish EXIT

vendors=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
functions=(--binaries "$CARGO_TARGET_DIR/debug")
[[ ${FUNCTIONS:-} == sam ]] && functions=()
stack start
stack deploy ${functions[@]+"${functions[@]}"} \
  --parameter "StripeApiBase=http://127.0.0.1:$vendors/stripe" \
  --parameter "CalendlyApiBase=http://127.0.0.1:$vendors/calendly" \
  --parameter "TypeformApiBase=http://127.0.0.1:$vendors/typeform" \
  --parameter "CloseApiBase=http://127.0.0.1:$vendors/close" --parameter MailFrom=bookings@co.test
endpoint=$(stack outputs --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["EmulatorEndpoint"])')

export AWS_ENDPOINT_URL=$endpoint
filters=("$@")
((${#filters[@]})) || filters=(both:: aws_stack::)
BOOKPATH_STAGE=aws BOOKPATH_VENDOR_PORT=$vendors \
  BOOKPATH_BIN="$CARGO_TARGET_DIR/debug/bookpath" BOOKPATH_EMULATOR_PYTHON="$VENVS/emulator/bin/python" \
  cargo test -p bookpath-tests --test it -- --test-threads=1 "${filters[@]}"
# The ports' conformance suite, on resources of its own. As a part of the workspace's build: alone, the clients of AWS
# would compile again with other features.
(($#)) || cargo test --workspace --exclude bookpath-tests --test emulator
