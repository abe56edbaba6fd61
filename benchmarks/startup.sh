#!/bin/sh
# How long the built system takes from the AppHost's first line until everything is healthy, and what memory all its
# processes use (PSS). Linux. Usage: benchmarks/startup.sh [<folder of the built AppHost>] [arguments for the AppHost]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
built=${1:-$root/artifacts/bin/EventDriven.AppHost/debug}
[ $# -eq 0 ] || shift

descendants() {
  echo "$1"
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do descendants "$child"; done
}

output=$(mktemp)
cd "$root/EventDriven.AppHost"
DOTNET_ENVIRONMENT=Development "$built/EventDriven.AppHost" "$@" >"$output" 2>&1 &
host=$!
trap 'kill -TERM $host 2>/dev/null; wait $host; rm -f "$output"' EXIT
until grep -q '^Everything is up' "$output"; do
  kill -0 $host 2>/dev/null || { cat "$output"; exit 1; }
  sleep 0.1
done
grep '^Everything is up' "$output"

sleep "${SETTLE:-10}" # the memory of a system at work, not of one that has just started
total=0
for pid in $(descendants $host); do
  pss=$(awk '/^Pss:/ { print $2 }' /proc/"$pid"/smaps_rollup 2>/dev/null || echo 0)
  total=$((total + ${pss:-0}))
  printf '%8d kB  %s\n' "${pss:-0}" "$(tr "\0\n" "  " </proc/"$pid"/cmdline 2>/dev/null | cut -c1-100)"
done
printf '%8d MB in all\n' $((total / 1024))
