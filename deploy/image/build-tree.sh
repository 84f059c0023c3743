#!/bin/sh
# The program's part of the image: everything that runs, with exactly the versions of the lock file.
# Usage: build-tree.sh ROOT   (a directory that does not exist yet; /opt/breakglass in the image)
#
#   ROOT/app       the daemon's workspaces, their dependencies and the agent's instructions
#   ROOT/claude    the claude CLI
#   ROOT/bin       the entrypoint, the health check, claude
set -eu

root=${1:?usage: build-tree.sh ROOT}
source=$(cd "$(dirname "$0")/../.." && pwd)
if [ -e "$root" ]; then
  echo "build-tree.sh: $root exists: name a directory that does not" >&2
  exit 2
fi
mkdir -p "$root/app" "$root/claude" "$root/bin"
root=$(cd "$root" && pwd)

# npm checks the lock file against every workspace's manifest, also those that are not installed here.
cd "$source"
cp package.json package-lock.json .npmrc "$root/app/"
for manifest in packages/*/package.json; do
  mkdir -p "$root/app/$(dirname "$manifest")"
  cp "$manifest" "$root/app/$manifest"
done
for workspace in shared daemon; do
  cp -R "packages/$workspace/src" "packages/$workspace/bin" "$root/app/packages/$workspace/"
  find "$root/app/packages/$workspace" \( -name '*.test.ts' -o -name fixtures \) -prune -exec rm -rf {} +
done
cp -R agents "$root/app/"

# The workspaces stay symlinks (npm's own default, said aloud): Node runs no TypeScript below node_modules.
# No scripts: `prepare` would build the client, which is not part of the image.
cd "$root/app"
npm ci --omit=dev --ignore-scripts --install-links=false --workspace packages/shared --workspace packages/daemon

# Its script puts the binary for this machine in place: the only one that has to run.
cd "$root/claude"
node "$source/deploy/image/pin-claude.js" "$source" .
npm ci

cp "$source/deploy/image/entrypoint.sh" "$source/deploy/image/health.js" "$root/bin/"
ln -s ../claude/node_modules/.bin/claude "$root/bin/claude"
