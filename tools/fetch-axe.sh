#!/bin/sh
# Fetches axe-core, which checks pages for people who see or move otherwise, from npm
# into build/npm. Without npm or its registry nothing fails: the specs that need it say
# that they were skipped, and why.
set -u
version=4.14.1
cd "$(dirname "$0")/.." || exit 1

manifest=build/npm/node_modules/axe-core/package.json
grep -q "\"version\": \"$version\"" "$manifest" 2>/dev/null && exit 0
if ! command -v npm >/dev/null 2>&1; then
  echo "  npm is not installed: pages are not checked by axe-core"
  exit 0
fi
mkdir -p build/npm
timeout 120 npm install --prefix build/npm --no-audit --no-fund --no-package-lock \
  --ignore-scripts --loglevel=error "axe-core@$version" >build/npm/log 2>&1 </dev/null ||
  echo "  npm could not fetch axe-core (build/npm/log): pages are not checked by it"
exit 0
