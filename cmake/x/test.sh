# shellcheck shell=bash
# Test runs and their sum. Sourced by x.
#
# Labels that CTest knows the tests by: unit, integration, layering, demo; fast for those that the sanitizer builds run; interop
# for those that run AWS clients, which a registry may have to bring first; soak for those that take minutes, which run only
# when asked for. A sanitizer run in which no test of ours is found fails.
# Fuzzing needs another compiler and has a build of its own; each target counts as a test.

passed=0
failed=0
fuzz_seconds=20

# What the sanitizers are told, and the wrapper they need: gcc 12's give up on an address space that is laid out with
# more random bits than they know, so that it is not randomised where the system lets us say so.
wrapper=()
sanitizer_environment() {
  wrapper=()
  case $1 in
    fuzz)
      # Exit codes and reports are libFuzzer's.
      export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
      export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
      ;;
    asan)
      export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1"
      export LSAN_OPTIONS="suppressions='$root/tests/lsan.supp':print_suppressions=0"
      export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
      ;;
    tsan)
      export TSAN_OPTIONS="suppressions='$root/tests/tsan.supp':halt_on_error=1:second_deadlock_stack=1"
      ;;
    *) return 0 ;;
  esac
  if setarch -R true 2>/dev/null; then wrapper=(setarch -R); fi
}

# run_ctest PRESET NAME ARGUMENT...: adds what passed and failed to the sums.
run_ctest() {
  local preset=$1 name=$2 log="$build/$1/ctest-$2.log" status=0 line skipped
  shift 2
  say "test $preset: $name (after $SECONDS s)"
  ${wrapper[@]+"${wrapper[@]}"} ctest --test-dir "$build/$preset" --output-on-failure --no-tests=error -j "$jobs" \
    --output-junit "$build/$preset/ctest-$name.xml" "$@" 2>&1 | tee "$log" | show_tests || status=$?

  # "97% tests passed, 1 tests failed out of 33"; a test that was skipped is none that passed.
  line=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1) || true
  skipped=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: .*\*\*\*Skipped' "$log") || true
  if [[ $line =~ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
    failed=$((failed + BASH_REMATCH[1]))
    passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1] - skipped))
    if ((status != 0 && BASH_REMATCH[1] == 0)); then failed=$((failed + 1)); fi
  else
    # No test was found, or CTest could not start: a fault of the run itself.
    failed=$((failed + 1))
  fi
}

# built PRESET [TARGET...]: builds everything, or the targets; a build that fails counts as one failure, so that the other parts still run.
built() {
  (build_targets "$@") && return 0
  failed=$((failed + 1))
  return 1
}

run_interop() {
  setup_interop
  run_ctest release interop -L '^interop$'
  # CTest does not print why a test was skipped.
  grep -h '^SKIPPED: ' "$build/release/Testing/Temporary/LastTest.log" >&2 || true
}

# fuzz_target NAME: fuzzes for fuzz_seconds, from the committed seeds and what earlier runs have learned.
fuzz_target() {
  local name=$1 log="$build/fuzz/fuzz-$1.log" learned="$build/fuzz/corpus/$1" findings="$build/fuzz/findings" found
  mkdir -p "$learned" "$findings"
  say "test fuzz: $name, $fuzz_seconds s"
  if ${wrapper[@]+"${wrapper[@]}"} "$build/fuzz/bin/penstock-fuzz-${name//_/-}" -max_total_time="$fuzz_seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 -artifact_prefix="$findings/$name-" \
    "$learned" "$root/tests/fuzz/corpus/$name" >"$log" 2>&1; then
    passed=$((passed + 1))
    return 0
  fi
  failed=$((failed + 1))
  grep -m 1 -E '^SUMMARY: |ERROR: |: CHECK failed' "$log" >&2 || tail -n 5 "$log" >&2
  found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  say "test fuzz: $name failed; input: ${found:-none was kept} (log: ${log#"$root"/})"
}

run_fuzz() {
  local file name
  mapfile -t -O "${#packages[@]}" packages < <(fuzz_packages)
  setup_packages
  sanitizer_environment fuzz
  if built fuzz fuzzers; then
    for file in "$root"/tests/fuzz/*_fuzz.cc; do
      name=${file##*/}
      fuzz_target "${name%_fuzz.cc}"
    done
  fi
  wrapper=()
}

run_part() {
  case $1 in
    all) if built release; then run_ctest release all -LE '^(soak|interop)$'; fi ;;
    unit | integration) if built release; then run_ctest release "$1" -L "^$1\$" -LE '^soak$'; fi ;;
    soak) if built release; then run_ctest release soak -L '^soak$'; fi ;;
    interop) if built release penstockd penstock penstock-kpl-tool; then run_interop; fi ;;
    layering) configure release && run_ctest release layering -L '^layering$' ;;
    fuzz) run_fuzz ;;
    asan | tsan)
      sanitizer_environment "$1"
      if built "$1" fast-tests; then run_ctest "$1" fast -L '^fast$' -LE '^(soak|layering)$'; fi
      wrapper=()
      ;;
  esac
}

cmd_test() {
  local part parts=()
  while (($#)); do
    [[ $1 =~ ^(all|unit|integration|layering|asan|tsan|interop|soak|fuzz)$ ]] ||
      fail "test: no part '$1'; there are unit, integration, layering, asan, tsan, interop, soak and fuzz"
    parts+=("$1")
    if [[ $1 == fuzz && ${2:-} =~ ^[1-9][0-9]*$ ]]; then
      fuzz_seconds=$2
      shift
    fi
    shift
  done
  ((${#parts[@]})) || parts=(all asan tsan fuzz interop)
  for part in "${parts[@]}"; do run_part "$part"; done
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}
