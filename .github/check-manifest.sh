#!/usr/bin/env bash
# Reads what real Aspire has published: nothing of a development machine is in it.
set -euo pipefail
manifest="$1/aspire-manifest.json"

fails() { echo "$1" >&2; exit 1; }
ask() { jq -r "$1" "$manifest"; }

for service in signup email recommendations accounts payments orders fulfilment insights dashboard traffic setup; do
  [ "$(ask ".resources[\"$service\"].type")" = project.v1 ] || fails "$service is not published as a project."
done
[ -z "$(ask '.resources | to_entries[] | select(.value.type // "" | test("^(executable|container|dockerfile)")) | .key')" ] || fails "An executable or a container is in the manifest."
[ -z "$(ask '.resources[] | (.bindings // {})[] | select(.port) | .port')" ] || fails "A fixed port is in the manifest."
[ "$(ask '[.resources | to_entries[] | select([(.value.bindings // {})[] | select(.external)] | length > 0) | .key] | join(",")')" = dashboard ] || fails "Not the dashboard alone can be reached from outside."
[ "$(ask '.resources.setup.bindings')" = null ] || fails "Setup has endpoints: a job has none."
! grep -rEq 'localhost|127\.0\.0\.1|file:///' "$1" || fails "The address of a development machine is published."
grep -q 'affinity' "$1"/dashboard*.bicep || fails "The dashboard's sessions are not sticky."
for service in signup email recommendations accounts payments orders fulfilment insights; do
  grep -q 'minReplicas: 1' "$1/$service"*.bicep && grep -q 'maxReplicas: 4' "$1/$service"*.bicep || fails "$service has other numbers of replicas."
done
echo "The manifest holds what docs/deploy.md says."
