#!/bin/sh
# Runs libFuzzer programs for some seconds each, starting from the recorded answers and
# the JSON corpus: tools/fuzz.sh SECONDS PROGRAM... Ends with "N passed, N failed".
set -u

seconds=$1
shift
passed=0 failed=0
for program in "$@"; do
  name=$(basename "$program")
  corpus=$(dirname "$program")/$name.corpus
  mkdir -p "$corpus"
  if timeout -k 10 $((seconds + 60)) "$program" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$corpus-" -verbosity=0 \
    -print_final_stats=1 "$corpus" spec/recorded spec/json/*/ </dev/null >"$corpus.log" 2>&1; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log") runs"
    passed=$((passed + 1))
  else
    echo "$name: FAILED"
    tail -n 60 "$corpus.log"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
