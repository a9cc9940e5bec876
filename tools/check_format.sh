#!/usr/bin/env bash
# Refuses sources that clang-format-16 would change; --fix changes them. Leaves with 77 where the tool is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=clang-format-16
if ! command -v $tool >/dev/null; then
  echo "format: $tool is not installed, so the formatting was not checked" >&2
  exit 77
fi
mode=(--dry-run -Werror)
[ "${1:-}" != --fix ] || mode=(-i)
folders=()
for folder in src runtime tests fuzz bench examples; do
  [ ! -d "$folder" ] || folders+=("$folder")
done
find "${folders[@]}" \( -name '*.h' -o -name '*.cpp' \) -print0 | sort -z | xargs -0 -r -n 40 $tool --style=file "${mode[@]}"
