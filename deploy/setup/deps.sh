#!/usr/bin/env bash
# Checks what a build needs from the machine, and installs what is missing.
#
# From the distribution (Debian names): g++, make and libclang (bindgen reads RocksDB's C header with
# it), Python 3 with venv for the conformance client, faketime for tests of wrong clocks, iproute2 and util-linux
# for machines of a perturbed network. With cargo, once per user: cargo-deny, cargo-fuzz, cargo-mutants and
# tmkms. With pip, into .tools/venv: the conformance client's one dependency. Out of Debian's package of Prometheus, which
# would start a service: promtool alone. Rust and Go are the user's own.
#
#   deps.sh            what building and running needs
#   deps.sh --signer   that, and tmkms, which holds a validator's key (deploy/tmkms)
#   deps.sh --checks   all of that, and what `make test` needs besides
#   deps.sh --mutants  what building needs, and cargo-mutants (deploy/mutants.sh)
set -euo pipefail

readonly CARGO_DENY_VERSION=0.20.2
readonly CARGO_FUZZ_VERSION=0.13.2
readonly CARGO_MUTANTS_VERSION=27.1.0
readonly TMKMS_VERSION=0.15.0
readonly PYTHON_CRYPTOGRAPHY_VERSION=46.0.7
readonly RUST_MINIMUM=1.95.0
readonly GO_MINIMUM=1.22

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos

say() { printf 'deps: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

checks=no signer=no mutants=no
case "${1:-}" in
  '') ;;
  --signer) signer=yes ;;
  --checks) checks=yes signer=yes ;;
  --mutants) mutants=yes ;;
  *) die "unknown argument '$1': there are --signer, --checks and --mutants" ;;
esac

has_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  local dir
  for dir in /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
    # Not libclang-cpp.so, which has another interface.
    compgen -G "$dir/libclang.so*" >/dev/null && return 0
    compgen -G "$dir/libclang-[0-9]*.so*" >/dev/null && return 0
  done
  return 1
}

# `a` is at least `b`, both dotted numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

toolchains() {
  command -v rustc >/dev/null ||
    die "Rust is not installed: rustc $RUST_MINIMUM or later is needed (rustup installs it)"
  local rust go
  rust=$(rustc --version | cut -d' ' -f2)
  at_least "$rust" "$RUST_MINIMUM" || die "rustc is $rust; $RUST_MINIMUM or later is needed (rustup update)"
  if command -v go >/dev/null; then
    go=$(go env GOVERSION)
    at_least "${go#go}" "$GO_MINIMUM" || die "Go is ${go#go}; $GO_MINIMUM or later is needed to build CometBFT"
  elif [ ! -x "$repo/.tools/bin/cometbft" ]; then
    die "Go is not installed: $GO_MINIMUM or later is needed to build CometBFT"
  fi
}

# Fills `missing` with the Debian packages that this machine lacks.
missing=()
find_missing() {
  missing=()
  command -v "${CXX:-g++}" >/dev/null || missing+=(g++)
  command -v make >/dev/null || missing+=(make)
  has_libclang || missing+=(libclang-dev)
  [ "$checks" = yes ] || return 0
  command -v python3 >/dev/null || missing+=(python3)
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  command -v shellcheck >/dev/null || missing+=(shellcheck)
  command -v named-checkzone >/dev/null || missing+=(bind9-utils)
  command -v curl >/dev/null || missing+=(curl)
  # Machines for the perturbed network: namespaces and their addresses.
  command -v ip >/dev/null || missing+=(iproute2)
  command -v nsenter >/dev/null || missing+=(util-linux)
  compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || missing+=(faketime)
}

system_packages() {
  find_missing
  [ ${#missing[@]} -gt 0 ] || return 0
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      sudo=(sudo -n)
    else
      die "missing ${missing[*]}: install them (on Debian: sudo apt-get install ${missing[*]}) and try again"
    fi
  fi
  command -v apt-get >/dev/null ||
    die "missing ${missing[*]} (Debian's names), and there is no apt-get here: install them and try again"
  say "installing ${missing[*]} with apt-get"
  "${sudo[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    die "apt-get could not install ${missing[*]}; its message is above"
}

# cargo_tool NAME VERSION WHAT-IT-PRINTS VERSION-ARGUMENTS [INSTALL-ARGUMENTS...]
cargo_tool() {
  local name=$1 version=$2 printed=$3 ask tools=$cache/cargo-tools
  read -ra ask <<<"$4"
  shift 4
  if [ "$("$tools/bin/$name" "${ask[@]}" 2>/dev/null)" != "$printed" ]; then
    say "building $name $version (minutes, once per user)"
    # Unoptimised: each of these does little, and builds in a third of the time.
    CARGO_TARGET_DIR=$cache/cargo-tools-build cargo install "$name" --quiet --debug --locked \
      --version "$version" --root "$tools" "$@" >&2 || die "$name did not build; its message is above"
    rm -rf "$cache/cargo-tools-build"
  fi
  mkdir -p "$repo/.tools/bin"
  ln -sf "$tools/bin/$name" "$repo/.tools/bin/$name"
}

python_venv() {
  local venv=$repo/.tools/venv
  if [ "$("$venv/bin/python" -c 'import cryptography; print(cryptography.__version__)' 2>/dev/null)" = "$PYTHON_CRYPTOGRAPHY_VERSION" ]; then
    return 0
  fi
  say "making .tools/venv with cryptography $PYTHON_CRYPTOGRAPHY_VERSION"
  rm -rf "$venv"
  python3 -m venv "$venv" >&2 || die "python3 -m venv failed; its message is above"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "cryptography==$PYTHON_CRYPTOGRAPHY_VERSION" >&2 || die "pip could not install cryptography; its message is above"
}

# Checks the alerts (deploy/prometheus). Of Prometheus nothing else is needed, and its service is not wanted.
alert_checker() {
  local tool=$cache/prometheus/promtool unpacked fetch
  command -v promtool >/dev/null && return 0
  if [ ! -x "$tool" ]; then
    command -v apt-get >/dev/null || die "missing promtool: install it (Debian has it in the package prometheus) and try again"
    say "fetching promtool out of Debian's package of Prometheus"
    unpacked=$(mktemp -d)
    fetch=(apt-get -o APT::Sandbox::User="$(id -un)" download -qq prometheus)
    (
      cd "$unpacked"
      "${fetch[@]}" >&2 || { apt-get update -qq >&2 && "${fetch[@]}" >&2; }
      dpkg-deb -x prometheus_*.deb .
    ) || die "apt-get could not fetch prometheus; its message is above (sudo apt-get update, and try again)"
    mkdir -p "$cache/prometheus"
    mv "$unpacked/usr/bin/promtool" "$tool"
    rm -rf "$unpacked"
  fi
  mkdir -p "$repo/.tools/bin"
  ln -sf "$tool" "$repo/.tools/bin/promtool"
}

toolchains
system_packages
if [ "$signer" = yes ]; then
  cargo_tool tmkms "$TMKMS_VERSION" "$TMKMS_VERSION" version --features softsign
fi
if [ "$checks" = yes ]; then
  python_venv
  alert_checker
  cargo_tool cargo-deny "$CARGO_DENY_VERSION" "cargo-deny $CARGO_DENY_VERSION" --version
  cargo_tool cargo-fuzz "$CARGO_FUZZ_VERSION" "cargo-fuzz $CARGO_FUZZ_VERSION" --version
fi
if [ "$mutants" = yes ]; then
  cargo_tool cargo-mutants "$CARGO_MUTANTS_VERSION" "cargo-mutants $CARGO_MUTANTS_VERSION" 'mutants --version'
fi
say "everything needed is in place"
