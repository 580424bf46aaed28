#!/bin/sh
# Makes both rocks without the network from a copy of the tree, each into a tree of its
# own and both into one, and runs a script from there, in another folder, on each Lua.
# Ends with "N passed, N failed".
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

check() { # what, command...
  what=$1
  shift
  if "$@" >"$work/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    tail -n 25 "$work/log" | sed 's/^/  | /'
  fi
}

mkdir "$work/source"
(cd "$top" && tar -cf - --exclude=./build --exclude=./.git --exclude=./demo-out \
  --exclude='*.o' --exclude=./instagram .) | tar -xf - -C "$work/source"
unset LUA_PATH LUA_CPATH MAKEFLAGS MFLAGS LUA BUILD
export HOME="$work" LUAROCKS_CONFIG="$top/tools/luarocks-offline.lua"

rock() { # Lua version, tree, rockspec: from the top folder, as the README says
  cd "$work/source" &&
    luarocks --lua-version="$1" --tree="$work/$2" make "rockspec/$3.rockspec"
}

from_rock() { # interpreter, Lua version, tree, arguments of the script
  eval "$(luarocks --lua-version="$2" --tree="$work/$3" path --no-bin)"
  interpreter=$1 tree=$3
  shift 3
  cd / && timeout -k 10 200 "$interpreter" "$top/spec/support/from_rock.lua" \
    "$work/$tree" "$@"
}

# Nothing of the other rock may be in a tree that got one: find's tests say what.
lacks() { # Lua version, tree, tests...
  places="$work/$2/share/lua/$1 $work/$2/lib/lua/$1"
  shift 2
  # shellcheck disable=SC2086
  ! find $places -type f "$@" | grep .
}

command_answers() { # tree: the installed command starts and says where it is
  mkfifo "$work/said"
  timeout -k 5 200 "$work/$1/bin/instagram-sandbox" --port 0 >"$work/said" 2>&1 &
  started=$!
  line=$(head -n 1 "$work/said")
  kill "$started"
  wait "$started" 2>/dev/null
  rm "$work/said"
  echo "it said: $line"
  case $line in '{'*'"url"'*'}') return 0 ;; *) return 1 ;; esac
}

command_runs() { # tree: the installed command runs a program beside a sandbox
  # shellcheck disable=SC2016
  timeout -k 5 200 "$work/$1/bin/instagram-sandbox" exec -- sh -c \
    'head -n 1 "$INSTAGRAM_SANDBOX_CA" | grep CERTIFICATE || exit 1; exit 7'
  code=$?
  echo "exit code $code"
  [ "$code" = 7 ]
}

for file in "$top"/rockspec/*.rockspec; do
  check "lint $(basename "$file")" luarocks lint "$file"
done

for version in ${ROCK_LUAS:-5.4 5.1}; do
  check "instagram on $version" rock "$version" "both-$version" instagram-scm-1
  check "nothing of the sandbox in it, on $version" \
    lacks "$version" "both-$version" -path '*/instagram/sandbox*'
  check "instagram-sandbox on $version" \
    rock "$version" "alone-$version" instagram-sandbox-scm-1
  check "nothing of the client in it, on $version" \
    lacks "$version" "alone-$version" ! -path '*/instagram/sandbox/*'
  check "instagram-sandbox beside it, on $version" \
    rock "$version" "both-$version" instagram-sandbox-scm-1
  check "a script on $version" from_rock "lua$version" "$version" "both-$version"
  check "the command on $version" command_answers "both-$version"
  check "a program under it on $version" command_runs "both-$version"
done
[ ! -d "$work/both-5.1" ] || ! command -v luajit >/dev/null ||
  check "a script on luajit" from_rock luajit 5.1 both-5.1

check "instagram 0.1.0" rock 5.4 release instagram-0.1.0-1
check "instagram-sandbox 0.1.0" rock 5.4 release instagram-sandbox-0.1.0-1
check "a script on the release" from_rock lua5.4 5.4 release

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
