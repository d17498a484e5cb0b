#!/usr/bin/env bash
# Asks a deployed stack whether it is alive and refuses what it must refuse. Changes nothing.
#
#   infra/smoke.sh API_URL
set -euo pipefail
api=${1:?usage: smoke.sh API_URL}

status() { curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 30 "$@"; }

expect() {
  local wanted=$1 what=$2 got=000 attempt
  shift 2
  # A fresh stage takes some seconds to answer everywhere.
  for attempt in 1 2 3 4 5 6; do
    got=$(status "$@") || true
    [[ $got == "$wanted" ]] && { echo "ok: $what ($got)" >&2; return; }
    sleep "$attempt"
  done
  echo "smoke test failed: $what answered $got, not $wanted" >&2
  exit 1
}

expect 200 "the API is alive" "$api/healthz"
expect 401 "an unsigned webhook is refused" --request POST --header 'content-type: application/json' \
  --data-binary @"$(dirname "$0")/events/calendly-invitee-created.json" "$api/api/webhooks/calendly"
expect 401 "the numbers need a login" "$api/api/marketing/bookings_trend"
