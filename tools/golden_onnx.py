#!/usr/bin/env python3
"""Makes the ONNX models of tests/onnx/models and what ONNX Runtime computes from random inputs.

    python3 tools/golden_onnx.py [NAME ...]      (needs numpy, onnx and onnxruntime; without names all are made)

Each model is small and shows one thing that exporters write. NAME.json holds inputs and outputs as numbers, in order,
and how much they may differ.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from onnx_net import Net, Quantized

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "onnx" / "models"
MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


def variants(prefix, table):
    """One model for each entry of a table {name: function}."""
    for name, function in table.items():
        MODELS[f"{prefix}_{name}"] = function


def one(op, *shapes, opset=13, low=-2.0, high=2.0, dtype=np.float32, outputs=1, **attributes):
    def make():
        net = Net(opset)
        names = [net.input(*shape, low=low, high=high, dtype=dtype) for shape in shapes]
        results = net.add(op, *names, outputs=outputs, **attributes)
        return net.finish(*([results] if outputs == 1 else results))

    return make


def conv(shape, weights, bias=True, opset=13, **attributes):
    def make():
        net = Net(opset, atol=1e-5)
        x = net.input(*shape)
        operands = [x, net.weights(*weights)] + ([net.weights(weights[0])] if bias else [])
        return net.finish(net.add("Conv", *operands, **attributes))

    return make


def deconv(shape, weights, bias=True, **attributes):
    def make():
        net = Net(atol=1e-5)
        x = net.input(*shape)
        outputs = weights[1] * attributes.get("group", 1)
        operands = [x, net.weights(*weights)] + ([net.weights(outputs)] if bias else [])
        return net.finish(net.add("ConvTranspose", *operands, **attributes))

    return make


variants("conv", {
    "plain": conv((2, 3, 7, 6), (4, 3, 3, 2)),
    "padded": conv((1, 3, 8, 8), (4, 3, 3, 3), pads=[1, 1, 1, 1], strides=[2, 2]),
    "asymmetric": conv((1, 2, 7, 9), (3, 2, 3, 3), pads=[0, 2, 1, 0], strides=[1, 2]),
    "same_upper": conv((1, 2, 8, 7), (3, 2, 4, 3), auto_pad="SAME_UPPER", strides=[2, 2]),
    "same_lower": conv((1, 2, 8, 7), (3, 2, 4, 2), auto_pad="SAME_LOWER"),
    "valid": conv((1, 2, 8, 7), (3, 2, 3, 3), auto_pad="VALID", bias=False),
    "dilated": conv((1, 2, 9, 9), (3, 2, 3, 3), dilations=[2, 3], pads=[2, 3, 2, 3]),
    "groups": conv((1, 6, 5, 5), (4, 3, 3, 3), group=2, pads=[1, 1, 1, 1]),
    "depthwise": conv((1, 4, 6, 6), (4, 1, 3, 3), group=4, pads=[1, 1, 1, 1]),
    "multiplier": conv((1, 3, 6, 6), (6, 1, 3, 3), group=3, strides=[2, 1]),
    "signal": conv((2, 3, 11), (4, 3, 5), pads=[2, 2]),
    "signal_stride": conv((1, 3, 11), (4, 3, 3), strides=[2], pads=[0, 1]),
    "signal_depthwise": conv((1, 4, 11), (4, 1, 3), group=4, dilations=[2], pads=[2, 2]),
    "signal_groups": conv((1, 4, 6), (6, 2, 3), group=2),
})  # fmt: skip
variants("conv_transpose", {
    "plain": deconv((1, 3, 4, 5), (3, 2, 3, 3)),
    "padded": deconv((1, 3, 4, 5), (3, 2, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]),
    "odd": deconv((2, 2, 3, 4), (2, 3, 2, 3), strides=[3, 2], pads=[0, 1, 1, 0], bias=False),
    "groups": deconv((1, 4, 4, 4), (4, 2, 3, 3), group=2, strides=[2, 2]),
    "dilated": deconv((1, 2, 4, 4), (2, 2, 3, 3), dilations=[2, 2]),
    "signal": deconv((1, 3, 6), (3, 2, 4), strides=[2], pads=[1, 1]),
    "shape": deconv((1, 2, 4, 4), (2, 2, 3, 3), strides=[2, 2], output_shape=[8, 8]),
    "same": deconv((1, 2, 4, 5), (2, 2, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER"),
})  # fmt: skip
variants("max_pool", {
    "plain": one("MaxPool", (1, 3, 6, 7), kernel_shape=[2, 2], strides=[2, 2]),
    "stem": one("MaxPool", (1, 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "wide": one("MaxPool", (1, 3, 9, 8), kernel_shape=[5, 4], strides=[2, 3], pads=[2, 2, 2, 1]),
    "same": one("MaxPool", (1, 2, 7, 8), kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "ceil": one("MaxPool", (1, 2, 7, 8), kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1),
    "ceil_padded": one("MaxPool", (1, 2, 7, 6), kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1], ceil_mode=1),
    "dilated": one("MaxPool", (1, 2, 9, 8), kernel_shape=[3, 2], dilations=[2, 3], strides=[2, 1], pads=[1, 1, 1, 1]),
    "signal": one("MaxPool", (2, 3, 9), kernel_shape=[3], strides=[2], pads=[1, 1]),
})  # fmt: skip
variants("average_pool", {
    "plain": one("AveragePool", (1, 3, 6, 7), kernel_shape=[2, 3], strides=[2, 2]),
    "excluded": one("AveragePool", (1, 3, 8, 8), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "included": one("AveragePool", (1, 3, 8, 7), kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "asymmetric": one("AveragePool", (1, 2, 7, 7), kernel_shape=[3, 2], strides=[1, 2], pads=[0, 1, 2, 0]),
    "same": one("AveragePool", (1, 2, 7, 8), kernel_shape=[2, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "ceil": one("AveragePool", (1, 2, 7, 8), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=19),
    "signal": one("AveragePool", (2, 3, 9), kernel_shape=[3], strides=[2]),
    "global": one("GlobalAveragePool", (2, 3, 5, 4)),
    "global_max": one("GlobalMaxPool", (2, 3, 5, 4)),
    "global_signal": one("GlobalAveragePool", (2, 3, 5)),
})  # fmt: skip


def gemm(a, b, c=None, constant=True, **attributes):
    def make():
        net = Net(atol=1e-5)
        operands = [net.input(*a)]
        operands.append(net.weights(*b) if constant else net.input(*b))
        if c is not None:
            operands.append(net.weights(*c) if constant else net.input(*c))
        return net.finish(net.add("Gemm", *operands, **attributes))

    return make


def matmul(a, b, known=None):
    def make():
        net = Net(atol=1e-5)
        names = [net.weights(*s) if known == i else net.input(*s) for i, s in enumerate((a, b))]
        return net.finish(net.add("MatMul", *names))

    return make


variants("gemm", {
    "layer": gemm((2, 5), (4, 5), (4,), transB=1),
    "plain": gemm((2, 5), (5, 4), (4,)),
    "scaled": gemm((2, 5), (5, 4), (1, 4), alpha=0.5, beta=2.0),
    "turned": gemm((5, 2), (5, 4), (2, 1), transA=1),
    "single_bias": gemm((2, 5), (5, 4), (1,)),
    "no_bias": gemm((2, 5), (4, 5), transB=1),
    "run_time": gemm((2, 5), (5, 4), (4,), constant=False),
    "run_time_turned": gemm((5, 2), (4, 5), (2, 4), constant=False, transA=1, transB=1, alpha=2.0),
})  # fmt: skip
variants("matmul", {
    "layer": matmul((2, 5), (5, 4), 1),
    "rows": matmul((2, 3, 5), (5, 4), 1),
    "left": matmul((3, 4), (4, 5), 0),
    "both": matmul((2, 3, 4), (2, 4, 5)),
    "broadcast": matmul((2, 3, 4), (4, 5)),
    "vector": matmul((5,), (5, 4), 1),
    "column": matmul((3, 5), (5,), 1),
})  # fmt: skip


@model
def batch_normalization():
    net = Net(atol=1e-5)
    x = net.input(2, 3, 4, 5)
    y = net.add("Conv", x, net.weights(4, 3, 3, 3), pads=[1, 1, 1, 1])
    y = net.add("BatchNormalization", y, net.weights(4), net.weights(4), net.weights(4),
                net.constant(np.array([0.5, 1, 2, 0.1], np.float32)), epsilon=1e-3)  # fmt: skip
    return net.finish(net.add("Relu", y))


@model
def batch_normalization_alone():
    net = Net(atol=1e-5)
    x = net.input(2, 3, 4, 5)
    y = net.add("BatchNormalization", x, net.weights(3), net.weights(3), net.weights(3),
                net.constant(np.array([0.5, 1, 2], np.float32)))  # fmt: skip
    return net.finish(y)


@model
def batch_normalization_dense():
    net = Net(atol=1e-5)
    y = net.add("Gemm", net.input(2, 6), net.weights(4, 6), net.weights(4), transB=1)
    y = net.add("BatchNormalization", y, net.weights(4), net.weights(4), net.weights(4),
                net.constant(np.array([0.5, 1, 2, 0.1], np.float32)))  # fmt: skip
    return net.finish(y)


@model
def instance_normalization():
    net = Net(atol=1e-5)
    return net.finish(net.add("InstanceNormalization", net.input(2, 3, 4, 5), net.weights(3), net.weights(3), epsilon=1e-4))


@model
def layer_normalization():
    net = Net(17, atol=1e-5)
    return net.finish(net.add("LayerNormalization", net.input(2, 3, 8), net.weights(8), net.weights(8), axis=-1))


variants("unary", {
    op.lower(): one(op, (2, 3, 4, 5), low=low, opset=opset)
    for op, low, opset in [("Relu", -2, 13), ("Sigmoid", -6, 13), ("Tanh", -3, 13), ("Neg", -2, 13), ("Abs", -2, 13),
                           ("Sqrt", 0.1, 13), ("Exp", -2, 13), ("Log", 0.1, 13), ("Reciprocal", 0.5, 13),
                           ("Floor", -3, 13), ("Ceil", -3, 13), ("Round", -3, 13), ("Sin", -3, 13), ("Cos", -3, 13),
                           ("HardSigmoid", -4, 13), ("HardSwish", -4, 14), ("Softplus", -6, 13), ("Softsign", -3, 13),
                           ("Selu", -3, 13), ("Mish", -3, 18), ("Identity", -2, 13)]
})  # fmt: skip
variants("unary", {
    "elu": one("Elu", (2, 3, 5), alpha=2.0),
    "elu_plain": one("Elu", (2, 3, 5)),
    "celu": one("Celu", (2, 3, 5), alpha=1.5),
    "leaky_relu": one("LeakyRelu", (2, 3, 5), alpha=0.2),
    "thresholded_relu": one("ThresholdedRelu", (2, 3, 5), alpha=0.7),
    "gelu": one("Gelu", (2, 3, 5), opset=20),
    "gelu_tanh": one("Gelu", (2, 3, 5), opset=20, approximate="tanh"),
    "hard_sigmoid_third": one("HardSigmoid", (2, 3, 5), alpha=1 / 6, low=-4, high=4),
})  # fmt: skip
variants("softmax", {
    "last": one("Softmax", (2, 3, 5)),
    "channels": one("Softmax", (2, 3, 4, 5), axis=1),
    "flattened": one("Softmax", (2, 3, 4), opset=11, axis=1),
    "old_last": one("Softmax", (2, 3, 4), opset=11, axis=-1),
    "log": one("LogSoftmax", (2, 3, 5)),
    "log_channels": one("LogSoftmax", (2, 3, 4, 5), axis=1),
    "log_flattened": one("LogSoftmax", (2, 3, 4), opset=11),
})  # fmt: skip


def clip(low, high, **kind):
    def make():
        net = Net()
        x = net.input(2, 3, 4, low=-9, high=9)
        bounds = ["" if b is None else net.constant(np.float32(b)) for b in (low, high)]
        while bounds and not bounds[-1]:
            bounds.pop()
        return net.finish(net.add("Clip", x, *bounds))

    return make


variants("clip", {"six": clip(0, 6), "one": clip(-1, 1), "any": clip(-0.5, 3.25), "low": clip(1.5, None), "high": clip(None, 2)})
variants("clip", {"old": one("Clip", (2, 3), opset=10, min=-0.5, max=0.5)})


@model
def prelu_channels():
    net = Net()
    return net.finish(net.add("PRelu", net.input(2, 3, 4, 5), net.weights(3, 1, 1)))


@model
def prelu_after_conv():
    net = Net(atol=1e-5)
    y = net.add("Conv", net.input(1, 2, 6, 6), net.weights(4, 2, 3, 3))
    y = net.add("PRelu", y, net.weights(4, 1, 1))
    return net.finish(net.add("Conv", y, net.weights(2, 4, 3, 3)))


for op in ("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"):
    low = 0.3 if op in ("Pow", "Div") else -2.0
    variants(f"pair_{op.lower()}", {
        "same": one(op, (2, 3, 4), (2, 3, 4), low=low),
        "broadcast": one(op, (2, 3, 4), (3, 1), low=low),
    })  # fmt: skip
variants("pair", {
    "axes": one("Mul", (2, 1, 4, 1), (3, 1, 5)),
    "integers": one("Add", (2, 3), (2, 3), dtype=np.int64, low=-50, high=50),
    "products": one("Mul", (2, 3), (2, 3), dtype=np.int32, low=-50, high=50),
    "five_axes": one("Add", (2, 1, 2, 3, 2), (2, 3, 2, 1, 2)),
    "sum_of_three": one("Sum", (2, 3), (3,), (2, 1)),
    "mean_of_three": one("Mean", (2, 3), (2, 3), (2, 3)),
    "max_of_three": one("Max", (2, 3), (2, 3), (2, 3)),
})  # fmt: skip


@model
def powers():
    net = Net()
    x = net.input(2, 3)
    square = net.add("Pow", x, net.constant(np.float32(2)))
    root = net.add("Pow", net.add("Abs", x), net.constant(np.float32(0.5)))
    return net.finish(net.add("Add", square, root))


@model
def compare_and_choose():
    net = Net()
    x, y = net.input(2, 3, 4), net.input(2, 3, 4)
    greater = net.add("Greater", x, y)
    both = net.add("And", greater, net.add("Not", net.add("Less", x, net.constant(np.float32(0)))))
    either = net.add("Or", both, net.add("LessOrEqual", y, net.constant(np.float32(-1))))
    return net.finish(net.add("Where", either, x, y), net.add("Cast", net.add("Equal", x, x), to=TensorProto.FLOAT))


@model
def double_precision():
    net = Net()
    return net.finish(net.add("Add", net.input(2, 3, dtype=np.float64), net.constant(np.array([[1.5], [-2.25]]))))


def shaped(op, shape, *lists, opset=13, dtype=np.float32, **attributes):
    def make():
        net = Net(opset)
        x = net.input(*shape, dtype=dtype)
        operands = ["" if values is None else net.ints(*values) for values in lists]
        return net.finish(net.add(op, x, *operands, **attributes))

    return make


variants("shape", {
    "reshape": shaped("Reshape", (2, 3, 4), (0, -1)),
    "reshape_more": shaped("Reshape", (2, 3, 4), (2, 2, -1, 3)),
    "flatten": one("Flatten", (2, 3, 4)),
    "flatten_two": one("Flatten", (2, 3, 4), axis=2),
    "flatten_none": one("Flatten", (2, 3, 4), axis=0),
    "squeeze": shaped("Squeeze", (2, 1, 3, 1), (1, -1)),
    "squeeze_all": one("Squeeze", (2, 1, 3, 1)),
    "squeeze_old": one("Squeeze", (2, 1, 3, 1), opset=11, axes=[1]),
    "unsqueeze": shaped("Unsqueeze", (2, 3), (0, -1)),
    "unsqueeze_old": one("Unsqueeze", (2, 3), opset=11, axes=[1]),
    "transpose": one("Transpose", (2, 3, 4), perm=[2, 0, 1]),
    "transpose_all": one("Transpose", (2, 3, 4)),
    "transpose_five": one("Transpose", (2, 3, 2, 2, 3), perm=[0, 3, 1, 4, 2]),
    "concat": one("Concat", (2, 3, 4), (2, 1, 4), (2, 2, 4), axis=1),
    "concat_last": one("Concat", (2, 3), (2, 1), axis=-1),
    "tile": shaped("Tile", (2, 3), (2, 3)),
    "expand": shaped("Expand", (3, 1), (2, 3, 4)),
    "expand_less": shaped("Expand", (3, 4), (1, 1)),
    "depth_to_space": one("DepthToSpace", (1, 8, 2, 3), blocksize=2),
    "pixel_shuffle": one("DepthToSpace", (1, 8, 2, 3), blocksize=2, mode="CRD"),
    "space_to_depth": one("SpaceToDepth", (1, 2, 4, 6), blocksize=2),
    "slice": shaped("Slice", (4, 5, 6), (1, -3), (3, 9223372036854775807), (0, 2)),
    "slice_steps": shaped("Slice", (4, 5, 6), (0, 4), (4, -9223372036854775807), (0, 1), (2, -1)),
    "slice_old": one("Slice", (4, 5), opset=9, starts=[1, 0], ends=[4, -1], axes=[0, 1]),
    "split": one("Split", (2, 6, 3), outputs=3, axis=1),
    "split_last_smaller": one("Split", (2, 5), outputs=2, axis=1, opset=18, num_outputs=2),
    "split_old": one("Split", (2, 6), opset=11, outputs=2, axis=1, split=[2, 4]),
    "argmax": one("ArgMax", (2, 5, 3), axis=1),
    "argmin": one("ArgMin", (2, 5, 3), axis=-1, keepdims=0),
})  # fmt: skip


@model
def shape_split_parts():
    net = Net()
    names = net.add("Split", net.input(2, 6), net.ints(1, 3, 2), outputs=3, axis=1)
    return net.finish(*names)


@model
def shape_pads():
    net = Net()
    x = net.input(1, 2, 4, 5)
    results = [
        net.add("Pad", x, net.ints(0, 0, 1, 2, 0, 0, 3, 0)),
        net.add("Pad", x, net.ints(0, 0, 1, 2, 0, 0, 3, 0), net.constant(np.float32(1.5))),
        net.add("Pad", x, net.ints(0, 0, 2, 1, 0, 0, 1, 3), mode="reflect"),
        net.add("Pad", x, net.ints(0, 0, 2, 1, 0, 0, 1, 3), mode="edge"),
        net.add("Pad", x, net.ints(0, 0, -1, 1, 0, 1, 0, -2)),
    ]
    return net.finish(*results)


@model
def shape_gathers():
    net = Net()
    x = net.input(3, 4, 5)
    results = [
        net.add("Gather", x, net.ints(2, 0, -1), axis=1),
        net.add("Gather", x, net.constant(np.int64(1)), axis=0),
        net.add("Gather", x, net.constant(np.array([[0, 1], [2, 2]], np.int64)), axis=2),
    ]
    return net.finish(*results)


@model
def embedding():
    net = Net()
    indices = net.input(2, 3, dtype=np.int64, low=0, high=6)
    return net.finish(net.add("Gather", net.weights(7, 4), indices))


@model
def dynamic_flatten():
    """x.view(x.size(0), -1), as exporters write it, behind a convolution."""
    net = Net(atol=1e-5)
    x = net.input(1, 2, 6, 5, batch="N")
    y = net.add("Relu", net.add("Conv", x, net.weights(4, 2, 3, 3), net.weights(4)))
    size = net.add("Gather", net.add("Shape", y), net.constant(np.int64(0)))
    shape = net.add("Concat", net.add("Unsqueeze", size, net.ints(0)), net.ints(-1), axis=0)
    flat = net.add("Reshape", y, shape)
    return net.finish(net.add("Gemm", flat, net.weights(3, 48), net.weights(3), transB=1))


variants("reduce", {
    op[6:].lower(): one(op, (2, 3, 4), low=0.2, axes=[1], keepdims=0, opset=11)
    for op in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
               "ReduceLogSumExp", "ReduceSumSquare")
})  # fmt: skip
variants("reduce", {
    "all": one("ReduceMean", (2, 3, 4)),
    "kept": one("ReduceMax", (2, 3, 4, 2), axes=[1, -1], keepdims=1),
    "operand": shaped("ReduceSum", (2, 3, 4), (0, 2), keepdims=0),
    "norm": one("LpNormalization", (2, 3, 4), axis=1),
})  # fmt: skip


def resize(shape, scales=None, sizes=None, opset=13, **attributes):
    def make():
        net = Net(opset, atol=1e-5)
        x = net.input(*shape)
        operands = [x, ""]
        operands.append(net.constant(np.array(scales, np.float32)) if scales else "")
        if sizes:
            operands.append(net.ints(*sizes))
        return net.finish(net.add("Resize", *operands, **attributes))

    return make


variants("resize", {
    "nearest": resize((1, 2, 3, 4), [1, 1, 2, 2], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    "nearest_half": resize((1, 2, 3, 4), [1, 1, 2, 3], mode="nearest"),
    "nearest_ceil": resize((1, 2, 3, 4), [1, 1, 1.5, 2], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="ceil"),
    "nearest_sizes": resize((1, 2, 5, 7), sizes=[1, 2, 3, 9], mode="nearest", coordinate_transformation_mode="align_corners"),
    "linear": resize((1, 2, 3, 4), [1, 1, 2, 2], mode="linear"),
    "linear_pytorch": resize((1, 2, 4, 4), sizes=[1, 2, 7, 6], mode="linear", coordinate_transformation_mode="pytorch_half_pixel"),
    "linear_corners": resize((1, 2, 3, 4), sizes=[1, 2, 5, 7], mode="linear", coordinate_transformation_mode="align_corners"),
    "linear_asymmetric": resize((1, 2, 3, 4), [1, 1, 2, 2], mode="linear", coordinate_transformation_mode="asymmetric"),
})  # fmt: skip


@model
def upsample():
    net = Net(9)
    return net.finish(net.add("Upsample", net.input(1, 2, 3, 3), net.constant(np.array([1, 1, 2, 2], np.float32)), mode="nearest"))


def recurrent(op, gates, results=2, steps=4, batch=2, inputs=3, units=5, bias=True, state=False, **attributes):
    def make():
        net = Net(14, atol=1e-5)
        directions = 2 if attributes.get("direction") == "bidirectional" else 1
        x = net.input(steps, batch, inputs)
        operands = [x, net.weights(directions, gates * units, inputs), net.weights(directions, gates * units, units)]
        operands.append(net.weights(directions, 2 * gates * units) if bias else "")
        if state:
            operands += [""] + [net.input(directions, batch, units) for _ in range(2 if op == "LSTM" else 1)]
        while not operands[-1]:
            operands.pop()
        return net.finish(*net.add(op, *operands, outputs=results, hidden_size=units, **attributes))

    return make


variants("recurrent", {
    "lstm": recurrent("LSTM", 4, 3),
    "lstm_state": recurrent("LSTM", 4, 3, state=True),
    "lstm_both": recurrent("LSTM", 4, 3, direction="bidirectional", bias=False),
    "lstm_reverse": recurrent("LSTM", 4, 3, direction="reverse"),
    "gru": recurrent("GRU", 3, linear_before_reset=1),
    "gru_other": recurrent("GRU", 3, state=True),
    "gru_both": recurrent("GRU", 3, direction="bidirectional", linear_before_reset=1),
    "rnn": recurrent("RNN", 1),
    "rnn_relu": recurrent("RNN", 1, activations=["Relu"], state=True),
})  # fmt: skip


@model
def net_residual():
    """Convolutions with a residual, a squeeze-and-excitation branch, concatenation and a flattened classifier."""
    net = Net(atol=1e-4)
    x = net.input(1, 3, 8, 8, batch="batch")
    a = net.add("Relu", net.add("Conv", x, net.weights(6, 3, 3, 3), net.weights(6), pads=[1, 1, 1, 1]))
    b = net.add("Conv", a, net.weights(6, 6, 3, 3), net.weights(6), pads=[1, 1, 1, 1])
    c = net.add("Relu", net.add("Add", a, b))
    gate = net.add("GlobalAveragePool", c)
    gate = net.add("Relu", net.add("Conv", gate, net.weights(2, 6, 1, 1), net.weights(2)))
    gate = net.add("Sigmoid", net.add("Conv", gate, net.weights(6, 2, 1, 1), net.weights(6)))
    d = net.add("Mul", c, gate)
    e = net.add("Concat", d, net.add("MaxPool", a, kernel_shape=[3, 3], pads=[1, 1, 1, 1]), axis=1)
    f = net.add("AveragePool", e, kernel_shape=[2, 2], strides=[2, 2])
    g = net.add("Flatten", f)
    return net.finish(net.add("Softmax", net.add("Gemm", g, net.weights(4, 192, scale=0.1), net.weights(4), transB=1)))


@model
def net_mobile():
    """Depthwise separable blocks with ReLU6 as Clip, then a mean over the image."""
    net = Net(atol=1e-4)
    x = net.input(1, 3, 9, 9)
    six = [net.constant(np.float32(0)), net.constant(np.float32(6))]
    y = net.add("Clip", net.add("Conv", x, net.weights(4, 3, 3, 3), net.weights(4), pads=[1, 1, 1, 1], strides=[2, 2]), *six)
    y = net.add("Clip", net.add("Conv", y, net.weights(4, 1, 3, 3), net.weights(4), pads=[1, 1, 1, 1], group=4), *six)
    y = net.add("Conv", y, net.weights(8, 4, 1, 1), net.weights(8))
    y = net.add("ReduceMean", y, axes=[2, 3], keepdims=0)
    return net.finish(net.add("Gemm", y, net.weights(8, 3)))


@model
def net_signal():
    """A 1-D network as PyTorch writes it, with the normalisation as ops."""
    net = Net(atol=1e-4)
    x = net.input(1, 3, 20)
    y = net.add("Div", net.add("Sub", x, net.weights(3, 1)), net.constant(np.array([[1.5], [2], [0.5]], np.float32)))
    y = net.add("MaxPool", net.add("Relu", net.add("Conv", y, net.weights(4, 3, 5), net.weights(4), pads=[2, 2])), kernel_shape=[2], strides=[2])
    y = net.add("Relu", net.add("Conv", y, net.weights(6, 4, 3), net.weights(6)))
    y = net.add("Squeeze", net.add("GlobalAveragePool", y), net.ints(2))
    return net.finish(net.add("MatMul", y, net.weights(6, 3)))


@model
def net_channels_last():
    """What tf2onnx writes: an NHWC interface with transposes around the convolutions."""
    net = Net(atol=1e-4)
    x = net.input(1, 6, 6, 3)
    y = net.add("Transpose", x, perm=[0, 3, 1, 2])
    y = net.add("Relu", net.add("Conv", y, net.weights(4, 3, 3, 3), net.weights(4), auto_pad="SAME_UPPER", strides=[2, 2]))
    y = net.add("Transpose", y, perm=[0, 2, 3, 1])
    y = net.add("Reshape", y, net.ints(-1, 36))
    return net.finish(net.add("Add", net.add("MatMul", y, net.weights(36, 5)), net.weights(5)))


@model
def net_attention():
    """One head over a sequence."""
    net = Net(atol=1e-4)
    x = net.input(1, 4, 6)
    q, k, v = (net.add("MatMul", x, net.weights(6, 6)) for _ in range(3))
    scores = net.add("MatMul", q, net.add("Transpose", k, perm=[0, 2, 1]))
    scores = net.add("Softmax", net.add("Div", scores, net.constant(np.float32(np.sqrt(6)))), axis=-1)
    return net.finish(net.add("MatMul", scores, v))


def qdq_net(unsigned):
    def make():
        net = Quantized(atol=0.13, rtol=0)
        zero = 128 if unsigned else 0
        x = net.around(net.input(1, 3, 8, 8), 0.02, zero, unsigned)
        w = net.stored(4, 3, 3, 3, axis=0)
        a = net.add("Relu", net.add("Conv", x, w, net.bias(0.02 * net.last_scales), pads=[1, 1, 1, 1]))
        a = net.around(a, 0.02, 0 if unsigned else -128, unsigned)
        b = net.add("Conv", a, net.stored(4, 1, 3, 3, axis=0), pads=[1, 1, 1, 1], group=4)
        b = net.around(b, 0.03, zero, unsigned)
        c = net.around(net.add("Add", a, b), 0.04, zero, unsigned)
        d = net.around(net.add("MaxPool", c, kernel_shape=[2, 2], strides=[2, 2]), 0.04, zero, unsigned)
        e = net.add("Flatten", d)
        w = net.add("Gemm", e, net.stored(5, 64), transB=1)
        return net.finish(net.around(w, 0.06, zero, unsigned))

    return make


variants("qdq", {"int8": qdq_net(False), "uint8": qdq_net(True)})


@model
def qdq_softmax():
    net = Quantized(atol=0.012, rtol=0)
    x = net.around(net.input(2, 6), 0.02, 3)
    y = net.around(net.add("MatMul", x, net.stored(6, 5, axis=1)), 0.03, -7)
    y = net.around(net.add("Sigmoid", y), 1 / 256, -128)
    return net.finish(net.around(net.add("Softmax", y), 1 / 200, -128))


@model
def qlinear_net():
    """The operator-oriented form: QLinearConv, QLinearMatMul."""
    net = Quantized(10, atol=0.13, rtol=0)
    x, xz = net.constant(np.float32(0.02)), net.constant(np.uint8(120))
    y, yz = net.constant(np.float32(0.03)), net.constant(np.uint8(10))
    o, oz = net.constant(np.float32(0.06)), net.constant(np.uint8(128))
    scales = net.rng.uniform(0.005, 0.02, 4).astype(np.float32)
    w = net.constant(net.rng.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8))
    bias = net.constant(net.rng.integers(-3000, 3000, 4).astype(np.int32))
    a = net.add("QuantizeLinear", net.input(1, 3, 6, 6), x, xz)
    a = net.add("QLinearConv", a, x, xz, w, net.constant(scales), net.constant(np.zeros(4, np.int8)), y, yz, bias, strides=[2, 2])
    a = net.add("Reshape", a, net.ints(1, 16))
    m = net.constant(net.rng.integers(-127, 128, (16, 3)).astype(np.int8))
    a = net.add("QLinearMatMul", a, y, yz, m, net.constant(np.float32(0.01)), net.constant(np.int8(0)), o, oz)
    return net.finish(net.add("DequantizeLinear", a, o, oz))


def numbers(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, np.float64).ravel()]


def main(names):
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or MODELS:
        made, inputs, outputs, rtol, atol = MODELS[name]()
        onnx.save(made, FOLDER / f"{name}.onnx")
        golden = {"rtol": rtol, "atol": atol, "inputs": [numbers(v) for v in inputs], "outputs": [numbers(v) for v in outputs]}
        (FOLDER / f"{name}.json").write_text(json.dumps(golden) + "\n")
    print(f"{len(names or MODELS)} models in {FOLDER}")


if __name__ == "__main__":
    main(sys.argv[1:])
