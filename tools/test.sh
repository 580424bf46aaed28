#!/bin/sh
# Runs tests and adds them up: arguments are C test programs and specs (the folder or
# *_spec.lua). IG_LUA names the interpreter, BUSTED holds more options for busted,
# EXCLUDE the tags of specs left out (browser, for which there is `make browser`),
# SANITIZER is asan, tsan, valgrind or empty, TEST_JOBS how many run at a time. Ends
# with "N passed, N failed, N skipped".
#
# Specs run in processes of their own, SPECS_EACH files in one: busted keeps all that it
# has loaded, and a full collection of that would soon be most of the work.
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # for a make that a spec runs

limit=${LIMIT:-850} # seconds for each program
lua=${IG_LUA:-lua5.4}
sanitizer=${SANITIZER:-none}
jobs=${TEST_JOBS:-$((2 * $(nproc 2>/dev/null || echo 1)))} # half of their time they wait

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export ASAN_OPTIONS=detect_leaks=1:verify_asan_link_order=0
export LSAN_OPTIONS=suppressions=spec/support/leaks.supp:print_suppressions=0
export TSAN_OPTIONS=die_after_fork=0:exitcode=66:suppressions=spec/support/threads.supp
memcheck="valgrind -q --error-exitcode=99 --leak-check=full
  --errors-for-leak-kinds=definite --suppressions=spec/support/valgrind.supp"

counts='^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$'
plain='^[-+.*]*$|^[0-9]+ success(es)? / ' # of busted

library() { gcc -print-file-name="lib$1.so"; }

# Runs a program within the time. Ours have the sanitizer inside; an interpreter that
# loads our module needs it preloaded.
run() { # inside|outside, program, arguments...
  case $sanitizer-$1 in
  asan-outside | tsan-outside)
    guard="env LD_PRELOAD=$(library "$sanitizer"):$IG_BUILD/keep_loaded.so" ;;
  valgrind-*) guard=$memcheck ;;
  *) guard= ;;
  esac
  shift
  # shellcheck disable=SC2086
  timeout -k 10 "$limit" $guard "$@" </dev/null
}

# One process: what it has to say goes out in one piece, its counts to the results. One
# that ended badly without a failed test, or did not come to its last line, is a failure
# itself. Of one that went well only what its tests printed is shown.
one() { # inside|outside, name, program, arguments...
  side=$1 name=$2
  shift 2
  log=$(mktemp "$TEST_RESULTS/log.XXXXXX")
  run "$side" "$@" >"$log" 2>&1
  code=$?
  line=$(grep -aE "$counts" "$log" | tail -n 1)
  # shellcheck disable=SC2046
  set -- $(echo "${line:-0 0 0}" | tr -dc '0-9 ')
  p=$1 f=$2 s=${3:-0}
  if [ "$f" = 0 ] && { [ "$code" != 0 ] || [ -z "$line" ]; }; then
    echo "$name: FAILED, exit code $code" >>"$log"
    f=1
  fi
  {
    flock 9
    echo "$p $f $s" >>"$TEST_RESULTS/counts"
    if [ "$f" != 0 ]; then
      echo "== $name"
      cat "$log"
    elif [ "$((p + s))" != 0 ]; then
      echo "$name: $p passed$([ "$s" = 0 ] || echo ", $s skipped")"
      grep -avE "$counts|$plain" "$log"
    fi
  } 9>"$TEST_RESULTS/lock"
}

specs() { # files...
  if [ "$#" = 1 ]; then name=$1; else name="$1 and $(($# - 1)) more"; fi
  # shellcheck disable=SC2086
  one outside "$name" "$lua" "$(command -v busted || echo busted)" \
    --output=spec/support/output.lua --exclude-tags="${EXCLUDE:-browser}" \
    ${BUSTED:-} "$@"
}

# A helper of xargs, below.
case ${1:-} in
--specs) shift; specs "$@"; exit 0 ;;
--program) one inside "$(basename "$2")" "$2"; exit 0 ;;
esac

TEST_RESULTS=$(mktemp -d)
export TEST_RESULTS
trap 'rm -rf "$TEST_RESULTS"' EXIT

# What specs run their child processes with. ThreadSanitizer's library cannot be loaded
# late, with the module: the interpreter must bring it along.
export LUA_BIN="$lua"
if [ "$sanitizer" = tsan ]; then
  export LUA_BIN="$IG_BUILD/lua"
  printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$(library tsan)" "$lua" \
    >"$LUA_BIN"
  chmod +x "$LUA_BIN"
fi

for test in "$@"; do
  case $test in
  spec) find spec -name '*_spec.lua' | sort ;;
  *) echo "$test" ;;
  esac
done >"$TEST_RESULTS/tests"

grep -v '_spec\.lua$' "$TEST_RESULTS/tests" |
  xargs -r -P "$jobs" -n 1 "$0" --program
if grep '_spec\.lua$' "$TEST_RESULTS/tests" >"$TEST_RESULTS/specs"; then
  echo "== specs on $lua, $jobs at a time"
  xargs -P "$jobs" -n "${SPECS_EACH:-1}" "$0" --specs <"$TEST_RESULTS/specs"
fi

awk '{ p += $1; f += $2; s += $3 } END {
  printf "%d passed, %d failed, %d skipped\n", p, f, s
  exit p == 0 || f > 0
}' "$TEST_RESULTS/counts"
