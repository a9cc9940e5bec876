#!/usr/bin/env python3
"""Trains the gesture network with Mote and with PyTorch on the same windows, from the same weights, one after the
other on the same machine, and prints how many samples a second each got through.

    cmake --preset bench && cmake --build build/bench --target train_bench
    bench/train_vs_torch/run.py build/bench/train_bench

Needs Debian's python3-torch. Exit code 1 if Mote is less than --least times as fast or ends with a worse loss.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def output_of(command, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the built train_bench")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--least", type=float, default=5.0)
    parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has torch")
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).resolve().parent
    good = True
    print(f"{'threads':>7} {'Mote samples/s':>15} {'PyTorch':>12} {'ratio':>6} {'Mote loss':>10} {'PyTorch':>9}")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.program, "write", folder], check=True)
        for threads in arguments.threads:
            mote = output_of([arguments.program, "run", str(threads), str(arguments.repeats)], threads)
            torch = output_of([arguments.python, str(here / "torch_side.py"), folder, "--threads", str(threads),
                               "--repeats", str(arguments.repeats)], threads)
            ratio = mote["samples_per_second"] / torch["samples_per_second"]
            good &= ratio >= arguments.least and mote["loss"] <= torch["loss"] * 1.02
            print(f"{threads:>7} {mote['samples_per_second']:>15,.0f} {torch['samples_per_second']:>12,.0f} "
                  f"{ratio:>6.1f} {mote['loss']:>10.4f} {torch['loss']:>9.4f}")
    sys.exit(0 if good else 1)


main()
