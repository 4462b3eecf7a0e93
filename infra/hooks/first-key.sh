#!/bin/sh
# Makes the first API key, with scope admin, in the name of whoever deploys, and shows it this once. Does nothing when there is a key.
#   SHARELINKS_STORAGE_ENDPOINT, SHARELINKS_STORAGE_AUDIENCE, SHARELINKS_ADDRESS   outputs of the template
set -eu
cd "$(dirname "$0")/../.."

tries=${SHARELINKS_HOOK_TRIES:-60}
pause=${SHARELINKS_HOOK_PAUSE:-10}
export ShareLinks__Storage__Endpoint="${SHARELINKS_STORAGE_ENDPOINT:?is set by azd provision}"
if [ -n "${SHARELINKS_STORAGE_AUDIENCE:-}" ]; then
  export ShareLinks__Storage__Audience="$SHARELINKS_STORAGE_AUDIENCE"
fi

keys() {
  dotnet run --project functions --verbosity quiet -- keys "$@"
}

# A role that was granted a moment ago may take minutes until it holds.
left=$tries
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
while ! list=$(keys list 2>"$errors"); do
  case $(cat "$errors") in
    *"not authorized"*) left=$((left - 1)) ;;
    *) left=0 ;;
  esac
  if [ "$left" -le 0 ]; then
    cat "$errors" >&2
    echo "The API keys could not be read. Try again by: azd hooks run postdeploy" >&2
    exit 1
  fi
  sleep "$pause"
done
if echo "$list" | grep -Eq '^[0-9A-Za-z]{12}  '; then
  exit 0
fi
key=$(keys create --scope admin --name "first key" | tail -n 1)
echo "ShareLinks is at ${SHARELINKS_ADDRESS:-its address}. Its first API key, with scope admin, is shown this once:"
echo "  $key"
