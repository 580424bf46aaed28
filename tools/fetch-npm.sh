#!/bin/sh
# Fetches what npm alone has into build/npm: for "browser" axe-core, which checks pages
# for people who see or move otherwise, and a published client that runs in a page; for
# "check" published clients that run in Node. Without npm or its registry nothing fails:
# the specs that need a package say that they were skipped, and why.
set -u
cd "$(dirname "$0")/.." || exit 1

packages() { # tier
  case $1 in
  browser) echo axe-core@4.14.1 instafeed.js@2.1.0 ;;
  check) echo passport-instagram-graph@1.0.1 gatsby-source-instagram-all@5.2.4 ;;
  esac
}

missing=
for tier in "$@"; do
  for package in $(packages "$tier"); do
    manifest=build/npm/node_modules/${package%@*}/package.json
    grep -q "\"version\": \"${package#*@}\"" "$manifest" 2>/dev/null ||
      missing="$missing $package"
  done
done
[ "$missing" ] || exit 0

if ! command -v npm >/dev/null 2>&1; then
  echo "  npm is not installed: tests without$missing"
  exit 0
fi
# Beside what is there, and in its place when whole: half a package would fail its tests.
rm -rf build/npm.new
mkdir -p build/npm
cp -R build/npm build/npm.new
# shellcheck disable=SC2086
if timeout -k 10 180 npm install --prefix build/npm.new --no-audit --no-fund \
  --no-package-lock --ignore-scripts --omit=peer --loglevel=error $missing \
  >build/npm.log 2>&1 </dev/null; then
  rm -rf build/npm
  mv build/npm.new build/npm
else
  rm -rf build/npm.new
  echo "  npm could not fetch (build/npm.log), so tests without:$missing"
fi
exit 0
