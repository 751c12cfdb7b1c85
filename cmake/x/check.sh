# shellcheck shell=bash
# The checks that need no test to run: format, clang-tidy, the rules of the tree. Sourced by x.

# Files of the tree, those not yet added to git included.
source_files() {
  if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git -C "$root" ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
      while IFS= read -r file; do [[ -f $root/$file ]] && printf '%s\n' "$file"; done || true
  else
    local pattern names=()
    for pattern in "$@"; do names+=(${names[@]:+-o} -name "$pattern"); done
    (cd "$root" && find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "${names[@]}" \) -print | sed 's#^\./##')
  fi
}

# Formats and findings differ between versions: the one of Debian 12 decides.
clang_tool() {
  if command -v "$1-14" >/dev/null; then
    echo "$1-14"
  else
    "$1" --version | grep -q 'version 14\.' ||
      say "check: $1 is not version 14, the one that decides; its findings may differ"
    echo "$1"
  fi
}

sources_or_fail() {
  mapfile -t sources < <(source_files '*.h' '*.cc')
  ((${#sources[@]})) || fail "no sources found"
}

check_format() {
  local sources tool output
  sources_or_fail
  tool=$(clang_tool clang-format)
  output=$(cd "$root" && printf '%s\0' "${sources[@]}" |
    xargs -0 -n 25 -P "$jobs" "$tool" --dry-run -Werror 2>&1) && return 0
  # Of what clang-format shows of each place, the file's name is enough; anything else it says is shown in full.
  if grep -q '\[-Wclang-format-violations\]' <<<"$output"; then
    sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error: .*\[-Wclang-format-violations\]$/  \1/p' <<<"$output" | sort -u
  else
    printf '%s\n' "$output"
  fi
  return 1
}

check_tidy() {
  configure release
  # The sources include the generated messages.
  build_targets release penstock_proto penstock_proto_grpc
  python3 "$root/cmake/x/tidy.py" "$build/release" --jobs "$jobs" --clang-tidy "$(clang_tool clang-tidy)"
}

check_layering() {
  python3 "$root/tests/layering/layering.py" "$root"
}

check_scripts() {
  local file bad=0
  while IFS= read -r file; do
    bash -n "$root/$file" || bad=1
  done < <(printf '%s\n' x .ci/run && source_files '*.sh')
  return "$bad"
}

format() {
  local sources
  sources_or_fail
  (cd "$root" && printf '%s\0' "${sources[@]}" | xargs -0 -n 25 -P "$jobs" "$(clang_tool clang-format)" -i)
}

check() {
  local failed=()
  say "check: scripts"
  check_scripts || failed+=("scripts")
  say "check: layering"
  check_layering || failed+=("layering (docs/architecture.md says what may include what)")
  say "check: format"
  check_format || failed+=("format (apply: ./x format)")
  say "check: clang-tidy"
  (check_tidy) || failed+=("clang-tidy (rules: .clang-tidy)")
  ((${#failed[@]} == 0)) || fail "check failed: $(join ', ' "${failed[@]}")"
  echo "check passed in $SECONDS s"
}
