# shellcheck shell=bash
# How x speaks: progress and errors on standard error, results on standard output. Sourced by x.

interactive=0
if [[ -t 2 && ${TERM:-dumb} != dumb ]]; then interactive=1; fi

say() { printf '%s\n' "$*" >&2; }

# The one line that says what went wrong; ends x.
fail() {
  if ((interactive)); then printf '\033[31mx: %s\033[0m\n' "$*" >&2; else say "x: $*"; fi
  exit 1
}

# join SEPARATOR WORD...
join() {
  local separator=$1 joined=${2:-}
  shift $(($# < 2 ? $# : 2))
  for word in "$@"; do joined+=$separator$word; done
  printf '%s' "$joined"
}

# Ninja's output, read from standard input: its last line on a terminal, every fifth of the way in a pipe. Faults are not
# printed here but from the log, where their lines are together. (No awk: Debian's reads a pipe in blocks.)
show_build() {
  local line step last=0 columns counted='^\[([0-9]+)/([0-9]+)\]'
  columns=$(tput cols 2>/dev/null) || columns=80
  while IFS= read -r line; do
    [[ $line =~ $counted ]] || continue
    if ((interactive)); then
      printf '\r\033[K%s' "${line:0:columns-1}" >&2
    elif ((BASH_REMATCH[2] >= 20)); then
      step=$((5 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      if ((step > last)); then say "$1: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}, $SECONDS s"; fi
      last=$step
    fi
  done
  if ((interactive)); then printf '\r\033[K' >&2; fi
}

# CTest's output, read from standard input: in a pipe without the lines of tests that pass.
show_tests() {
  local line quiet='^( +Start +[0-9]+: | *[0-9]+/[0-9]+ Test +#[0-9]+: .* Passed +[0-9.]+ sec$)'
  if ((interactive)); then
    cat
    return
  fi
  while IFS= read -r line; do
    [[ $line =~ $quiet ]] || printf '%s\n' "$line"
  done
}
