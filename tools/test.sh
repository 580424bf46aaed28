#!/bin/sh
# Runs tests and adds them up: arguments are C test programs and specs (the folder or
# *_spec.lua). IG_LUA names the interpreter, BUSTED holds more options for busted,
# EXCLUDE the tags of specs left out (browser, for which there is `make browser`),
# SANITIZER is asan, tsan, valgrind or empty. Ends with "N passed, N failed, N skipped".
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # for a make that a spec runs

limit=${LIMIT:-850} # seconds for each program
lua=${IG_LUA:-lua5.4}
sanitizer=${SANITIZER:-none}
log=$(mktemp)
trap 'rm -f "$log" "$log.code"' EXIT
passed=0 failed=0 skipped=0

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export ASAN_OPTIONS=detect_leaks=1:verify_asan_link_order=0
export LSAN_OPTIONS=suppressions=spec/support/leaks.supp:print_suppressions=0
export TSAN_OPTIONS=die_after_fork=0:exitcode=66:suppressions=spec/support/threads.supp
memcheck="valgrind -q --error-exitcode=99 --leak-check=full
  --errors-for-leak-kinds=definite --suppressions=spec/support/valgrind.supp"

library() { gcc -print-file-name="lib$1.so"; }

# What specs run their child processes with. ThreadSanitizer's library cannot be loaded
# late, with the module: the interpreter must bring it along.
export LUA_BIN="$lua"
if [ "$sanitizer" = tsan ]; then
  export LUA_BIN="$IG_BUILD/lua"
  printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$(library tsan)" "$lua" \
    >"$LUA_BIN"
  chmod +x "$LUA_BIN"
fi

# Runs a program within the time and shows what it prints. Ours have the sanitizer
# inside; an interpreter that loads our module needs it preloaded.
run() { # inside|outside, program, arguments...
  case $sanitizer-$1 in
  asan-outside | tsan-outside)
    guard="env LD_PRELOAD=$(library "$sanitizer"):$IG_BUILD/keep_loaded.so" ;;
  valgrind-*) guard=$memcheck ;;
  *) guard= ;;
  esac
  shift
  {
    # shellcheck disable=SC2086
    timeout -k 10 "$limit" $guard "$@" </dev/null
    echo $? >"$log.code"
  } 2>&1 | tee "$log"
}

# Takes the closing line of the program that ran into the sums. One that ended badly
# without a failed test, or said nothing, is a failure itself.
note() { # name
  code=$(cat "$log.code")
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
  # shellcheck disable=SC2046
  set -- "$1" $(echo "${line:-0 0 0}" | tr -dc '0-9 ')
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + ${4:-0}))
  if [ "$3" = 0 ] && { [ "$code" != 0 ] || [ "$2" = 0 ]; }; then
    echo "$1: FAILED, exit code $code, $2 passed"
    failed=$((failed + 1))
  fi
}

specs=
for test in "$@"; do
  case $test in
  *_spec.lua | spec) specs="$specs $test" ;;
  *)
    echo "== $(basename "$test")"
    run inside "$test"
    note "$(basename "$test")" ;;
  esac
done

if [ "$specs" ]; then
  echo "== specs on $lua"
  # shellcheck disable=SC2086
  run outside "$lua" "$(command -v busted || echo busted)" \
    --output=spec/support/output.lua --exclude-tags="${EXCLUDE:-browser}" ${BUSTED:-} \
    $specs
  note specs
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
