#!/usr/bin/env python3
"""The table of models: does the host compute what the reference computes, does the board compute what the host computes,
and what does it take there?

    make models            (or, with the packages of tools/oracle_requirements.txt at hand:)
    python3 tools/model_table.py --mote build/release/mote --out docs/models.md FOLDER_OR_FILE...

The reference is TensorFlow Lite Micro for integer .tflite models, where it runs them, else LiteRT's reference kernels;
ONNX Runtime for .onnx. Integers must be equal in every byte, floats within a relative 1e-3 (of the largest output).
Inputs are random, from one seed. Models that are refused stand in a list of their own with the reason.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RUNS = 3
FLOAT_TOLERANCE = 1e-3
MOST_ROWS_OF_A_GROUP = 20  # folders of more models than this get one row for all
HYBRID = "weights are int8, activations float: LiteRT rounds the activations to int8 while it runs, Mote computes in float"
ROUNDING = "an int8 network: ONNX Runtime scales sums by a float, Mote by the reference's integers; a step apart here and there"
REASONS = {
    "kws_ref_model_float32": HYBRID,
    "mlperf_kai_jiang_deep_autoencoder": ROUNDING,
    "mlperf_kai_jiang_resnet": ROUNDING,
}


@dataclass
class Row:
    group: str
    name: str
    dtype: str = ""
    reference: str = ""
    host: str = ""
    board: str = ""
    arena: str = ""
    flash: str = ""
    instructions: str = ""
    refused: str = ""


def random_inputs(shape, dtype, rng):
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(dtype)
    if np.issubdtype(dtype, np.floating):
        return rng.standard_normal(shape).astype(dtype)
    if dtype.itemsize <= 2:
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max + 1, shape).astype(dtype)
    return rng.integers(-1000, 1000, shape).astype(dtype)


class OnnxReference:
    name = "ONNX Runtime"

    def __init__(self, path, rng):
        import onnxruntime

        import onnx
        from onnx.reference import ReferenceEvaluator

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception:  # noqa: BLE001 - it lacks old versions of some operators; ONNX's own evaluator has them
            self.name = "ONNX's evaluator"
            self.session = ReferenceEvaluator(str(path))
        graph = onnx.load(str(path)).graph
        constants = {i.name for i in graph.initializer}
        inputs = [i for i in graph.input if i.name not in constants]
        self.names = [i.name for i in inputs]
        shapes = [[d.dim_value or 1 for d in i.type.tensor_type.shape.dim] for i in inputs]
        dtypes = [onnx.helper.tensor_dtype_to_np_dtype(i.type.tensor_type.elem_type) for i in inputs]
        self.runs = [[random_inputs(*kind, rng) for kind in zip(shapes, dtypes)] for _ in range(RUNS)]
        self.outputs(self.runs[0])

    def outputs(self, arrays):
        return [np.asarray(o) for o in self.session.run(None, dict(zip(self.names, arrays)))]


class TfliteReference:
    """TensorFlow Lite Micro where the model is an integer one and it runs there, else LiteRT; a fresh state each run."""

    def __init__(self, path, rng):
        self.path, self.rng, self.runs, self.name = path, rng, [], "TFLM"
        try:
            details, outputs = self.litert_ports()
        except (RuntimeError, ValueError):
            details, outputs = self.micro_ports()
        self.output_count = len(outputs)
        for _ in range(RUNS):
            self.runs.append([random_inputs(tuple(d["shape"]), d["dtype"], rng) for d in details])
        if not all(np.issubdtype(np.dtype(o["dtype"]), np.floating) for o in outputs):
            try:
                self.outputs(self.runs[0])
                return
            except (RuntimeError, ValueError):
                pass
        self.name = "LiteRT"
        self.outputs(self.runs[0])

    def litert(self):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        return Interpreter(model_path=str(self.path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)

    def litert_ports(self):
        interpreter = self.litert()
        return interpreter.get_input_details(), interpreter.get_output_details()

    def micro(self):
        from tflite_micro.python.tflite_micro import runtime

        return runtime.Interpreter.from_file(str(self.path), arena_size=1 << 22)

    def micro_ports(self):
        interpreter = self.micro()
        return [interpreter.get_input_details(0)], [interpreter.get_output_details(0)]

    def outputs(self, arrays):
        if self.name == "TFLM":
            interpreter = self.micro()
            for i, array in enumerate(arrays):
                interpreter.set_input(array, i)
            interpreter.invoke()
            return [np.array(interpreter.get_output(i)) for i in range(self.output_count)]
        interpreter = self.litert()
        interpreter.allocate_tensors()
        for detail, array in zip(interpreter.get_input_details(), arrays):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def narrowed(array):
    """An ONNX input as Mote's network takes it: no number is wider than 32 bits."""
    return array.astype({"float64": np.float32, "int64": np.int32}.get(array.dtype.name, array.dtype))


class Mote:
    def __init__(self, program, board, folder):
        self.program, self.board, self.folder = program, board, Path(folder)

    def call(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, timeout=900)

    def outputs(self, model, arrays, count, where):
        """The raw bytes of each output, or an error's text."""
        files = []
        for i, array in enumerate(arrays):
            files.append(self.folder / f"in{i}.bin")
            files[-1].write_bytes(np.ascontiguousarray(array).tobytes())
        results = [self.folder / f"out{i}.bin" for i in range(count)]
        run = self.call("run", model, "--input", *files, "--output", *results, "--on", where)
        if run.returncode != 0:
            return None, run.stderr.strip()
        return [r.read_bytes() for r in results], ""

    def measure(self, model):
        run = self.call("measure", model, "--board", self.board, "--json")
        return json.loads(run.stdout) if run.returncode == 0 else None, run.stderr.strip()


def agreement(ours, theirs):
    """Whether one output agrees, and a word for how."""
    if np.issubdtype(theirs.dtype, np.floating):
        mine = np.frombuffer(ours, np.float32)
        largest_finite = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
        if mine.size != theirs.size:
            return False, f"{mine.size} elements for {theirs.size}"
        theirs = theirs.ravel().astype(np.float32)
        alike = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))  # infinities and roots of negative numbers too
        mine, theirs = mine[~alike], theirs[~alike]
        largest = max(largest_finite, 1e-6)
        gap = float(np.abs(mine - theirs).max(initial=0)) / largest
        good = gap <= FLOAT_TOLERANCE
        return good, f"within {gap:.0e}" if good else f"**{gap:.0e} apart**"
    if len(ours) != theirs.nbytes and theirs.size:
        theirs = theirs.astype({len(ours): theirs.dtype, theirs.size * 4: np.int32}.get(len(ours), theirs.dtype))
    mine = np.frombuffer(ours, theirs.dtype)
    if mine.size != theirs.size:
        return False, f"{mine.size} elements for {theirs.size}"
    wrong = int(np.count_nonzero(mine != theirs.ravel()))
    return wrong == 0, "equal" if wrong == 0 else f"**{wrong} of {mine.size} differ**"


def first_line(text):
    return re.sub(r"^mote: (error: )?", "", text.splitlines()[0]) if text else "no message"


def row_of(mote, group, path):
    row = Row(group, path.parent.name if path.stem == "model" else path.stem)
    rng = np.random.default_rng(2026)
    try:
        reference = OnnxReference(path, rng) if path.suffix == ".onnx" else TfliteReference(path, rng)
    except Exception as error:  # noqa: BLE001 - whatever a reference throws over a model means that it does not run it
        row.reference = "none runs it"
        print(f"{path.name}: {error}", file=sys.stderr)
        _, row.refused = mote.outputs(path, [], 1, "host")
        return row
    row.reference = reference.name
    words, on_board = [], []
    for arrays in reference.runs:
        theirs = reference.outputs(arrays)
        arrays = [narrowed(a) for a in arrays] if path.suffix == ".onnx" else arrays
        row.dtype = ", ".join(sorted({str(o.dtype) for o in theirs}))
        ours, error = mote.outputs(path, arrays, len(theirs), "host")
        if ours is None:
            row.refused = error
            return row
        results = [agreement(o, t) for o, t in zip(ours, theirs)]
        words += [word for good, word in results if not good] or [results[0][1]]
        board, error = mote.outputs(path, arrays, len(theirs), mote.board)
        if board is None:
            on_board.append("does not fit" if "does not fit" in error or "fits" in error else f"**{first_line(error)}**")
            continue
        on_board.append("equal" if board == ours else "**differs**")
    row.host = max(words)
    row.board = Counter(on_board).most_common()[-1][0]
    measured, error = mote.measure(path)
    if measured:
        row.arena = f"{measured['arena_bytes']:,}"
        row.flash = f"{measured['flash_image_bytes']:,}"
        row.instructions = f"{measured['instructions']:,}"
    return row


def models_of(paths):
    for path in map(Path, paths):
        files = [path] if path.is_file() else sorted([*path.rglob("*.tflite"), *path.rglob("model.onnx"), *path.rglob("pytorch.onnx")])
        for file in files:
            parts = file.resolve().parts
            yield (parts[parts.index("data") + 1] if "data" in parts[:-2] else file.parent.name), file


def page(rows, board, versions):
    lines = [
        "# Models, reference, board",
        "",
        f"Made by `make models` ({versions}). Host: {RUNS} random inputs against the reference; integers byte for byte,",
        f"floats relative to the largest output. Board: the same inputs on the emulated {board}, byte for byte against the host.",
        "",
        "| model | outputs | reference | host = reference | board = host | arena B | flash B | instructions |",
        "|---|---|---|---|---|--:|--:|--:|",
    ]
    sizes = Counter(r.group for r in rows)
    for group in dict.fromkeys(r.group for r in rows):
        members = [r for r in rows if r.group == group and not r.refused]
        if sizes[group] > MOST_ROWS_OF_A_GROUP:
            good = sum(bool(r.host) and "**" not in r.host for r in members)
            same = sum(r.board == "equal" for r in members)
            lines.append(f"| {group} ({sizes[group]} models) | | {', '.join(sorted({r.reference for r in members}))} | "
                         f"{good} of {sizes[group]} | {same} of {sizes[group]} | | | |")  # fmt: skip
            members = [r for r in members if "**" in r.host or "**" in r.board]
        for r in members:
            lines.append(f"| {r.group}/{r.name} | {r.dtype} | {r.reference} | {r.host} | {r.board} | {r.arena} | {r.flash} | {r.instructions} |")
    apart = [r for r in rows if "apart" in r.host]
    if apart:
        lines += ["", "Floats further apart than 1e-3, and why:", ""]
        lines += [f"- {r.group}/{r.name}: {REASONS.get(r.name, '**not known**')}" for r in apart]
    refused = [r for r in rows if r.refused]
    if refused:
        lines += ["", "Refused by name:", ""]
        lines += [f"- {r.group}/{r.name}: {re.sub(r'^[^ ]*: ', '', first_line(r.refused))}" for r in refused]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--mote", default="build/release/mote")
    parser.add_argument("--board", default="nano33ble")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    from importlib import metadata

    versions = ", ".join(f"{p} {metadata.version(p)}" for p in ("tflite-micro", "ai-edge-litert", "onnxruntime"))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        mote = Mote(str(Path(arguments.mote).resolve()), arguments.board, folder)
        for group, path in models_of(arguments.models):
            rows.append(row_of(mote, group, path))
            r = rows[-1]
            print(f"{r.group}/{r.name}: {r.refused and 'refused: ' + first_line(r.refused) or f'{r.reference} {r.host}, board {r.board}'}", file=sys.stderr)
    text = page(rows, arguments.board, versions)
    if arguments.out:
        arguments.out.write_text(text)
    else:
        print(text, end="")
    sys.exit(1 if any("**" in r.host + r.board and r.name not in REASONS for r in rows) else 0)


if __name__ == "__main__":
    main()
