#!/bin/sh
# Installs the Debian packages that the named tiers need and that are missing. First
# says what and why; never removes a package. Tiers: build test check live bench browser,
# and hosts: servers to test with, which Debian may start when it installs them.
set -eu

# tier, package (or any of several that do), why
needs() {
  cat <<'LIST'
build gcc|clang compiles the C core
build libc6-dev|libc-dev its C library
build libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev HTTP and TLS
build libsodium-dev HMAC, sealed tokens, random numbers
build lua5.4 runs the scripts
build liblua5.4-dev headers for the Lua module
build lua-cjson JSON files from Lua
build libmicrohttpd-dev the sandbox's HTTP server
build libsqlite3-dev the sandbox's database
build libgnutls28-dev the sandbox's TLS
build zlib1g-dev the sandbox's gzip answers
build libzip-dev the sandbox reads archives
live ca-certificates to know Instagram's certificate
test lua-busted runs the specs
test lua-socket small servers that misbehave on purpose
test openssl certificates good and bad
test curl a client that knows nothing of us
test ca-certificates the known authorities, for the other cases
test libjansson-dev second opinion on the JSON reader
check lua5.1 another Lua to test on
check liblua5.1-0-dev its headers
check lua5.2 another Lua to test on
check liblua5.2-dev its headers
check lua5.3 another Lua to test on
check liblua5.3-dev its headers
check luajit2|luajit another Lua to test on
check valgrind finds bad memory use
check clang a second compiler, and its fuzzer
check libclang-rt-dev the fuzzer's library
check lua-check lints the Lua files
check luarocks builds the rocks
check lua-posix fork in specs
check libimage-exiftool-perl second opinion on dates in pictures
check curl a client of the sandbox
check python3 another
check python3-requests its best known HTTP library
check python3-social-auth-core a published client of Instagram
check nodejs another
check ruby another
check php-cli another
check php-curl its HTTP
check golang-go another
check golang-golang-x-oauth2-dev a published client of Instagram
check strace shows in which order files are written
bench curl tells the sandbox what to serve
bench wrk loads the sandbox with requests
browser chromium a real browser for the sandbox's pages
browser chromium-driver steers it
browser npm|nodejs fetches axe-core, which checks the pages
hosts redis-server the token store in Redis
hosts lua-redis Redis from Lua
hosts nginx|nginx-core|nginx-light a web server's worker as host
hosts libnginx-mod-http-lua Lua in it
hosts lua-resty-core what that needs
hosts lua-nginx-redis Redis from there
LIST
}

# As "dpkg-query" knows them; empty where there is no dpkg.
installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' 2>/dev/null || true)"

have() { # "a|b|c": is one of them installed?
  for one in $(echo "$1" | tr '|' ' '); do
    case "$installed" in *" installed=$one "*) return 0 ;; esac
  done
  return 1
}

missing=
explain=
for tier in "${@:-build}"; do
  while read -r of package why; do
    [ "$of" = "$tier" ] || continue
    have "$package" && continue
    missing="$missing ${package%%|*}"
    explain="$explain$(printf '  %-22s %s' "${package%%|*}" "$why")
"
  done <<LIST
$(needs)
LIST
done
[ "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "Not a Debian system; see to it that these are there (Debian's names):"
  printf '%s' "$explain"
  exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
  as_root=sudo
  if ! command -v sudo >/dev/null 2>&1; then
    printf 'Missing:\n%s' "$explain" >&2
    echo "Please install as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
fi

echo "Installing from Debian ($(echo "$missing" | wc -w) packages and what they need):"
printf '%s' "$explain"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}
# A failed update is no failure yet: the lists at hand may do. A server that is away for
# a moment is asked again, for the lists too: those at hand may name what is gone.
for pause in 5 20 0; do
  apt -o APT::Update::Error-Mode=any update ||
    echo "  (apt-get update failed; trying with the package lists at hand)"
  # shellcheck disable=SC2086
  if apt install --no-install-recommends --no-remove $missing; then
    echo "Installed."
    exit 0
  fi
  sleep "$pause"
done
tail -n 20 "$log" >&2
echo "apt-get could not install:$missing" >&2
exit 1
