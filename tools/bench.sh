#!/usr/bin/env bash
# Runs every benchmark program of a build folder, one after the other: tools/bench.sh build/bench
set -euo pipefail
folder=${1:?usage: tools/bench.sh BUILD_FOLDER}
shopt -s nullglob
programs=("$folder"/*_bench)
if [ ${#programs[@]} -eq 0 ]; then
  echo "bench: no *_bench program in $folder; build it with: cmake --preset bench && cmake --build $folder" >&2
  exit 1
fi
for program in "${programs[@]}"; do
  echo "== ${program##*/}"
  "$program"
done
