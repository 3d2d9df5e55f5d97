#!/usr/bin/env bash
# The conformance client: every test vector, then a network of its own.
#
#   run.sh PYTHON                 starts a local network in a temporary folder and takes it away again
#   run.sh PYTHON NETWORK.json    uses the network that runs there
#
# PYTHON has the package `cryptography` (deploy/setup/deps.sh --checks makes one in .tools/venv).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
python=${1:-$repo/.tools/venv/bin/python}
network=${2:-}
target=${CARGO_TARGET_DIR:-$repo/target}
nexus=$target/debug/nexus
nexusd=$target/debug/nexusd
export PATH="$repo/.tools/bin:$PATH" PYTHONDONTWRITEBYTECODE=1

status=0
"$python" "$here/test_vectors.py" || status=1

for program in "$nexus" "$nexusd"; do
  [ -x "$program" ] || {
    echo "run.sh: $program is not built: make build" >&2
    exit 1
  }
done

if [ -z "$network" ]; then
  folder=$(mktemp -d)
  trap '"$nexusd" localnet clean --dir "$folder/net" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
  # Without a host: what the gates say of an activation is part of what is compared.
  if ! NEXUS_LOCALNET_HOST=no "$nexusd" localnet start --dir "$folder/net" >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    echo "run.sh: the network did not start; its log is above" >&2
    exit 1
  fi
  network=$folder/net/network.json
fi
"$python" "$here/conformance.py" "$network" --nexus "$nexus" || status=1
exit $status
