#!/usr/bin/env bash
# Runs every check, installing what the checks need: format, clippy, unit, integration and end-to-end tests with real
# models, and browser tests in Debian's Chromium. Needs Rust, python3 with pip, node and npm, and the right to install
# Debian packages (root, or sudo without a password) where Chromium, tesseract or poppler's tools are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

step "what the checks need"
if ! { command -v chromium && command -v pdftoppm && tesseract --list-langs | grep -qx swe; } >/dev/null 2>&1; then
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  $sudo apt-get update -q
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium \
    tesseract-ocr tesseract-ocr-swe poppler-utils
fi
(cd tests/browser && npm ci --silent --no-audit --no-fund)

step "format"
cargo fmt --check

step "build"
cargo build --release --locked

target=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')
program="$target/release/rutinlots"

step "models"
"$program" models fetch
# What the tests compare with reference values.
"$program" models fetch multilingual-e5-small
"$program" models verify

step "clippy"
cargo clippy --release --locked --all-targets -- -D warnings

step "unit and integration tests"
cargo test --release --locked -- --test-threads 4

step "sample documents are up to date"
python3 corpus/build.py --check

step "demo and browser"
scratch=$(mktemp -d)
server=""
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch"
}
trap finish EXIT
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
"$program" demo --data "$scratch/data" --listen "127.0.0.1:$port" 2>"$scratch/server.log" &
server=$!
for _ in $(seq 600); do
  if curl -sf "http://127.0.0.1:$port/readyz" 2>/dev/null | grep -q '"generator":"ready"'; then break; fi
  kill -0 "$server" || { cat "$scratch/server.log"; exit 1; }
  sleep 1
done
curl -sf "http://127.0.0.1:$port/readyz"; echo
RUTINLOTS_URL="http://127.0.0.1:$port" npm --prefix tests/browser test
kill "$server"; wait "$server" 2>/dev/null || true; server=""

step "metrics against ir-measures"
venv="$target/venv-trec"
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/pip" install -q --disable-pip-version-check ir-measures==0.4.3 pytrec-eval-terrier==0.5.11 ||
  echo "pip could not install ir-measures and pytrec-eval-terrier"
trec() {
  local files=("$scratch/$1.json" "$scratch/$1.run" "$scratch/$1.qrels")
  shift
  "$program" eval retrieval --data "$scratch/data" --out "${files[0]}" --run-out "${files[1]}" --qrels-out "${files[2]}" "$@" >/dev/null
  "$venv/bin/python" tests/trec_metrics.py "${files[@]}"
}
trec grades --set tests/fixtures/beir
trec lotsby --split dev --no-rerank

step "evaluation"
# The floors lie under what the README reports by more than the metrics' noise; they catch what breaks.
"$program" eval --data "$scratch/data" --quotes-only --json >"$scratch/eval.json"
python3 tests/floors.py "$scratch/eval.json"

step "done"
