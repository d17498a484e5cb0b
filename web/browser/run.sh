#!/usr/bin/env bash
# The browser's tests against a Bookpath of their own.
#
#   web/browser/run.sh [playwright arguments...]
#   BOOKPATH_BIN   the program; CHROMIUM   the browser, else Debian's, which is installed where it is missing
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -z ${CHROMIUM:-} ]]; then
  CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
fi
if [[ -z $CHROMIUM ]]; then
  [[ $(id -u) == 0 ]] || { echo "the browser tests need Chromium: install it, or set CHROMIUM" >&2; exit 1; }
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >&2
  CHROMIUM=$(command -v chromium)
fi
CHROMIUM=$CHROMIUM exec npx playwright test "$@"
