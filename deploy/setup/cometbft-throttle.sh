#!/usr/bin/env bash
# Builds the pinned CometBFT with one constant of its ABCI client corrected, and prints the program's path. For measuring
# what that constant costs (docs/performance.md), and for operators who choose to run it: it sends and decides the same.
#
# CometBFT v0.38 means to send what waits for the application every 20 ms (`flushThrottleMS = 20`), but hands the bare
# number to a timer that takes nanoseconds. The timer then fires without pause for as long as the sender is not idle.
set -euo pipefail
# shellcheck source=deploy/setup/cometbft-source.sh
source "$(dirname "$0")/cometbft-source.sh"

begin throttle
replace abci/client/socket_client.go \
  'timer.NewThrottleTimer("socketClient", flushThrottleMS)' \
  'timer.NewThrottleTimer("socketClient", flushThrottleMS*time.Millisecond)'
build 'with its throttle in milliseconds'
