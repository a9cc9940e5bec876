#!/usr/bin/env python3
"""Makes tests/sweep/expected.txt: what the reference kernels compute for every case of the sweep.

    python3 -m venv build/oracle && build/oracle/bin/pip install tflite-micro ai-edge-litert numpy
    build/release/tests/sweep/sweep_models DIR
    build/oracle/bin/python tools/make_sweep.py DIR

A line a case: its name, its identity (which tells a changed generator from a changed kernel) and the digest of all
outputs, or "refused" where neither TensorFlow Lite Micro nor LiteRT runs it, or the rule by which Mote differs. TensorFlow Lite Micro goes first.
"""

import argparse
import sys
from collections import Counter
from multiprocessing import Pipe, Process
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime

INFERENCES = 3
# Ops of which Mote follows full LiteRT (docs/quantization-spec.md, "Where Mote does not follow TFLM").
LITERT_FIRST = ("relu6_", "space_to_batch_nd_")
# Ops of which Mote follows neither on purpose, by their rules there.
EXCEPTIONS = {"cumsum_": "rule-E2", "div_": "rule-N3"}
# Where full LiteRT computes something else altogether: it reads an int8 state as int16.
TFLM_ONLY = ("svdf_",)


def fnv(content):
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def ports(path):
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    return interpreter, interpreter.get_input_details(), interpreter.get_output_details()


def inferences(path, inputs):
    """The input arrays of each inference, in the order of the model."""
    stored, at = path.with_suffix(".in").read_bytes(), 0
    for _ in range(INFERENCES):
        arrays = []
        for detail in inputs:
            dtype, shape = np.dtype(detail["dtype"]), tuple(detail["shape"])
            size = int(np.prod(shape)) * dtype.itemsize
            arrays.append(np.frombuffer(stored[at : at + size], dtype).reshape(shape))
            at += size
        yield arrays


def run_micro(path, inputs, outputs):
    interpreter = runtime.Interpreter.from_file(str(path), arena_size=1 << 20)
    content = b""
    for arrays in inferences(path, inputs):
        for i, array in enumerate(arrays):
            interpreter.set_input(array, i)
        interpreter.invoke()
        content += b"".join(np.array(interpreter.get_output(i)).tobytes() for i in range(outputs))
    return content


def run_litert(interpreter, path, inputs):
    interpreter.allocate_tensors()
    content = b""
    for arrays in inferences(path, inputs):
        for detail, array in zip(inputs, arrays):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        content += b"".join(interpreter.get_tensor(d["index"]).tobytes() for d in interpreter.get_output_details())
    return content


def reference(path):
    """Who computed it ("tflm", "litert" or "refused") and the bytes."""
    try:
        full, inputs, outputs = ports(path)
    except (RuntimeError, ValueError):
        return "refused", b""
    runs = [("tflm", lambda: run_micro(path, inputs, len(outputs))), ("litert", lambda: run_litert(full, path, inputs))]
    if path.name.startswith(LITERT_FIRST):
        runs.reverse()
    if path.name.startswith(TFLM_ONLY):
        del runs[1]
    for by, run in runs:
        try:
            return by, run()
        except (RuntimeError, ValueError):
            pass
    return "refused", b""


def alone(path):
    """As reference, in a process of its own: over some models a reference crashes, which counts as refusing them."""
    reader, writer = Pipe(duplex=False)
    process = Process(target=lambda: writer.send(reference(path)))
    process.start()
    writer.close()
    try:
        result = reader.recv()
    except EOFError:
        result = "refused", b""
    process.join()
    return result


def line_of(job):
    path, identity = job
    for prefix, rule in EXCEPTIONS.items():
        if path.name.startswith(prefix) and "_int8_" in path.name:
            return rule, f"{path.stem} {identity} {rule}"
    by, content = alone(path)
    return by, f"{path.stem} {identity} {'refused' if by == 'refused' else format(fnv(content), '016x')}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where sweep_models wrote the cases")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "tests/sweep/expected.txt")
    arguments = parser.parse_args()
    cases = [line.split() for line in (arguments.folder / "cases.txt").read_text().splitlines()]
    if not cases:
        sys.exit(f"no cases in {arguments.folder}: run sweep_models first")
    results = [line_of((arguments.folder / f"{name}.tflite", identity)) for name, identity in cases]
    arguments.out.write_text("".join(line + "\n" for _, line in results))
    print(", ".join(f"{count} by {by}" for by, count in Counter(by for by, _ in results).most_common()))


if __name__ == "__main__":
    main()
