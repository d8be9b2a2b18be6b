#!/usr/bin/env bash
# ./dev waits for another apt, says once what for, and fails at any other error. Here apt and all that it asks are
# pretended.
set -euo pipefail
dev=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
pretend() {
  printf '#!/bin/sh\n%s\n' "$2" >"$folder/$1"
  chmod +x "$folder/$1"
}
pretend dpkg-query 'exit 1'
pretend id 'echo 0'
pretend sleep 'exit 0'
export PATH="$folder:$PATH"

pretend apt-get "echo \"\$*\" >>$folder/calls
[ \$(wc -l <$folder/calls) -gt 3 ] || {
  echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)' >&2
  exit 100
}"
"$dev" setup 2>"$folder/said" || { cat "$folder/said"; exit 1; }
waited=$(grep -c 'waiting for another apt to finish: Could not get lock /var/lib/apt/lists/lock. It is held by process 7' \
  "$folder/said")
[ "$waited" -eq 1 ] || { cat "$folder/said"; exit 1; }
[ "$(grep -c update "$folder/calls")" -eq 4 ]
[ "$(grep -c install "$folder/calls")" -eq 1 ]

pretend apt-get 'echo "E: Unable to locate package" >&2; exit 100'
if "$dev" setup 2>"$folder/said"; then exit 1; fi
grep -q 'Unable to locate package' "$folder/said"
