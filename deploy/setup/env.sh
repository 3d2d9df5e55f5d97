# shellcheck shell=bash
# The environment of every build and check. Source it from the top of the checkout; it starts nothing
# and builds nothing.
#
# - ROCKSDB_LIB_DIR, ROCKSDB_STATIC: the library of rocksdb.sh, when it has been built; without it
#   cargo compiles RocksDB itself.
# - PATH: the pinned tools of this checkout first.
# - CARGO_TARGET_DIR: under CI a per-user folder, so that a fresh clone finds what an earlier run built.

nexus_cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos
while IFS='=' read -r name value; do
  [ -z "$name" ] || export "$name=$value"
done < <(deploy/setup/rocksdb.sh --print-env 2>/dev/null || true)
export PATH="$PWD/.tools/bin:$PATH"
if [ "${CI:-}" = true ] && [ -z "${CARGO_TARGET_DIR:-}" ]; then
  export CARGO_TARGET_DIR="$nexus_cache/target"
fi
unset nexus_cache name value
