#!/bin/sh
# Publishes the app for Linux and zips it with its run bits.
#   package.sh [folder [options of dotnet publish]]   the folder (functions/bin/publish), and sharelinks.zip beside it
set -eu
cd "$(dirname "$0")/../.."

case $(uname -s) in
  Linux | Darwin) ;;
  *)
    echo "Run this in WSL (https://learn.microsoft.com/windows/wsl): a zip made on Windows can't mark the program as one." >&2
    exit 1
    ;;
esac
if [ $# = 0 ]; then
  # What an earlier version published is not to go along.
  rm -rf functions/bin/publish
  set -- "$PWD/functions/bin/publish"
fi
folder=$1
shift
package=$(dirname "$folder")/sharelinks.zip
dotnet publish functions --nologo --verbosity quiet --output "$folder" -p:PackageFile="$package" "$@"
echo "Packed $package."
