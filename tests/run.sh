#!/usr/bin/env bash
# Sets up what the tests need and runs them; the last line is "N passed, N failed".
#   tests/run.sh           every test, at about a tenth of the stated counts
#   tests/run.sh --full    every test at the stated counts
set -uo pipefail
cd "$(dirname "$0")/.."

# A test that never ends is named after so long without any that ended, and the run ends with it.
hang=15m
case "${1:-}" in
  '') ;;
  --full) export SHARELINKS_TESTS_FULL=1 hang=40m ;;
  *) echo "usage: tests/run.sh [--full]" >&2; exit 2 ;;
esac

# Debian packages that tests use: faketime sets the clocks of processes apart, zbar reads QR pictures back, librsvg draws them as a camera may see them, poppler those of printed sheets,
# and Chromium opens the pages.
packages=()
[ -e /usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 ] || packages+=(faketime)
[ -e /usr/bin/zbarimg ] || packages+=(zbar-tools)
[ -e /usr/bin/rsvg-convert ] || packages+=(librsvg2-bin)
[ -e /usr/bin/chromium ] || packages+=(chromium)
[ -e /usr/bin/pdftoppm ] || packages+=(poppler-utils)
if [ ${#packages[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
fi

mkdir -p .data
log=.data/tests.log
dotnet build ShareLinks.sln --verbosity quiet --nologo || exit 1
dotnet test --no-build --solution ShareLinks.sln --no-progress --max-parallel-test-modules 1 --filter-not-class "*.ReadmePictures" \
  --hangdump --hangdump-timeout "$hang" --hangdump-type None 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

count() { sed -nE "s/^ +$1: ([0-9]+).*/\1/p" "$log" | tail -1; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
if [ -z "$passed" ] || [ -z "$failed" ]; then
  echo "The test run did not finish: see $log" >&2
  exit 1
fi
if [ "${skipped:-0}" != 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ] && [ "$status" = 0 ]
