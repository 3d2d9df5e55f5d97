#!/usr/bin/env bash
# Alters the law in one small way at a time (cargo-mutants), and runs the law's tests on each: one that no test notices is a
# test that is missing, or code that does nothing. It covers the gates, admission, the facts of a case and the signatures it
# needs, money and meters, and other law that the gates ask. docs/testing.md has what was found.
#
#   mutants.sh              all of them: hours
#   mutants.sh FILE...      those of these files
#
# The checkout stays as it is: the tool works on a copy. The lists of what was caught, missed, timed out and unviable are
# in <target>/mutants/mutants.out. The exit status is 0 when all were caught but those that change nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where a verdict is made; the law that gates ask; where amounts, accounts, mandates, prices and quantities are computed, and
# where that is checked again.
readonly FILES=(
  app/machine/src/{admit,case,signatures}.rs
  app/machine/src/gates/*.rs
  app/machine/src/law/{approval,children,consent,delegations,external,guardians,identity,names,placement,snapshots}.rs
  app/machine/src/law/{team,transfers,zone,zone_actions}.rs
  app/machine/src/law/{exit,governance,mail}/*.rs
  app/types/src/{money,period,payment,billing,meter}.rs
  app/machine/src/law/money/{books,rating,account_book,payers,mandates,maturing,corrections}.rs
  app/machine/src/law/metering.rs app/machine/src/law/metering/{check,hours}.rs
  app/machine/src/invariants/money.rs
)
# What changes nothing: docs/testing.md says why.
readonly EQUIVALENT=(
  'external\.rs.*replace match guard holder != claim\.imvu with true in contested$'
  'metering\.rs.*replace \| with \^ in read_line$'
  'metering\.rs.*replace < with <= in read_line$'
  'hours\.rs.*replace ends_by -> bool with true$'
  'snapshots\.rs.*replace > with >= in supersede$'
)
# Seconds for the tests of one mutant, which take three on a machine of its own: one that never ends is not caught.
readonly TIMEOUT=300

files=("$@")
[ ${#files[@]} -gt 0 ] || files=("${FILES[@]}")
arguments=()
for file in "${files[@]}"; do
  if [ ! -f "$file" ]; then
    echo "mutants.sh: there is no file $file: name it from the top of the checkout" >&2
    exit 2
  fi
  arguments+=(--file "$file")
done
for name in "${EQUIVALENT[@]}"; do
  arguments+=(--exclude-re "$name")
done

# A folder of its own, built for the shortest way from a change to its result.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/mutants
export CARGO_TARGET_DIR CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0
mkdir -p "$CARGO_TARGET_DIR"
# Not the tests that take longest, minutes each, and that try whatever there is: a rule must have a test that says it.
exec cargo mutants --output "$CARGO_TARGET_DIR" --timeout "$TIMEOUT" "${arguments[@]}" \
  --test-package nexus-types --test-package nexus-machine \
  -- --lib -- --skip tests::model --skip tests::matrix --skip tests::exits::platform --skip tests::hostile_sequences
