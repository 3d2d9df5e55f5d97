#!/usr/bin/env bash
# Moves a validator's key, with what it signed last, from a stopped node's home to tmkms.
#
#   move-key.sh --home HOME --signer FOLDER [--connect ADDRESS:PORT]
#
# Makes FOLDER with tmkms.toml, the key and the signing state, and removes the key from the home. Without --connect,
# tmkms and the node are on one machine and meet at HOME/run/signer.sock.
set -euo pipefail
umask 077

die() {
  printf 'move-key: %s\n' "$*" >&2
  exit 1
}

home='' signer='' connect=''
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || die "$1 needs a value"
  case $1 in
    --home) home=$2 ;;
    --signer) signer=$2 ;;
    --connect) connect=$2 ;;
    *) die "unknown argument '$1': there are --home, --signer and --connect" ;;
  esac
  shift 2
done
if [ -z "$home" ] || [ -z "$signer" ]; then die "say --home and --signer"; fi
command -v tmkms >/dev/null || die "tmkms is not installed: run deploy/setup/deps.sh --signer, which puts it into .tools/bin"

home=$(cd "$home" && pwd) || die "there is no such home"
key=$home/cometbft/config/priv_validator_key.json
state=$home/cometbft/data/priv_validator_state.json
genesis=$home/cometbft/config/genesis.json
[ -f "$key" ] || die "$key is not there: this home has no validator key to move"
[ -f "$state" ] || die "$state is not there: without it nobody knows what this key signed last"
[ -f "$genesis" ] || die "$genesis is not there: it names the chain"
[ ! -e "$signer" ] || die "$signer exists; name a folder that does not"

# While the node runs it signs, and the state copied would be old before it is used.
exec 9>>"$home/run/lock"
flock --nonblock 9 || die "the node of $home runs: stop it first"

# The first string or number of a member in CometBFT's indented JSON.
member() { sed -nE "s/^ *\"$1\": *\"?([^\",]*)\"?,?\$/\1/p" "$2" | head -n 1; }
chain_id=$(member chain_id "$genesis")
height=$(member height "$state")
round=$(member round "$state")
step=$(member step "$state")
[ -n "$chain_id" ] || die "$genesis names no chain_id"
case "$height:$round:$step" in
  *[!0-9:]* | :* | *:: | *:) die "$state is not CometBFT's: height '$height', round '$round', step '$step'" ;;
esac

mkdir -p "$signer/secrets" "$signer/state"
signer=$(cd "$signer" && pwd)
tmkms softsign keygen -t consensus "$signer/secrets/kms-identity.key" >/dev/null ||
  die "tmkms could not make its identity key"
tmkms softsign import "$key" "$signer/secrets/consensus.key" >/dev/null || die "tmkms could not take the key of $key"
[ -s "$signer/secrets/consensus.key" ] || die "tmkms wrote no key; the home is unchanged"

# CometBFT counts the steps of a round from 1, tmkms from 0. The number as it is keeps the signer from signing anything
# else in that round, which is what it should: it does not know what was signed there.
cat >"$signer/state/consensus.json" <<STATE
{"height":"$height","round":"$round","step":$step,"block_id":null}
STATE

address=unix://$home/run/signer.sock
[ -z "$connect" ] || address=tcp://$connect
template=$(dirname "${BASH_SOURCE[0]}")/tmkms.toml
sed -e "s|@CHAIN_ID@|$chain_id|g" -e "s|@FOLDER@|$signer|g" -e "s|@ADDRESS@|$address|g" "$template" >"$signer/tmkms.toml"

rm -f "$key" "$state"
printf '%s\n' "the key is in $signer/secrets/consensus.key and no longer in $home" \
  "1. in $home/config.toml, under [cometbft]: remote_signer = \"${connect:-unix}\"" \
  "2. tmkms start -c $signer/tmkms.toml" \
  "3. start the node"
