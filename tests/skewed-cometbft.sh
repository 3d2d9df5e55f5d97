#!/usr/bin/env bash
# Builds a CometBFT whose clock is wrong, for tests of what a validator with a wrong clock does to the others, and prints
# its path. Never for a node that matters.
#
# Go programs read the clock without the C library, so that faketime has no effect on them. This is the pinned version's
# own source with two lines changed: the clock, and the check of a block's time, add the offset in the file that
# NEXUS_TEST_CLOCK_FILE names, written as for faketime ("+5s").
set -euo pipefail
# shellcheck source=deploy/setup/cometbft-source.sh
source "$(dirname "$0")/../deploy/setup/cometbft-source.sh"

begin skewed

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
replace types/time/time.go 'Canonical(time.Now())' 'Canonical(Skewed())'
replace state/validation.go 'time.Now()' 'cmttime.Skewed()'
grep -qF 'cometbft/types/time' state/validation.go ||
  sed -i 's|^import (|import (\n\tcmttime "github.com/cometbft/cometbft/types/time"|' state/validation.go

build 'with a clock that can be set wrong'
