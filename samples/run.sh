#!/usr/bin/env bash
# Packs the building blocks into a folder of its own, then builds and runs the sample against the packages alone.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for block in EventDriven.Log EventDriven.EventSourcing EventDriven.Messaging; do
  dotnet pack "../building-blocks/$block" -v q -o "$work/feed"
done

# A package folder of its own: one that was packed before under the same version must not be taken for this one.
cp -r Directory.* packages "$work"
cd "$work/packages"
expected=$'3 events come to 5000.\nRefused: The counter is at 5000 and never below 0.'
NUGET_PACKAGES="$work/cache" dotnet build Packages.csproj -v q -o "$work/out" \
  -p:RestoreAdditionalProjectSources="$work/feed"
actual=$(dotnet "$work/out/Packages.dll")
echo "$actual"
[ "$actual" = "$expected" ]
