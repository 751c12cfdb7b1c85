# shellcheck shell=bash
# The packages that the build needs, and their installation on Debian 12 and later. Sourced by x.
#
# Only what is missing is installed, nothing is removed, and the machine's package sources are never changed: Catch2 3, which
# Debian 12 has in its backports alone, is fetched through a source made for this one installation, from the mirror that the
# machine uses already.

packages=(
  build-essential cmake ninja-build pkg-config ccache mold git ca-certificates python3
  clang-format clang-tidy
  protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libgrpc++-dev libabsl-dev
  librocksdb-dev libzstd-dev liblz4-dev libxxhash-dev
  libnghttp2-dev libssl-dev libsimdjson-dev zlib1g-dev
  python3-grpcio python3-protobuf
  nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libspdlog-dev libfmt-dev libbenchmark-dev
  prometheus-cpp-dev
)

# What fuzzing needs besides: clang, and the runtime of the version that the release calls so.
fuzz_packages() {
  local version
  version=$(apt-cache policy clang 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}\([0-9][0-9]*\)\..*/\2/p') || true
  echo clang
  if [[ -n $version ]]; then echo "libclang-rt-$version-dev"; fi
}

setup_log="$root/build/setup.log"

release_name() {
  # shellcheck disable=SC1091
  (. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}")
}

# Debian 12's own Boost, 1.74, is too old for the HTTP server; later releases have one version, under the plain name.
boost_package() {
  if [[ $(release_name) == bookworm ]]; then echo libboost1.81-dev; else echo libboost-dev; fi
}

# The names of `packages`, and Boost's, that dpkg does not have installed.
missing_packages() {
  local all=("${packages[@]}" "$(boost_package)") installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${all[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true
  for package in "${all[@]}"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

is_catch2_3() { [[ -n $1 ]] && dpkg --compare-versions "$1" ge 3; }

have_catch2() {
  local version
  version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' catch2 2>/dev/null) || return 1
  [[ $version == "installed "* ]] && is_catch2_3 "${version#installed }"
}

apt_get() {
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120 "$@")
  ((EUID == 0)) || command=(sudo "${command[@]}")
  "${command[@]}" >>"$setup_log" 2>&1
}

apt_install() { apt_get --no-install-recommends --no-remove install "$@"; }

# Writes every entry of the machine's package sources that offers $1 (a release's code name) and the component main, as
# the same entry for $1-backports alone, into a folder of its own below $2. Keys and options of an entry are kept. An entry
# of another vendor may be among them: it has no backports, and offers nothing then.
write_backports_sources() {
  local release=$1 into=$2 list parts file line count=0
  local entry="^deb[[:space:]]+(\\[[^]]*\\][[:space:]]+)?([^[:space:]]+)[[:space:]]+${release}/?[[:space:]]+(.*)\$"
  list=$(apt-config shell value Dir::Etc::sourcelist/f) && eval "list=${list#value=}"
  parts=$(apt-config shell value Dir::Etc::sourceparts/d) && eval "parts=${parts#value=}"

  for file in "$list" "$parts"/*.list; do
    [[ -f $file && -r $file ]] || continue
    while IFS= read -r line || [[ -n $line ]]; do
      [[ $line =~ $entry && " ${BASH_REMATCH[3]%%#*} " == *[[:space:]]main[[:space:]]* ]] || continue
      mkdir -p "$into/$((++count))"
      printf 'deb %s%s %s-backports main\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "$release" \
        >"$into/$count/backports.list"
    done <"$file"
  done

  for file in "$parts"/*.sources; do
    [[ -f $file && -r $file ]] || continue
    mkdir -p "$into/$((++count))"
    # One paragraph an entry; a line that begins with a blank continues the field above it.
    awk -v release="$release" '
      function has(words, word,   n, i, list) {
        n = split(words, list)
        for (i = 1; i <= n; i++) if (list[i] == word) return 1
        return 0
      }
      function finish() {
        if (has(field["types"], "deb") && has(field["suites"], release) && has(field["components"], "main") &&
            field["enabled"] !~ /^[ \t]*(no|false|off|0)[ \t]*$/)
          printf "%sTypes: deb\nSuites: %s-backports\nComponents: main\n\n", kept, release
        split("", field); kept = ""; name = ""
      }
      /^#/ { next }
      /^[ \t]*$/ { finish(); next }
      /^[^ \t]/ { name = tolower($0); sub(/:.*/, "", name); value = $0; sub(/^[^:]*:/, "", value) }
      /^[ \t]/ { value = $0 }
      { field[name] = field[name] " " value }
      name !~ /^(types|suites|components|enabled)$/ { kept = kept $0 "\n" }
      END { finish() }' "$file" >"$into/$count/backports.sources"
    [[ -s $into/$count/backports.sources ]] || rm -r "${into:?}/$count"
  done
}

# Catch2 3 from the release's backports. Uses lists of its own, so that the machine's are neither read nor written.
install_catch2_from_backports() {
  local release scratch source options done=1
  release=$(release_name)
  [[ -n $release ]] || return 1
  scratch=$(mktemp -d)
  chmod 755 "$scratch"  # apt reads as a user of its own
  write_backports_sources "$release" "$scratch/sources"
  for source in "$scratch"/sources/*/; do
    [[ -d $source ]] || continue
    rm -rf "$scratch/lists"
    mkdir -p "$scratch/lists/partial"
    options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=${source%/}" -o "Dir::State::lists=$scratch/lists"
      -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    if apt_get "${options[@]}" update && apt_install "${options[@]}" "catch2/$release-backports"; then
      done=0
      break
    fi
  done
  # What apt has left there belongs to root.
  if ((EUID == 0)); then rm -rf "$scratch"; else sudo rm -rf "$scratch"; fi
  return "$done"
}

# Catch2 3 from the sources of the machine, where one of them has it.
install_catch2() {
  local version
  while IFS= read -r version; do
    if is_catch2_3 "$version"; then
      apt_install "catch2=$version" && return 0
    fi
  done < <(apt-cache madison catch2 2>/dev/null | awk -F '|' '{ gsub(/ /, "", $2); print $2 }')
  install_catch2_from_backports
}

setup_failed() {
  [[ -s $setup_log ]] && tail -n 25 "$setup_log" >&2
  fail "setup: $1 (log: ${setup_log#"$root"/})"
}

# Root, or sudo that will do without a password or can ask for it.
may_install() {
  ((EUID == 0)) || { command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }
}

# Installs what is missing; silent if nothing is.
setup_packages() {
  local missing names
  [[ ${PENSTOCK_SKIP_SETUP:-0} == 1 ]] && return 0
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "setup: not a Debian system, nothing installed; CMake will look for what Debian calls:"
    say "  ${packages[*]} libboost-dev (1.81 or later) catch2 (3 or later)"
    return 0
  fi
  mapfile -t missing < <(missing_packages)
  names=("${missing[@]}")
  have_catch2 || names+=("catch2 (3 or later)")
  ((${#names[@]})) || return 0

  if ! may_install; then
    fail "setup: these packages are missing, and installing them needs root or sudo: $(join ', ' "${names[@]}")"
  fi
  say "setup: installing $(join ', ' "${names[@]}")"
  mkdir -p "$root/build"
  : >"$setup_log"
  # A source of somebody else may be out of reach: what is wanted here may still be found.
  apt_get update || say "setup: the package lists could not all be brought up to date; going on with those there are"
  if ((${#missing[@]})); then
    apt_install "${missing[@]}" || setup_failed "apt could not install: ${missing[*]}"
  fi
  have_catch2 || install_catch2 || setup_failed "Catch2 3 is offered neither by the package sources nor by their backports"
  [[ -z $(missing_packages) ]] && have_catch2 || setup_failed "still missing after the installation: $(missing_packages | xargs)"
}

# at_least MINIMUM COMMAND...: the first version number that the command prints.
at_least() {
  local minimum=$1 version
  shift
  command -v "$1" >/dev/null || return 1
  version=$("$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1) || return 1
  [[ -n $version ]] && dpkg --compare-versions "$version" ge "$minimum"
}

# The packages of the clients that `./x test interop` runs, as far as nothing on this machine does instead. The versions are those of
# Debian 12; what the clients themselves are made of is pinned in tests/interop.
interop_missing() {
  at_least 2 /usr/bin/aws --version || at_least 2 aws --version || echo awscli
  /usr/bin/python3 -c 'import boto3' 2>/dev/null || echo python3-boto3
  at_least 18 node --version || echo nodejs
  at_least 9 npm --version || echo npm
  at_least 1.19 go version || echo golang-go
  at_least 17 javac -version || echo default-jdk-headless
  at_least 3.6 mvn --version || echo maven
}

# Installs them where that is possible. No failure where it is not: the tests say which client is not there, and fail in CI.
setup_interop() {
  local missing
  [[ ${PENSTOCK_SKIP_SETUP:-0} == 1 ]] && return 0
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
  mapfile -t missing < <(interop_missing)
  ((${#missing[@]})) || return 0
  if ! may_install; then
    say "setup: the interop tests want these packages, and installing them needs root or sudo: $(join ', ' "${missing[@]}")"
    return 0
  fi
  say "setup: installing for the interop tests: $(join ', ' "${missing[@]}")"
  mkdir -p "$root/build"
  : >"$setup_log"
  apt_get update || say "setup: the package lists could not all be brought up to date; going on with those there are"
  apt_install "${missing[@]}" || say "setup: apt could not install ${missing[*]} (log: ${setup_log#"$root"/})"
}
