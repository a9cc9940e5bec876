#!/usr/bin/env bash
# Fuzzes one target for some minutes on one core, with address and undefined sanitizers (clang 16, preset fuzz).
#
#   tools/fuzz.sh TARGET MINUTES [FOLDER ...]
#
# TARGET is a program of fuzz/ (tflite_reader_fuzz, npy_fuzz, ...). It starts from models that Mote's own writer makes and from the
# files below 100 KB of its kind in the folders. What it learns stays in build/fuzz/corpus/TARGET, so hours may be had in
# pieces; inputs that crash, hang (20 s) or ask for more than 1 GiB go to build/fuzz/crashes. Exit code 1 if there are any.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: tools/fuzz.sh TARGET MINUTES [FOLDER ...]" >&2; exit 2; }
target=$1 minutes=$2
shift 2
cd "$(dirname "$0")/.."
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target "$target"

corpus=build/fuzz/corpus/$target crashes=build/fuzz/crashes/$target seeds=build/fuzz/seeds/$target
rm -rf "$seeds"
mkdir -p "$corpus" "$crashes" "$seeds"
ending=${target%%_*}  # of the files that the target reads
number=0
while IFS= read -r -d '' file; do
  ln -s "$(realpath "$file")" "$seeds/$((number += 1)).$ending"
done < <([ $# -eq 0 ] || find "$@" -type f -name "*.$ending" -size -100k -print0)
echo "fuzz: $target for $minutes minutes, $number files to start from, log in build/fuzz/$target.log" >&2

status=0
nice "build/fuzz/$target" -max_len=131072 -timeout=20 -malloc_limit_mb=1024 -rss_limit_mb=3072 -print_final_stats=1 \
  -artifact_prefix="$crashes/" -max_total_time=$((minutes * 60)) "$corpus" "$seeds" >"build/fuzz/$target.log" 2>&1 || status=$?
if [ -n "$(ls -A "$crashes")" ]; then
  echo "fuzz: $(ls "$crashes" | wc -l) inputs in $crashes; build/fuzz/$target FILE repeats one" >&2
  exit 1
fi
if [ "$status" != 0 ] || ! grep -q "^stat::" "build/fuzz/$target.log"; then
  echo "fuzz: $target ended with $status and left no input; the end of its log:" >&2
  tail -20 "build/fuzz/$target.log" >&2
  exit 1
fi
grep -E "^#[0-9]+.*cov:" "build/fuzz/$target.log" | tail -1
grep -E "^stat::" "build/fuzz/$target.log"
