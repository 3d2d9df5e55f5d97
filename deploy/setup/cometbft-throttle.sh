#!/usr/bin/env bash
# Builds the pinned CometBFT with one constant of its ABCI client corrected, and prints the program's path. For measuring
# what that constant costs (docs/performance.md), and for operators who choose to run it: it sends and decides the same.
#
# CometBFT v0.38 means to send what waits for the application every 20 ms (`flushThrottleMS = 20`), but hands the bare
# number to a timer that takes nanoseconds. The timer then fires without pause for as long as the sender is not idle.
# The source is what deploy/setup/cometbft.sh downloaded; the result is kept in the per-user cache, for this very script.
set -euo pipefail

readonly VERSION=0.38.25
readonly MODULE=github.com/cometbft/cometbft
readonly FILE=abci/client/socket_client.go
readonly WRONG='timer.NewThrottleTimer("socketClient", flushThrottleMS)'
readonly RIGHT='timer.NewThrottleTimer("socketClient", flushThrottleMS*time.Millisecond)'

script=$(sha256sum <"$0")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos/cometbft-v$VERSION-throttle-${script:0:12}
built=$cache/cometbft

say() { printf 'cometbft-throttle: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

if [ -x "$built" ] && [ "$("$built" version 2>/dev/null)" = "$VERSION" ]; then
  echo "$built"
  exit 0
fi
command -v go >/dev/null || die "Go is not installed"
source=$(go env GOMODCACHE)/$MODULE@v$VERSION
# The download is there when CometBFT was built here; not when it came from the cache.
[ -d "$source" ] || GOBIN=$(mktemp -d) go install "$MODULE/cmd/cometbft@v$VERSION" >&2 ||
  die "the source of $MODULE v$VERSION cannot be downloaded; the message is above"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
cp -r "$source/." "$staging/"
chmod -R u+w "$staging"
cd "$staging"
[ "$(grep -cF "$WRONG" "$FILE")" = 1 ] || die "$FILE does not have '$WRONG' once: is it v$VERSION?"
sed -i "s/${WRONG//\*/\\*}/$RIGHT/" "$FILE"
grep -qF "$RIGHT" "$FILE" || die "$FILE was not changed"

say "building v$VERSION with its throttle in milliseconds (about a minute, once)"
go build -o "$staging/cometbft.built" ./cmd/cometbft >&2 || die "the build failed; its message is above"
[ "$("$staging/cometbft.built" version)" = "$VERSION" ] || die "the program built is not version $VERSION"
mkdir -p "$cache"
cp "$staging/cometbft.built" "$built.$$"
mv -f "$built.$$" "$built"
echo "$built"
