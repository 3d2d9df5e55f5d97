#!/usr/bin/env bash
# Builds the RocksDB that Cargo.lock pins into a static library, once per user.
#
# Why: cargo compiles RocksDB's ~340 C++ files one by one, about 15 minutes on two cores. The same
# files, many at a time in one translation unit, parse their headers once: about 3½ minutes. The
# library then serves every later build, in every checkout, through two variables that the
# librocksdb-sys crate reads. Without this script a plain `cargo build` still works, only slower.
#
#   rocksdb.sh               build unless the cache already holds it
#   rocksdb.sh --print-env   print the two variables as NAME=value; exit 1 when not built yet
set -euo pipefail

readonly FILES_PER_UNIT=48 # 8 units: the fewest that still keep 8 cores busy
readonly GIB_PER_JOB=2     # peak memory of one g++ on such a unit, with room to spare

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos/rocksdb
cxx=${CXX:-g++}

say() { printf 'rocksdb: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# The folder of a locked crate's sources; cargo downloads them if they are not there yet.
crate_dir() {
  local manifest
  manifest=$(grep -o "\"manifest_path\":\"[^\"]*/$1-[0-9][^\"/]*/Cargo.toml\"" <<<"$metadata" | head -n 1 | cut -d'"' -f4) || true
  [ -n "$manifest" ] || die "Cargo.lock names no crate $1: add it, or build RocksDB with plain cargo"
  dirname "$manifest"
}

host=$(rustc -vV | sed -n 's/^host: //p')
metadata=$(cd "$repo" && cargo metadata --format-version 1 --filter-platform "$host" 2>/dev/null) ||
  die "\`cargo metadata\` failed in $repo: run it by hand to see why"
crate=$(crate_dir librocksdb-sys)
lz4=$(crate_dir lz4-sys)
header_dir=$(dirname "$(find "$lz4" -name lz4.h -print -quit)")
[ -f "$header_dir/lz4.h" ] || die "$lz4 holds no lz4.h: the crate changed its layout"
command -v "$cxx" >/dev/null || die "no C++ compiler '$cxx': install g++, or name one in CXX"

# The definitions of the crate's own build.rs for Linux, with the feature lz4; warnings off, because
# they are RocksDB's and not ours to mend.
flags=(-std=c++20 -O2 -DNDEBUG -fPIC -include cstdint -w
  -DOS_LINUX -DROCKSDB_PLATFORM_POSIX -DROCKSDB_LIB_IO_POSIX
  -DROCKSDB_SCHED_GETCPU_PRESENT -DROCKSDB_AUXV_GETAUXVAL_PRESENT
  -DROCKSDB_FALLOCATE_PRESENT -DROCKSDB_RANGESYNC_PRESENT
  -DHAVE_ALIGNED_NEW -DHAVE_UINT128_EXTENSION -DLZ4
  -ffunction-sections -fdata-sections)
case $host in
  x86_64-*-linux-*) flags+=(-msse4.2) ;; # hardware CRC32C: any x86-64 server since 2011
  *-linux-*) ;;
  *) die "only Linux is prepared here (this is $host): build RocksDB with plain cargo" ;;
esac

compiler=$("$cxx" --version | head -n 1)
version=$(basename "$crate")
digest=$(printf '%s\n' "$version" "$(basename "$lz4")" "$compiler" "$FILES_PER_UNIT" "${flags[@]}" | sha256sum | cut -c1-16)
key=$version-$digest
library=$cache/$key/librocksdb.a

if [ "${1:-}" = --print-env ]; then
  [ -f "$library" ] || exit 1
  printf 'ROCKSDB_LIB_DIR=%s\nROCKSDB_STATIC=1\n' "$cache/$key"
  exit 0
fi
[ $# -eq 0 ] || die "unknown argument '$1': the only one is --print-env"

# One builder at a time; whoever waited finds the library made.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || { say "another build is running; waiting for it" && flock 9; }
if [ -f "$library" ]; then
  say "already built: $library"
  exit 0
fi

partial=$cache/$key.partial # renamed to its final name only when complete
rm -rf "$partial"
mkdir -p "$partial/units"
trap 'rm -rf "$partial"' EXIT

mapfile -t sources < <(sed 's/\r$//; s/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d; /^util\/build_version\.cc$/d' "$crate/rocksdb_lib_sources.txt")
count=${#sources[@]}
[ "$count" -gt 0 ] || die "$crate/rocksdb_lib_sources.txt lists no files"
for ((i = 0; i < count; i++)); do
  printf '#include "rocksdb/%s"\n' "${sources[i]}" >>"$partial/units/unit$((i / FILES_PER_UNIT)).cc"
done
printf '#include "build_version.cc"\n' >"$partial/units/version.cc"
mapfile -t units < <(find "$partial/units" -name '*.cc' | sort)

jobs=$(nproc)
memory_gib=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
((jobs * GIB_PER_JOB <= memory_gib)) || jobs=$((memory_gib / GIB_PER_JOB > 0 ? memory_gib / GIB_PER_JOB : 1))
say "building $version with $compiler: $count files in ${#units[@]} units, $jobs at a time (minutes, once)"

compile_unit() {
  local unit=$1 started=$SECONDS
  shift
  "$@" -c "$unit" -o "${unit%.cc}.o" || return 255 # 255 makes xargs stop at once
  printf 'rocksdb: %s of %s units done (%s, %ss)\n' "$(find "$(dirname "$unit")" -name '*.o' | wc -l)" "$UNIT_COUNT" \
    "$(basename "$unit" .cc)" "$((SECONDS - started))" >&2
}
export -f compile_unit
export UNIT_COUNT=${#units[@]}
started=$SECONDS
printf '%s\0' "${units[@]}" | xargs -0 -P "$jobs" -I{} bash -c 'compile_unit "$@"' _ {} \
  "$cxx" "${flags[@]}" "-I$crate/rocksdb/include" "-I$crate/rocksdb" "-I$crate" "-I$header_dir" ||
  die "the compiler stopped; its message is above. Plain \`cargo build\` compiles RocksDB without this script"

ar crs "$partial/librocksdb.a" "$partial"/units/*.o
rm -rf "$partial/units"
sync "$partial/librocksdb.a"
mv -T "$partial" "$cache/$key"
trap - EXIT
say "built $library in $((SECONDS - started)) s"
