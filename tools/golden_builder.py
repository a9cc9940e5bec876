"""Builds small `.tflite` models for make_goldens.py: tensors and ops one after another, weights from a seed."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OP = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions
TYPES = {"int4": schema.TensorType.INT4, "int64": schema.TensorType.INT64, "int8": schema.TensorType.INT8, "int16": schema.TensorType.INT16, "int32": schema.TensorType.INT32,
         "float32": schema.TensorType.FLOAT32, "bool": schema.TensorType.BOOL}  # fmt: skip
NUMPY = {"int64": np.int64, "int8": np.int8, "int16": np.int16, "int32": np.int32, "float32": np.float32, "bool": np.bool_}
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
NONE, RELU, RELU6 = 0, 1, 3


def pack_int4(data):
    """Two numbers a byte, the first in the low half."""
    halves = np.append(np.asarray(data).ravel() & 15, 0)
    return (halves[:-1:2] | halves[1::2] << 4).astype(np.uint8)


class Tensor:
    """A value of the model: where it is, and what an op needs to know about it."""

    def __init__(self, index, shape, dtype, scale, zero_point):
        self.index, self.shape, self.dtype, self.scale, self.zero_point = index, shape, dtype, scale, zero_point


class Model:
    """One model. Layers return the tensor that they compute; the last one is the output."""

    def __init__(self, name, seed):
        self.name = name
        self.random = np.random.RandomState(seed)
        self.graph = schema.SubGraphT()
        self.graph.name = name
        self.graph.tensors, self.graph.operators, self.graph.inputs, self.graph.outputs = [], [], [], []
        self.buffers = [schema.BufferT()]
        self.codes = []
        self.inputs = []
        self.last = None
        self.also = []  # further outputs, after the last tensor
        self.given_runs = None
        self.random_runs = 3
        self.more_graphs = []  # networks that the first one calls
        self.litert = True  # whether full LiteRT accepts the model

    # Tensors

    def tensor(self, shape, dtype="int8", scale=None, zero_point=0, data=None, axis=0, name=None):
        t = schema.TensorT()
        t.shape, t.type = [int(n) for n in shape], TYPES[dtype]
        t.name = name or f"t{len(self.graph.tensors)}"
        t.quantization = schema.QuantizationParametersT()
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            t.quantization.scale = [float(s) for s in scales]
            t.quantization.zeroPoint = [int(zero_point)] * len(scales)
            t.quantization.quantizedDimension = axis if len(scales) > 1 else 0
        t.buffer = 0
        if data is not None:
            t.buffer = len(self.buffers)
            buffer = schema.BufferT()
            if dtype == "int4":
                buffer.data = pack_int4(data)
            else:
                buffer.data = np.frombuffer(np.ascontiguousarray(data, NUMPY[dtype]).tobytes(), np.uint8)
            self.buffers.append(buffer)
        self.graph.tensors.append(t)
        return Tensor(len(self.graph.tensors) - 1, tuple(shape), dtype, scale, zero_point)

    def input(self, shape, scale=0.05, zero_point=3, dtype="int8"):
        t = self.tensor(shape, dtype, scale if dtype == "int8" else None, zero_point, name=f"input{len(self.inputs)}")
        self.inputs.append(t)
        return t

    def weights(self, shape, axis, per_channel=True):
        """Weights and their scales: one for each channel, or one for all."""
        channels = shape[axis]
        scale = self.random.uniform(0.002, 0.02, channels if per_channel else 1).astype(np.float32)
        data = self.random.randint(-127, 128, shape)
        return self.tensor(shape, "int8", scale, 0, data, axis), scale

    def bias(self, channels, scales, spread):
        return self.tensor([channels], "int32", scales, 0, self.random.randint(-spread, spread + 1, channels))

    # Layers

    def op(self, builtin, inputs, output, options_type=0, options=None):
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = builtin, min(builtin, 127), 1
        index = next((i for i, c in enumerate(self.codes) if c.builtinCode == builtin), None)
        if index is None:
            index = len(self.codes)
            self.codes.append(code)
        o = schema.OperatorT()
        o.opcodeIndex = index
        o.inputs = [t.index if t is not None else -1 for t in inputs]
        o.outputs = [output.index]
        o.builtinOptionsType, o.builtinOptions = options_type, options
        self.graph.operators.append(o)
        self.last = output
        return output

    def output_scale(self, x, scales, terms):
        """Spreads the sums of `terms` products of random bytes over the int8 range."""
        return float(np.float32(x.scale * np.mean(scales) * 74 * 74 * np.sqrt(terms) / 45))

    def fully_connected(self, x, outputs, activation=NONE, bias=True, per_channel=False, keep=False, zero_point=-7):
        depth = x.shape[-1]
        w, scales = self.weights((outputs, depth), 0, per_channel)
        b = self.bias(outputs, x.scale * scales, 20000) if bias else None
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction, options.keepNumDims = activation, keep
        shape = (*x.shape[:-1], outputs) if keep else (int(np.prod(x.shape)) // depth, outputs)
        y = self.tensor(shape, "int8", self.output_scale(x, scales, depth), zero_point)
        return self.op(OP.FULLY_CONNECTED, [x, w, b], y, OPTIONS.FullyConnectedOptions, options)

    @staticmethod
    def extent(size, kernel, stride, dilation, padding):
        reach = (kernel - 1) * dilation + 1
        return -(-size // stride) if padding == SAME else -(-(size - reach + 1) // stride)

    def window(self, options, x, kernel, stride, dilation, padding, activation):
        options.padding, options.strideH, options.strideW = padding, stride[0], stride[1]
        options.fusedActivationFunction = activation
        return [self.extent(x.shape[1 + i], kernel[i], stride[i], dilation[i], padding) for i in range(2)]

    def conv(self, x, channels, kernel, stride=(1, 1), dilation=(1, 1), padding=SAME, activation=NONE, bias=True,
             per_channel=True, zero_point=5):  # fmt: skip
        w, scales = self.weights((channels, *kernel, x.shape[3]), 0, per_channel)
        b = self.bias(channels, x.scale * scales, 20000) if bias else None
        options = schema.Conv2DOptionsT()
        height, width = self.window(options, x, kernel, stride, dilation, padding, activation)
        options.dilationHFactor, options.dilationWFactor = dilation
        scale = self.output_scale(x, scales, int(np.prod(kernel)) * x.shape[3])
        y = self.tensor((x.shape[0], height, width, channels), "int8", scale, zero_point)
        return self.op(OP.CONV_2D, [x, w, b] if bias else [x, w], y, OPTIONS.Conv2DOptions, options)

    def depthwise(self, x, kernel, multiplier=1, stride=(1, 1), dilation=(1, 1), padding=SAME, activation=NONE,
                  bias=True, zero_point=-9):  # fmt: skip
        channels = x.shape[3] * multiplier
        w, scales = self.weights((1, *kernel, channels), 3)
        b = self.bias(channels, x.scale * scales, 20000) if bias else None
        options = schema.DepthwiseConv2DOptionsT()
        height, width = self.window(options, x, kernel, stride, dilation, padding, activation)
        options.depthMultiplier = multiplier
        options.dilationHFactor, options.dilationWFactor = dilation
        scale = self.output_scale(x, scales, int(np.prod(kernel)))
        y = self.tensor((x.shape[0], height, width, channels), "int8", scale, zero_point)
        return self.op(OP.DEPTHWISE_CONV_2D, [x, w, b] if bias else [x, w], y, OPTIONS.DepthwiseConv2DOptions, options)

    def pool(self, builtin, x, kernel, stride, padding=VALID, activation=NONE):
        options = schema.Pool2DOptionsT()
        height, width = self.window(options, x, kernel, stride, (1, 1), padding, activation)
        options.filterHeight, options.filterWidth = kernel
        y = self.tensor((x.shape[0], height, width, x.shape[3]), "int8", x.scale, x.zero_point)
        return self.op(builtin, [x], y, OPTIONS.Pool2DOptions, options)

    def max_pool(self, *arguments, **named):
        return self.pool(OP.MAX_POOL_2D, *arguments, **named)

    def average_pool(self, *arguments, **named):
        return self.pool(OP.AVERAGE_POOL_2D, *arguments, **named)

    def mean(self, x, axes=(1, 2), keep=False, scale=None, zero_point=None):
        options = schema.ReducerOptionsT()
        options.keepDims = keep
        a = self.tensor([len(axes)], "int32", data=axes)
        shape = [1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes]
        y = self.tensor(shape, "int8", scale or x.scale, x.zero_point if zero_point is None else zero_point)
        return self.op(OP.MEAN, [x, a], y, OPTIONS.ReducerOptions, options)

    def reshape(self, x, shape):
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        s = self.tensor([len(shape)], "int32", data=shape)
        full = [int(np.prod(x.shape)) // -int(np.prod(shape)) if n == -1 else n for n in shape]
        return self.op(OP.RESHAPE, [x, s], self.tensor(full, x.dtype, x.scale, x.zero_point), OPTIONS.ReshapeOptions, options)

    def pair(self, builtin, a, b, scale, zero_point, activation):
        is_add = builtin == OP.ADD
        options = schema.AddOptionsT() if is_add else schema.MulOptionsT()
        options.fusedActivationFunction = activation
        y = self.tensor(np.broadcast_shapes(a.shape, b.shape), "int8", scale, zero_point)
        return self.op(builtin, [a, b], y, OPTIONS.AddOptions if is_add else OPTIONS.MulOptions, options)

    def add(self, a, b, scale=0.08, zero_point=-11, activation=NONE):
        return self.pair(OP.ADD, a, b, scale, zero_point, activation)

    def mul(self, a, b, scale=0.15, zero_point=21, activation=NONE):
        return self.pair(OP.MUL, a, b, scale, zero_point, activation)

    def unary(self, builtin, x, scale, zero_point, dtype="int8", options_type=0, options=None):
        return self.op(builtin, [x], self.tensor(x.shape, dtype, scale, zero_point), options_type, options)

    def softmax(self, x, beta=1.0, dtype="int8"):
        options = schema.SoftmaxOptionsT()
        options.beta = beta
        scale, zero_point = (1 / 256, -128) if dtype == "int8" else (1 / 65536, -32768)
        return self.unary(OP.SOFTMAX, x, scale, zero_point, dtype, OPTIONS.SoftmaxOptions, options)

    def relu(self, x, scale, zero_point):
        return self.unary(OP.RELU, x, scale, zero_point)

    def relu6(self, x, scale, zero_point):
        return self.unary(OP.RELU6, x, scale, zero_point)

    def logistic(self, x):
        return self.unary(OP.LOGISTIC, x, 1 / 256, -128)

    def tanh(self, x):
        return self.unary(OP.TANH, x, 1 / 128, 0)

    def quantize(self, x, scale, zero_point):
        return self.unary(OP.QUANTIZE, x, scale, zero_point, "int8", OPTIONS.QuantizeOptions, schema.QuantizeOptionsT())

    def dequantize(self, x):
        return self.unary(OP.DEQUANTIZE, x, None, 0, "float32", OPTIONS.DequantizeOptions, schema.DequantizeOptionsT())

    # The finished model

    def build(self):
        model = schema.ModelT()
        model.version, model.description = 3, "made by tools/make_goldens.py"
        self.graph.inputs = [t.index for t in self.inputs]
        self.graph.outputs = [t.index for t in (self.last, *self.also)]
        model.subgraphs, model.buffers, model.operatorCodes = [self.graph, *self.more_graphs], self.buffers, self.codes
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def runs(self):
        """Inputs of each inference: those given, or the two extremes and some random ones."""
        if self.given_runs is not None:
            return self.given_runs
        constant = [[np.full(t.shape, v, np.int8) for t in self.inputs] for v in (-128, 127)]
        drawn = [[self.random.randint(-128, 128, t.shape).astype(np.int8) for t in self.inputs]
                 for _ in range(self.random_runs)]  # fmt: skip
        return constant + drawn
