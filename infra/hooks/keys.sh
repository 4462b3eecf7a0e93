#!/bin/sh
# Makes the keys that the vault lacks, each once; none that is there is ever overwritten. Runs before each provision, so that a key which is added is there
# before the app is told of it, and after it, since the first provision makes the vault.
#   SHARELINKS_VAULT                          the vault; not known before the first provision
#   SHARELINKS_TOKEN_KEYS, _SIGNING_KEYS, _VISITOR_KEYS   the rings' numbers, such as 2,1; 1 when absent
set -eu

vault=${SHARELINKS_VAULT:-}
[ -n "$vault" ] || exit 0
tries=${SHARELINKS_HOOK_TRIES:-60}
pause=${SHARELINKS_HOOK_PAUSE:-10}

names=code-key
add() {
  for number in $(echo "$2" | tr ',' ' '); do
    names="$names $1-key-$number"
  done
}
add token "${SHARELINKS_TOKEN_KEYS:-1}"
add signing "${SHARELINKS_SIGNING_KEYS:-1}"
add visitor "${SHARELINKS_VISITOR_KEYS:-1}"

# Whether the vault has a secret. A role that was granted a moment ago may take minutes until it holds; whatever else goes wrong ends the script, since only
# a vault that says "not found" may be written to.
has() {
  left=$tries
  while ! answer=$(az keyvault secret show --vault-name "$vault" --name "$1" --query id --output tsv 2>&1); do
    case $answer in
      *SecretNotFound*) return 1 ;;
      *Forbidden*) left=$((left - 1)) ;;
      *) left=0 ;;
    esac
    if [ "$left" -le 0 ]; then
      echo "$answer" >&2
      echo "The vault $vault could not be asked for $1; nothing was changed. Try again by: azd provision" >&2
      exit 1
    fi
    sleep "$pause"
  done
}

file=$(mktemp)
trap 'rm -f "$file"' EXIT
made=
for name in $names; do
  if has "$name"; then
    continue
  fi
  # By a file, since arguments can be read by every process of this machine.
  printf %s "$(openssl rand -base64 32)" >"$file"
  if ! az keyvault secret set --vault-name "$vault" --name "$name" --file "$file" --encoding utf-8 --output none; then
    echo "The vault $vault did not take $name. If it was deleted, bring it back: az keyvault secret recover --vault-name $vault --name $name" >&2
    exit 1
  fi
  echo "Made $name in the vault $vault."
  made=1
done

# The app looks again only when it is told.
if [ -n "$made" ] && [ -n "${SHARELINKS_APP_ID:-}" ]; then
  az rest --method post --url "$SHARELINKS_APP_ID/config/configreferences/appsettings/refresh?api-version=2022-03-01" --output none
fi
