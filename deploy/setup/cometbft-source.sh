# shellcheck shell=bash
# Sourced by scripts that build the pinned CometBFT from a changed source. The source is what deploy/setup/cometbft.sh
# downloaded; the result is kept in the per-user cache, for that very script.
#
#   begin NAME          prints the program's path and ends if it is built already; else goes to a copy of the source
#   replace FILE A B    writes B for every A in FILE of the copy
#   build WHAT          builds, keeps and prints the path of the program
readonly VERSION=0.38.25
readonly MODULE=github.com/cometbft/cometbft

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

begin() {
  local script
  script=$(cat "$0" "${BASH_SOURCE[0]}" | sha256sum)
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/nexus-cos/cometbft-v$VERSION-$1-${script:0:12}
  built=$cache/cometbft
  if [ -x "$built" ] && [ "$("$built" version 2>/dev/null)" = "$VERSION" ]; then
    echo "$built"
    exit 0
  fi
  command -v go >/dev/null || die "Go is not installed"
  local source
  source=$(go env GOMODCACHE)/$MODULE@v$VERSION
  # The download is there when CometBFT was built here; not when it came from the cache.
  [ -d "$source" ] || GOBIN=$(mktemp -d) go install "$MODULE/cmd/cometbft@v$VERSION" >&2 ||
    die "the source of $MODULE v$VERSION cannot be downloaded; the message is above"
  staging=$(mktemp -d)
  trap 'rm -rf "$staging"' EXIT
  cp -r "$source/." "$staging/"
  chmod -R u+w "$staging"
  cd "$staging" || die "$staging vanished"
}

replace() { # FILE FROM TO
  grep -qF "$2" "$1" || die "$1 has no '$2': is it v$VERSION?"
  sed -i "s/${2//\*/\\*}/$3/g" "$1"
}

build() { # WHAT
  say "building v$VERSION $1 (about a minute, once)"
  go build -o "$staging/cometbft.built" ./cmd/cometbft >&2 || die "the build failed; its message is above"
  [ "$("$staging/cometbft.built" version)" = "$VERSION" ] || die "the program built is not version $VERSION"
  mkdir -p "$cache"
  cp "$staging/cometbft.built" "$built.$$"
  mv -f "$built.$$" "$built"
  echo "$built"
}
