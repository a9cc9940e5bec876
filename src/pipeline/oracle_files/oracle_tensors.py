"""Runs a .tflite model with another runtime and saves every tensor that it computes.

    python oracle_tensors.py litert|tflm MODEL INPUTS WANTED.json OUT.npz

INPUTS holds the stored bytes of all inputs of all inferences, one after the other. WANTED.json is {"inputs": their number,
"tensors": [indices in the file]}. OUT.npz holds for each wanted tensor `#INDEX` the values of all inferences, stacked. Prints what keeps it from that as one line on stderr.
"""

import json
import sys

import numpy as np


def slices(stored, details):
    """One list of arrays for each inference."""
    position, inferences = 0, []
    while position < len(stored):
        arrays = []
        for shape, dtype in details:
            size = int(np.prod(shape)) * dtype.itemsize
            arrays.append(np.frombuffer(stored[position : position + size], dtype).reshape(shape))
            position += size
        inferences.append(arrays)
    return inferences


def litert(path, stored, wanted):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_path=path,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    inputs = interpreter.get_input_details()
    ports = [(tuple(d["shape"]), np.dtype(d["dtype"])) for d in inputs]
    for arrays in slices(stored, ports):
        for detail, array in zip(inputs, arrays):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        tensors = {}
        for index in wanted["tensors"]:
            try:
                tensors[index] = interpreter.get_tensor(index).copy()
            except ValueError:  # a tensor without data: an operand left out, a resource
                pass
        yield tensors


def tflm(path, stored, wanted):
    from tflite_micro.python.tflite_micro import runtime

    model_bytes = open(path, "rb").read()
    interpreter = runtime.Interpreter.from_bytes(
        model_bytes,
        arena_size=max(1 << 20, 20 * len(model_bytes)) + (32 << 20),
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    details = [interpreter.get_input_details(index) for index in range(wanted["inputs"])]
    ports = [(tuple(d["shape"]), np.dtype(d["dtype"])) for d in details]
    for arrays in slices(stored, ports):
        for index, array in enumerate(arrays):
            interpreter.set_input(array, index)
        interpreter.invoke()
        tensors = {}
        for index in wanted["tensors"]:
            try:
                tensors[index] = interpreter.GetTensor(index, 0)["tensor_data"].copy()
            except (RuntimeError, ValueError):
                pass
        yield tensors


def main():
    runtime, path, inputs, wanted, out = sys.argv[1:]
    stored = open(inputs, "rb").read()
    wanted = json.load(open(wanted, encoding="utf-8"))
    stacked = {}
    for tensors in {"litert": litert, "tflm": tflm}[runtime](path, stored, wanted):
        for index, array in tensors.items():
            stacked.setdefault(f"#{index}", []).append(array)
    np.savez(out, **{name: np.stack(arrays) for name, arrays in stacked.items()})


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # the caller shows this line to people
        sys.exit(f"{type(error).__name__}: {error}")
