#!/usr/bin/env bash
# Builds a CometBFT whose clock is wrong, for tests of what a validator with a wrong clock does to the others, and prints
# its path. Never for a node that matters.
#
# Go programs read the clock without the C library, so that faketime has no effect on them. This is the pinned version's
# own source with two lines changed: the clock, and the check of a block's time, add the offset in the file that
# NEXUS_TEST_CLOCK_FILE names, written as for faketime ("+5s").
# The source is what deploy/setup/cometbft.sh downloaded; the result is kept in the per-user cache, for this very script.
set -euo pipefail

readonly VERSION=0.38.25
readonly MODULE=github.com/cometbft/cometbft

script=$(sha256sum <"$0")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos/cometbft-v$VERSION-skewed-${script:0:12}
built=$cache/cometbft

say() { printf 'skewed-cometbft: %s\n' "$*" >&2; }
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

cat >types/time/skew.go <<'GO'
package time

import (
	"os"
	"strings"
	"time"
)

func skew() time.Duration {
	file := os.Getenv("NEXUS_TEST_CLOCK_FILE")
	text, err := os.ReadFile(file)
	if err != nil {
		panic("NEXUS_TEST_CLOCK_FILE: " + err.Error() + ": this CometBFT is for tests alone")
	}
	offset, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		panic(file + ": " + err.Error())
	}
	return offset
}

// Skewed is the wrong clock. It reads the file only when it is asked, so that `cometbft version` needs none.
func Skewed() time.Time {
	return time.Now().Add(skew())
}
GO
replace() { # FILE FROM TO
  grep -qF "$2" "$1" || die "$1 has no '$2': is it v$VERSION?"
  sed -i "s/$2/$3/g" "$1"
}
replace types/time/time.go 'Canonical(time.Now())' 'Canonical(Skewed())'
replace state/validation.go 'time.Now()' 'cmttime.Skewed()'
grep -qF 'cometbft/types/time' state/validation.go ||
  sed -i 's|^import (|import (\n\tcmttime "github.com/cometbft/cometbft/types/time"|' state/validation.go

say "building v$VERSION with a clock that can be set wrong (about a minute, once)"
go build -o "$staging/cometbft.built" ./cmd/cometbft >&2 || die "the build failed; its message is above"
[ "$("$staging/cometbft.built" version)" = "$VERSION" ] || die "the program built is not version $VERSION"
mkdir -p "$cache"
cp "$staging/cometbft.built" "$built.$$"
mv -f "$built.$$" "$built"
echo "$built"
