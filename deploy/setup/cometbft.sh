#!/usr/bin/env bash
# Puts the pinned CometBFT into .tools/bin of this checkout and proves that it is that version.
#
# Why pinned: v1.x speaks a different wire format from our ABCI library, and v0.39 is refused by the
# RPC library. Every validator of one network must run the same consensus engine.
# A copy in the per-user cache makes a second clean checkout a matter of a file copy.
set -euo pipefail

readonly VERSION=0.38.25
readonly MODULE=github.com/cometbft/cometbft/cmd/cometbft

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$repo/.tools/bin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos/cometbft-v$VERSION

say() { printf 'cometbft: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

is_right() { [ -x "$1" ] && [ "$("$1" version 2>/dev/null)" = "$VERSION" ]; }

# Copies under another name first, so that no process ever sees half a program, and a running
# CometBFT keeps the file it started from.
place() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.$$"
  mv -f "$2.$$" "$2"
}

if is_right "$bin/cometbft"; then
  say "v$VERSION is in place: $bin/cometbft"
  is_right "$cache/cometbft" || place "$bin/cometbft" "$cache/cometbft"
  exit 0
fi

if ! is_right "$cache/cometbft"; then
  command -v go >/dev/null || die "Go is not installed: CometBFT v$VERSION is built from source (Go 1.22 or later)"
  say "building v$VERSION from source (about a minute, once)"
  staging=$(mktemp -d)
  trap 'rm -rf "$staging"' EXIT
  started=$SECONDS
  GOBIN=$staging go install "$MODULE@v$VERSION" ||
    die "\`go install $MODULE@v$VERSION\` failed; its message is above"
  is_right "$staging/cometbft" ||
    die "the program built says version '$("$staging/cometbft" version 2>&1)', not $VERSION: check GOFLAGS and GOPROXY"
  place "$staging/cometbft" "$cache/cometbft"
  say "built in $((SECONDS - started)) s"
fi

place "$cache/cometbft" "$bin/cometbft"
is_right "$bin/cometbft" || die "$bin/cometbft does not run or is not version $VERSION: is this folder mounted noexec?"
say "v$VERSION is in place: $bin/cometbft"
