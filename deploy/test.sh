#!/usr/bin/env bash
# Every check of the repository, cheapest first. A failing step does not stop the later ones; the
# exit status is 1 when anything failed. `make test` calls this after setting up.
#
#   test.sh          everything
#   test.sh --lint   only the steps that execute no code of ours
#
# A test that cannot run here writes one line `SKIPPED: <name>: <reason>` straight to standard error
# (a Rust test: writeln!(std::io::stderr(), ...), because the test runner swallows println! and
# eprintln! of tests that pass). Under CI a reason that deploy/test-skips.txt does not list is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lint_only=no
case "${1:-}" in
  '') ;;
  --lint) lint_only=yes ;;
  *)
    echo "test.sh: unknown argument '$1': the only one is --lint" >&2
    exit 2
    ;;
esac

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
log=$target/test.log
: >"$log"
locked=()
[ "${CI:-}" != true ] || locked=(--locked) # the committed Cargo.lock is what is tested

passed=0 failed=0 skipped=0
failures=()

# Sums a column of the runners' closing lines in one step's output: libtest's
# `test result: ok. 3 passed; 0 failed; 1 ignored` and the plain `3 passed, 0 failed`.
count() {
  sed -nE 's/^test result: [a-zA-Z]+\. //p; s/^([0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?)$/\1/p' "$2" |
    grep -oE "[0-9]+ $1" | awk '{ n += $1 } END { print n + 0 }' || true
}

# Everything that was skipped in one step's output, as `<name>: <reason>`.
skips() {
  grep -oE '(^|[[:space:]])SKIPPED: .*' "$1" | sed -E 's/^[[:space:]]*SKIPPED: //' || true
  sed -nE 's/^test (.*) \.\.\. ignored(, (.*))?$/\1: \3/p' "$1"
}

note_skips() {
  local line reason
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    skipped=$((skipped + 1))
    reason=${line#*: }
    if [ "${CI:-}" = true ] && ! grep -v '^#' deploy/test-skips.txt | grep -qxF -- "$reason"; then
      failures+=("skipped without leave: $line")
      failed=$((failed + 1))
    fi
  done < <(skips "$1")
}

# step NAME COMMAND...: a step whose runner prints no counts is itself one test.
step() {
  local name=$1 started=$SECONDS status=0 out p f self_skipped
  shift
  out=$(mktemp)
  printf '\n== %s\n' "$name" | tee -a "$log"
  "$@" 2>&1 | tee -a "$log" "$out" || status=1
  p=$(count passed "$out") f=$(count failed "$out")
  if grep -qE '^test result: |^[0-9]+ passed, [0-9]+ failed' "$out"; then
    # libtest counts a test that skipped itself as passed.
    self_skipped=$(grep -cE '(^|[[:space:]])SKIPPED: ' "$out" || true)
    p=$((p > self_skipped ? p - self_skipped : 0))
  elif [ $status -eq 0 ]; then
    p=1
  fi
  [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f))
  if [ $status -ne 0 ] || [ "$f" -gt 0 ]; then failures+=("$name"); fi
  note_skips "$out"
  rm -f "$out"
  printf -- '-- %s: %s, %s s\n' "$name" "$([ $status -eq 0 ] && echo ok || echo FAILED)" "$((SECONDS - started))" | tee -a "$log"
}

scripts() {
  local files
  mapfile -t files < <(git ls-files --cached --others --exclude-standard | while IFS= read -r f; do
    case $f in
      *.sh) echo "$f" ;;
      *) [ -f "$f" ] && head -c 64 "$f" | head -n 1 | tr -d '\0' | grep -qE '^#!.*\b(ba)?sh\b' && echo "$f" ;;
    esac
  done)
  shellcheck "${files[@]}"
}

documentation() { RUSTDOCFLAGS="-D warnings" cargo doc "${locked[@]}" --workspace --no-deps; }

step "format" cargo fmt --all --check
if command -v shellcheck >/dev/null; then
  step "shell scripts" scripts
else
  step "shell scripts" echo "SKIPPED: shellcheck: not installed"
fi
step "alerts" promtool test rules deploy/prometheus/nexus.tests.yml
step "licences, bans, sources" cargo-deny --all-features check bans licenses sources
step "licences of the fuzz programs" cargo-deny --config deny.toml --all-features \
  --manifest-path tests/fuzz/libfuzzer/Cargo.toml check licenses sources
step "clippy" cargo clippy "${locked[@]}" --workspace --all-targets -- -D warnings
step "documentation" documentation
if [ $lint_only = no ]; then
  step "build" cargo build "${locked[@]}" --workspace
  step "build, one version ahead" cargo build "${locked[@]}" -p nexusd --bin nexusd-next --features next-version
  step "tests" cargo test "${locked[@]}" --workspace --no-fail-fast
  step "fuzz, short" deploy/fuzz.sh --short
  step "conformance client (Python)" tests/conformance/python/run.sh "$PWD/.tools/venv/bin/python"
fi

{
  printf '\nfull log: %s\n' "$log"
  for failure in "${failures[@]}"; do printf 'failed: %s\n' "$failure"; done
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
} | tee -a "$log"
[ ${#failures[@]} -eq 0 ] && [ "$failed" -eq 0 ]
