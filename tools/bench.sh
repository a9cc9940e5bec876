#!/usr/bin/env bash
# Runs every benchmark with the programs of a build folder, one after the other: tools/bench.sh build/bench
set -euo pipefail
folder=${1:?usage: tools/bench.sh BUILD_FOLDER}
here=$(cd "$(dirname "$0")/.." && pwd)
failed=0
for script in "$here"/bench/*_vs_*/run.py; do
  name=$(basename "$(dirname "$script")")
  program=$folder/${name%%_vs_*}_bench
  if [ ! -x "$program" ]; then
    echo "bench: no $program; build it with: cmake --preset bench && cmake --build $folder" >&2
    exit 1
  fi
  echo "== $name"
  "$script" "$program" || failed=1
done
exit $failed
