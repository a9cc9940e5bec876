#!/usr/bin/env python3
"""Opens models that Mote wrote with LiteRT and with TensorFlow Lite Micro and compares the outputs byte by byte.

    python3 -m venv build/oracle && build/oracle/bin/pip install ai-edge-litert tflite-micro numpy
    build/release/oracle_samples DIR       (DIR/NAME.tflite, NAME.in, NAME.out)
    build/oracle/bin/python tests/oracle/litert_opens.py DIR

Integer outputs must equal those of TensorFlow Lite Micro, and those of LiteRT's reference kernels except for ops where the
two differ (LITERT_ROUNDS_OTHERWISE, MICRO_IGNORES_SCALES). Float outputs may differ by rounding.
"""

import pathlib
import sys

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime

# Prefix of the sample's name -> largest difference of an int8 output. With a scale for each channel LiteRT's fully connected
# rounds negative ties the other way.
# Its reference sum of integers is another function than its default one. Its mul of int16 rounds once; its rsqrt of int16
# is an interpolated table. Its LSTM in int8 adds the parts of a gate before it rounds. Both shift small quotients of int8 by
# 32 less than they should (rule N3). Its tables for an int16 softmax are made in double precision.
LITERT_ROUNDS_OTHERWISE = {
    "div-": 255, "fully_connected-": 1, "mul-": 1, "leaky_relu-": 1, "lstm-": 1, "rsqrt-": 65535, "softmax-rows-int16": 1,
    "sum-": 65535,
}  # fmt: skip
# A relu6 of its own is only a clamp in TensorFlow Lite Micro: it leaves out the change of scale that LiteRT and Mote do.
# Its running sums of int8 begin at minus the zero point. The newest divides the scales of a leaky ReLU in double (rule N4).
# It pads blocks with a number that it never sets (rule Z7).
MICRO_IGNORES_SCALES = {"div-": 255, "leaky_relu-": 1, "relu6-": 65535, "cumsum-": 255, "space_to_batch_nd-": 255}
# What an oracle lacks, as the beginning and the end of the sample's name; the other one must have it (only zeros_like and
# depth and space in int16 are in neither).
LITERT_LACKS = [
    ("ceil-", ""), ("cumsum-", "int8"), ("elu-", ""), ("lstm-", "int16"), ("quantize-int8_to_int32", ""), ("round-", ""), ("squared_difference-", "int16"), ("svdf-", "state8-int8"),
    ("zeros_like-", "int8"), ("zeros_like-", "int16"), ("depth_to_space-", "int16"), ("space_to_depth-", "int16"),
]  # fmt: skip
MICRO_LACKS = [
    ("exp-", "int8"), ("exp-", "int16"), ("floor_div-int32", ""), ("floor_mod-int32", ""), ("gelu-", ""), ("log-", "int8"),
    ("log-", "int16"), ("pow-", ""), ("relu_0_to_1-", ""), ("relu_n1_to_1-", ""), ("sqrt-", "int8"), ("sqrt-", "int16"),
    ("arg_max-int64", ""), ("arg_min-int64", ""), ("one_hot-", ""), ("quantize-uint8_to_int16", ""),
    ("quantize-uint8_to_uint8", ""), ("reduce_any-", ""), ("reduce_max-", "int16"), ("reduce_min-", "int16"),
    ("reduce_prod-", ""), ("resize_bilinear-", "int16"), ("svdf-no_bias", ""),
    ("equal-", "int16"), ("not_equal-", "int16"), ("greater", "int16"), ("less", "int16"), ("select-", ""),
    ("batch_to_space_nd-", "int16"), ("cast-int32_to_int64", ""), ("cast-int64", ""), ("cast-uint8", ""),
    ("depth_to_space-", "int16"), ("fill-", "int16"), ("gather-", "int16"), ("gather_nd-", "int16"), ("mirror_pad-", "int16"),
    ("shape-wide", ""), ("space_to_batch_nd-", "int16"), ("space_to_depth-", "int16"), ("strided_slice-ellipsis", ""),
    ("strided_slice-few_entries", ""), ("strided_slice-new_axis", ""), ("strided_slice-offset", ""), ("tile-", ""),
    ("zeros_like-", "int16"),
]  # fmt: skip
FLOAT_RTOL, FLOAT_ATOL = 2e-5, 2e-6


def run_litert(model, stored_inputs):
    """The outputs of all inferences, flat, in order, from the inputs one after the other."""
    interpreter = Interpreter(model_path=str(model), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    position, results = 0, []
    while position < len(stored_inputs):
        for detail in interpreter.get_input_details():
            shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
            size = int(np.prod(shape)) * dtype.itemsize
            values = np.frombuffer(stored_inputs[position:position + size], dtype).reshape(shape)
            interpreter.set_tensor(detail["index"], values)
            position += size
        interpreter.invoke()
        results += [interpreter.get_tensor(d["index"]).ravel() for d in interpreter.get_output_details()]
    return results


def run_micro(model, stored_inputs):
    """As run_litert, with the kernels of TensorFlow Lite Micro."""
    interpreter = runtime.Interpreter.from_file(str(model))
    position, results = 0, []
    inputs, outputs = ports(model)
    while position < len(stored_inputs):
        for index in range(inputs):
            detail = interpreter.get_input_details(index)
            shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
            size = int(np.prod(shape)) * dtype.itemsize
            values = np.frombuffer(stored_inputs[position:position + size], dtype).reshape(shape)
            interpreter.set_input(values, index)
            position += size
        interpreter.invoke()
        results += [interpreter.get_output(index).ravel().copy() for index in range(outputs)]
    return results


def ports(model):
    """How many inputs and outputs the file has, read without an interpreter, which may lack the op."""
    graph = schema.Model.GetRootAs(model.read_bytes(), 0).Subgraphs(0)
    return graph.InputsLength(), graph.OutputsLength()


def difference(run, model, exceptions):
    """What differs, or None."""
    theirs = run(model, model.with_suffix(".in").read_bytes())
    stored, position, gaps = model.with_suffix(".out").read_bytes(), 0, []
    if len(stored) != sum(output.nbytes for output in theirs):
        return f"{len(stored)} bytes, {sum(output.nbytes for output in theirs)} are expected"
    for output in theirs:
        ours = np.frombuffer(stored[position:position + output.nbytes], output.dtype)
        position += output.nbytes
        if output.dtype == np.float32:
            if not np.allclose(ours, output, rtol=FLOAT_RTOL, atol=FLOAT_ATOL, equal_nan=True):
                return f"differs by up to {np.abs(ours - output).max()}"
        else:
            gaps.append(np.abs(ours.astype(np.int64) - output.astype(np.int64)))
    if not gaps:
        return None
    gaps = np.concatenate(gaps)
    allowed = max((gap for prefix, gap in exceptions.items() if model.name.startswith(prefix)), default=0)
    if gaps.max() <= allowed:
        return None
    return f"{np.count_nonzero(gaps)} of {gaps.size} elements differ, by up to {gaps.max()}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: litert_opens.py DIR")
    models = sorted(pathlib.Path(sys.argv[1]).glob("*.tflite"))
    if not models:
        sys.exit(f"no models in {sys.argv[1]}: run oracle_samples first")
    wrong = 0
    for model in models:
        findings = []
        for oracle, run, exceptions, lacks in (
            ("LiteRT", run_litert, LITERT_ROUNDS_OTHERWISE, LITERT_LACKS),
            ("TFLM", run_micro, MICRO_IGNORES_SCALES, MICRO_LACKS),
        ):
            if any(model.stem.startswith(begin) and model.stem.endswith(end) for begin, end in lacks):
                continue
            try:
                found = difference(run, model, exceptions)
            except (RuntimeError, ValueError) as error:
                found = f"is refused: {error}"
            if found is not None:
                findings.append(f"{oracle}: {found}")
        print(f"{model.stem:48} {'; '.join(findings) or 'equal'}")
        wrong += bool(findings)
    print(f"{len(models)} models, {wrong} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
