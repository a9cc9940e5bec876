#!/usr/bin/env python3
"""Runs the same int8 models with Mote's interpreter and with LiteRT (XNNPACK, one thread) on the same machine, turn by
turn, and prints the time of an inference of both and the ratio of the medians.

    cmake --preset bench && cmake --build build/bench --target infer_bench
    bench/infer_vs_litert/run.py build/bench/infer_bench

Needs ai-edge-litert and numpy of tools/oracle_requirements.txt; a Python without them hands over to that of the
environment that `mote verify --setup-oracle` makes, or that MOTE_ORACLE names. Without models as arguments those of
../shared/data are run that the project measures itself by; where that folder or the environment is absent it says so
and there is nothing to run. Exit code 1 if a model misses its goal.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
# Of the models in DATA: how many times LiteRT's throughput Mote shall reach.
GOALS = {
    "models_mlperf_tiny/dev/kws_ref_model/kws_ref_model.tflite": 1,
    "models_mlperf_tiny/dev/vww_96_int8/vww_96_int8.tflite": 1,
    "models_mlperf_tiny/dev/resnet_ic_int8/resnet_ic_int8.tflite": 1,
    "models_mlperf_tiny/dev/ad01_int8/ad01_int8.tflite": 1,
    "models_gesture/gesture_mlp_int8.tflite": 10,
    "models_tflm/dev/hello_world_int8/hello_world_int8.tflite": 10,
}


class Mote:
    def __init__(self, program, paths):
        self.process = subprocess.Popen([program, "--serve", *map(str, paths)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def turn(self, index, milliseconds):
        print(index, milliseconds, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("run.py: the program ended early")
        return float(answer)


class LiteRt:
    """One interpreter a model. `invoke` is the binding's own function, called in a loop that does nothing else."""

    def __init__(self, paths):
        import numpy
        from ai_edge_litert.interpreter import Interpreter

        random = numpy.random.default_rng(1)
        self.interpreters = []
        for path in paths:
            interpreter = Interpreter(model_path=str(path), num_threads=1)
            interpreter.allocate_tensors()
            for tensor in interpreter.get_input_details():
                limits = numpy.iinfo(tensor["dtype"]) if tensor["dtype"] != numpy.float32 else None
                values = random.integers(limits.min, limits.max, tensor["shape"]) if limits else random.standard_normal(tensor["shape"])
                interpreter.set_tensor(tensor["index"], values.astype(tensor["dtype"]))
            self.interpreters.append(interpreter._interpreter)

    def turn(self, index, milliseconds):
        return timed(self.interpreters[index].Invoke, milliseconds)

    def binding(self):
        """What a call from Python costs: the smallest function that the same binding has."""
        return timed(self.interpreters[0].NumSubgraphs, 20)


def timed(function, milliseconds):
    """Nanoseconds of a call, over about so many milliseconds."""

    def run(count):
        calls = range(count)
        start = time.perf_counter_ns()
        for _ in calls:
            function()
        return time.perf_counter_ns() - start

    count = 1
    while run(count) < milliseconds * 1e5:
        count *= 2
    count = max(1, int(count * milliseconds * 1e6 / run(count)))
    return run(count) / count


def find_litert():
    """Goes on with the Python that has it, or ends with a message."""
    if importlib.util.find_spec("ai_edge_litert"):
        return
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(os.environ.get("MOTE_ORACLE") or pathlib.Path(cache) / "mote" / "oracle")
    python = folder / "bin" / "python"
    if not python.exists() or os.environ.get("MOTE_BENCH_HANDED_OVER"):
        print(f"skipped: no LiteRT in {folder}; `mote verify --setup-oracle` sets it up", file=sys.stderr)
        sys.exit(0)
    os.execve(python, [str(python), *sys.argv], {**os.environ, "MOTE_BENCH_HANDED_OVER": "1"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the built infer_bench")
    parser.add_argument("models", nargs="*", type=pathlib.Path, help=".tflite files instead of the project's own")
    parser.add_argument("--turns", type=int, default=15, help="of each side, alternating")
    parser.add_argument("--milliseconds", type=float, default=60, help="of a turn")
    parser.add_argument("--json", type=pathlib.Path, help="a file for the figures")
    arguments = parser.parse_args()

    goals = {path: 0 for path in arguments.models} or {DATA / name: goal for name, goal in GOALS.items()}
    paths = [path for path in goals if path.exists()]
    for path in goals:
        if path not in paths:
            print(f"skipped: {path} is not there", file=sys.stderr)
    if not paths:
        return 0
    find_litert()
    litert = LiteRt(paths)
    mote = Mote(arguments.program, paths)

    print(f"nanoseconds of an inference, one thread, medians of {arguments.turns} alternating turns of {arguments.milliseconds:g} ms;")
    print("Mote: Interpreter::invoke in a C++ loop; LiteRT: the Python binding's Invoke in a Python loop, of which the")
    print(f"call from Python is about {litert.binding():.0f} ns")
    print(f"{'model':<20} {'Mote':>12} {'LiteRT':>12} {'ratio':>7} {'lowest and highest':>19} {'goal':>5}")
    good, figures = True, []
    for index, path in enumerate(paths):
        pairs = [(mote.turn(index, arguments.milliseconds), litert.turn(index, arguments.milliseconds)) for _ in range(arguments.turns)]
        ours, theirs = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        ratios = sorted(pair[1] / pair[0] for pair in pairs)
        goal = goals[path]
        good &= theirs >= goal * ours
        figures.append({"model": path.stem, "mote_ns": ours, "litert_ns": theirs, "ratio": theirs / ours, "goal": goal})
        print(f"{path.stem:<20} {ours:>12,.0f} {theirs:>12,.0f} {theirs / ours:>7.2f} {ratios[0]:>10.2f} {ratios[-1]:>8.2f} {goal or '':>5}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
