#!/usr/bin/env python3
"""Makes tests/golden/: small int8 models and the bytes that the reference kernels compute for them.

    python3 -m venv goldens && goldens/bin/pip install tflite-micro ai-edge-litert numpy
    goldens/bin/python tools/make_goldens.py

For each model NAME it writes NAME.tflite and NAME.json: {"runs": [{"inputs": [hex, ...], "tflm": [hex, ...]}, ...]}, the
bytes of the inputs and of TFLM's outputs, in the order of the model. Where full LiteRT (reference kernels) computes
something else, the run has "litert" too. VERSIONS.txt says what computed them and which models differ.
The same script and packages give the same files: all numbers come from seeds.
"""

import argparse
import json
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter as LiteRt
from ai_edge_litert.interpreter import OpResolverType

sys.path.insert(0, str(Path(__file__).resolve().parent))
from golden_models import all_models  # noqa: E402

try:
    from tflite_micro.python.tflite_micro import runtime as tflm
except ImportError:
    from tflite_micro import runtime as tflm

DTYPES = {"int8": np.int8, "float32": np.float32}


def run_tflm(content, runs, outputs):
    interpreter = tflm.Interpreter.from_bytes(content, arena_size=1 << 18)
    results = []
    for inputs in runs:
        for i, array in enumerate(inputs):
            interpreter.set_input(array, i)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(i)) for i in range(outputs)])
    return results


def run_litert(content, runs, kernels):
    interpreter = LiteRt(model_content=content, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    results = []
    for inputs in runs:
        for detail, array in zip(interpreter.get_input_details(), inputs):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        results.append([interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()])
    return results


def hexadecimal(arrays):
    return [a.tobytes().hex() for a in arrays]


def count_differences(ours, theirs):
    return sum(int(np.count_nonzero(a != b)) for run in zip(ours, theirs) for a, b in zip(*run))


def make(folder, model):
    """Writes one model; returns how many outputs full LiteRT's reference and default kernels compute differently."""
    content = model.build()
    runs = model.runs()
    micro = run_tflm(content, runs, 1 + len(model.also))
    full, fast = micro, micro
    if model.litert:
        full = run_litert(content, runs, OpResolverType.BUILTIN_REF)
        fast = run_litert(content, runs, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    entries = []
    for inputs, ours, theirs in zip(runs, micro, full):
        entry = {"inputs": hexadecimal(inputs), "tflm": hexadecimal(ours)}
        if hexadecimal(theirs) != entry["tflm"]:
            entry["litert"] = hexadecimal(theirs)
        entries.append(entry)
    text = ",\n".join(json.dumps(e) for e in entries)
    (folder / f"{model.name}.tflite").write_bytes(content)
    (folder / f"{model.name}.json").write_text(f'{{"runs": [\n{text}\n]}}\n')
    first = np.concatenate([outputs[0].ravel() for outputs in micro])
    reference, default = count_differences(micro, full), count_differences(micro, fast)
    print(f"{model.name:26} {len(content):5} bytes; first output {first.min():.4g} to {first.max():.4g}, "
          f"{len(np.unique(first))} values; {reference} and {default} differ in LiteRT")  # fmt: skip
    return reference, default, sum(a.size for outputs in micro for a in outputs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "tests" / "golden")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.tflite"), *folder.glob("*.json")):
        old.unlink()
    lines = [f"{p} {metadata.version(p)}" for p in ("tflite-micro", "ai-edge-litert", "numpy")]
    lines.append("")
    lines.append("Outputs that full LiteRT computes differently from TFLM (reference kernels, default kernels, of all):")
    for model in all_models():
        reference, default, total = make(folder, model)
        if reference or default:
            lines.append(f"{model.name} {reference} {default} {total}")
    (folder / "VERSIONS.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
