#!/usr/bin/env bash
# Looks for inputs that break a promise, with libFuzzer and AddressSanitizer. The targets are ordinary functions
# (tests/fuzz/src/targets); cargo-fuzz and a compiler that lets itself be told to add coverage are all that is special.
#
#   fuzz.sh --short                        a fixed number of inputs for every target, from a fixed seed
#   fuzz.sh --target NAME --seconds N      one target for that long (all: each target)
#   fuzz.sh --keep NAME                    add what runs found to the committed corpus, as few files as do
#
# New inputs go to a folder outside the checkout; what broke a target is copied to tests/fuzz/findings and must be
# committed with the correction: `cargo test -p nexus-fuzz` runs it from then on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly SEED=1
# Inputs of a short run: some seconds each. What costs most, a signature or an elliptic curve point, is tried least.
declare -rA RUNS=(
  [transaction]=3000 [object]=200000 [genesis]=6000 [proof]=60000 [bundle]=2500
  [abci_frame]=30000 [json_params]=60000 [name]=200000 [rdata]=100000 [snapshot_chunk]=20000
)
# Megabytes a target may use before it counts as broken: bounded memory is one of the promises.
readonly RSS_LIMIT_MB=1024
# Seconds one input may take.
readonly INPUT_TIMEOUT=25
# Bytes of a file that the committed corpus may have: larger ones are left to the seeds.
readonly KEEP_BYTES=4096

readonly crate=tests/fuzz/libfuzzer
nexus_cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos
work=$nexus_cache/fuzz
ordinary_target=${CARGO_TARGET_DIR:-$PWD/target}
# Instrumented code in a folder of its own: the ordinary one would be thrown away at each change of flags.
build=$ordinary_target/fuzz

say() { printf 'fuzz: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

build_targets() {
  command -v cargo-fuzz >/dev/null || die "cargo-fuzz is not installed: run deploy/setup/deps.sh --checks"
  cargo build --quiet -p nexus-fuzz --bin nexus-fuzz-seeds
  if [ "${CI:-}" = true ]; then
    cargo metadata --quiet --locked --format-version 1 --manifest-path "$crate/Cargo.toml" >/dev/null ||
      die "$crate/Cargo.lock is not what the workspace needs: run \`cargo update --workspace\` there and commit it"
  fi
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$build cargo-fuzz build --fuzz-dir "$crate" --sanitizer address >&2 ||
    die "the targets did not build; the compiler's message is above"
  triple=$(rustc -vV | sed -n 's/^host: //p')
}

targets() { "$ordinary_target/debug/nexus-fuzz-seeds"; }

# run_target NAME ARGUMENTS...
run_target() {
  local name=$1 longest
  shift
  longest=$(targets | awk -v name="$name" '$1 == name { print $2 }')
  [ -n "$longest" ] || die "there is no target $name; there are: $(targets | cut -d' ' -f1 | tr '\n' ' ')"
  local found=$work/corpus/$name seeds=$work/seeds/$name broken=$work/findings/$name
  rm -rf "$seeds"
  mkdir -p "$found" "$broken" "$crate/../corpus/$name" "$crate/../findings/$name"
  "$ordinary_target/debug/nexus-fuzz-seeds" "$name" "$seeds"
  local folders=("$seeds" "$crate/../corpus/$name" "$crate/../findings/$name")
  local log=$work/$name.log dictionary=() status=0
  [ ! -f "$crate/dictionaries/$name.dict" ] || dictionary=("-dict=$crate/dictionaries/$name.dict")
  # What a short run finds is not kept: the next one must start from the same inputs.
  if [ "$mode" = short ]; then
    local fresh
    fresh=$(mktemp -d)
    folders=("$fresh" "${folders[@]}")
  else
    folders=("$found" "${folders[@]}")
  fi
  "$build/$triple/release/$name" "${folders[@]}" "${dictionary[@]}" -max_len="$longest" -seed=$SEED \
    -rss_limit_mb=$RSS_LIMIT_MB -timeout=$INPUT_TIMEOUT -artifact_prefix="$broken/" -print_final_stats=1 \
    "$@" >"$log" 2>&1 || status=$?
  [ -z "${fresh:-}" ] || rm -rf "$fresh"
  rmdir --ignore-fail-on-non-empty "$crate/../corpus/$name" "$crate/../findings/$name"
  report "$name" "$log" "$status"
}

report() {
  local name=$1 log=$2 status=$3 executed first last
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  first=$(sed -nE 's/.*INITED +cov: ([0-9]+).*/\1/p' "$log" | head -n 1)
  last=$(sed -nE 's/.* cov: ([0-9]+).*/\1/p' "$log" | tail -n 1)
  if [ "$status" -eq 0 ]; then
    say "$name: ${executed:-0} inputs, edges covered ${first:-?} -> ${last:-?}, nothing broke"
    return
  fi
  tail -n 40 "$log" >&2
  local file
  file=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$log" | tail -n 1)
  if [ -n "$file" ] && [ -f "$file" ]; then
    mkdir -p "$crate/../findings/$name"
    cp "$file" "$crate/../findings/$name/"
    say "$name BROKE on $crate/../findings/$name/$(basename "$file") (the whole log: $log)"
    say "  once more:         $build/$triple/release/$name $file"
    say "  in ordinary tests: cargo test -p nexus-fuzz"
    say "  correct the code, and commit the input with the correction"
  else
    say "$name ended with status $status; the whole log: $log"
  fi
  broken=yes
}

keep() {
  local name=$1 merged file
  merged=$(mktemp -d)
  mkdir -p "$crate/../corpus/$name"
  "$ordinary_target/debug/nexus-fuzz-seeds" "$name" "$work/seeds/$name"
  "$build/$triple/release/$name" -merge=1 -use_value_profile=0 "$merged" "$work/seeds/$name" \
    "$crate/../corpus/$name" "$work/corpus/$name" >"$work/$name.merge.log" 2>&1 || die "the merge failed: $work/$name.merge.log"
  for file in "$merged"/*; do
    [ -f "$file" ] || continue
    [ "$(stat -c %s "$file")" -le $KEEP_BYTES ] || continue
    # The seeds are made anew at each run; only what they do not cover is kept.
    [ -f "$work/corpus/$name/$(basename "$file")" ] || continue
    cp "$file" "$crate/../corpus/$name/"
  done
  rm -rf "$merged"
  rmdir --ignore-fail-on-non-empty "$crate/../corpus/$name"
}

mode='' target=all seconds=60 broken=no
while [ $# -gt 0 ]; do
  case $1 in
    --short) mode=short ;;
    --target) mode=long target=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --keep) mode=keep target=$2 && shift ;;
    *) die "unknown argument '$1': see the head of this file" ;;
  esac
  shift
done
[ -n "$mode" ] || die "say --short, --target NAME [--seconds N], or --keep NAME"

mkdir -p "$work"
build_targets
if [ "$target" = all ]; then
  mapfile -t chosen < <(targets | cut -d' ' -f1)
else
  chosen=("$target")
fi
for name in "${chosen[@]}"; do
  case $mode in
    short) run_target "$name" -runs="${RUNS[$name]}" ;;
    long) run_target "$name" -max_total_time="$seconds" ;;
    keep) keep "$name" ;;
  esac
done
[ "$broken" = no ]
