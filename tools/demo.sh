#!/usr/bin/env bash
# The whole road on the recordings in examples/shoulder; results go to build/demo.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/release/mote build examples/shoulder/mote.toml -o build/demo "$@"
