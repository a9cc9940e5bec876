"""The models of tests/golden/: every op of the first set in int8 with odd geometries, and three small networks."""

import zlib

import numpy as np
from golden_builder import NONE, OP, OPTIONS, RELU, RELU6, SAME, VALID, Model, schema
from golden_recurrent import recurrent

ALL_BYTES = np.arange(-128, 128).astype(np.int8)


class Collection:
    def __init__(self):
        self.models = []

    def new(self, name):
        model = Model(name, zlib.crc32(name.encode()))
        self.models.append(model)
        return model


def layers_with_weights(models):
    m = models.new("fully_connected")
    m.fully_connected(m.input((1, 12)), 16)
    m = models.new("fully_connected_channels")
    m.fully_connected(m.input((3, 5), zero_point=-128), 7, RELU, per_channel=True)
    m = models.new("fully_connected_single")
    m.fully_connected(m.input((1, 1), 0.02), 1, RELU6)
    m = models.new("fully_connected_no_bias")
    m.fully_connected(m.input((2, 9)), 3, bias=False)
    m = models.new("fully_connected_keep")
    m.fully_connected(m.input((1, 4, 6)), 5, keep=True)

    m = models.new("conv2d")
    m.conv(m.input((1, 7, 5, 3)), 6, (3, 3))
    m = models.new("conv2d_stride")
    m.conv(m.input((2, 9, 6, 2), zero_point=-128), 5, (3, 2), (2, 3), padding=SAME, activation=RELU)
    m = models.new("conv2d_valid")
    m.conv(m.input((1, 8, 7, 4), 0.008), 3, (5, 3), (2, 1), padding=VALID, activation=RELU6)
    m = models.new("conv2d_dilated")
    m.conv(m.input((1, 9, 10, 2)), 4, (3, 3), dilation=(2, 3))
    m = models.new("conv2d_pointwise")
    m.conv(m.input((1, 3, 5, 7)), 9, (1, 1), bias=False)
    m.litert = False  # demands a bias
    m = models.new("conv2d_one_scale")
    m.conv(m.input((1, 5, 5, 1)), 3, (2, 2), per_channel=False)
    m = models.new("conv1d")
    m.conv(m.input((1, 1, 25, 6)), 8, (1, 5), (1, 2), activation=RELU)

    m = models.new("depthwise")
    m.depthwise(m.input((1, 6, 7, 5)), (3, 3))
    m = models.new("depthwise_multiplier")
    m.depthwise(m.input((1, 5, 4, 3)), (3, 3), multiplier=2, stride=(2, 2), activation=RELU)
    m = models.new("depthwise_valid")
    m.depthwise(m.input((2, 7, 6, 4), 0.008), (4, 2), stride=(1, 2), padding=VALID, activation=RELU6, bias=False)
    m.litert = False  # its default kernels read the missing bias
    m = models.new("depthwise_dilated")
    m.depthwise(m.input((1, 9, 9, 2)), (3, 3), dilation=(2, 2))
    m = models.new("depthwise_from_one")
    m.depthwise(m.input((1, 8, 5, 1)), (5, 4), multiplier=8, stride=(2, 2))


def pools(models):
    m = models.new("max_pool")
    m.max_pool(m.input((1, 7, 5, 3)), (2, 2), (2, 2))
    m = models.new("max_pool_same")
    m.max_pool(m.input((2, 6, 5, 2)), (3, 3), (2, 2), SAME, RELU)
    m = models.new("average_pool")
    m.average_pool(m.input((1, 7, 5, 3)), (2, 2), (2, 2))
    m = models.new("average_pool_same")
    m.average_pool(m.input((2, 6, 5, 2)), (3, 3), (2, 1), SAME, RELU6)
    m = models.new("average_pool_whole")
    m.average_pool(m.input((1, 5, 3, 4)), (5, 3), (1, 1))
    m = models.new("mean")
    m.mean(m.input((1, 5, 3, 7)))
    m = models.new("mean_keep")
    m.mean(m.input((2, 4, 6, 3)), keep=True)
    m = models.new("mean_rescaled")
    m.mean(m.input((1, 6, 7, 5)), scale=0.021, zero_point=-40)
    m = models.new("mean_one_axis")
    m.mean(m.input((1, 13, 4)), axes=(1,))


def pairs(models):
    every_pair = [np.repeat(ALL_BYTES, 8).reshape(1, 2048), np.tile(ALL_BYTES[3::32], 256).reshape(1, 2048)]
    for name in ("add", "mul"):
        for suffix, a, b, activation in (
            ("", (1, 2048), (1, 2048), NONE),
            ("_relu", (1, 3, 5), (1, 3, 5), RELU),
            ("_relu6", (2, 9), (2, 9), RELU6),
            ("_scalar", (2, 3, 4), (1,), NONE),
            ("_channels", (1, 6, 5), (5,), NONE),
            ("_gate", (2, 3, 3, 4), (2, 1, 1, 4), NONE),
        ):
            m = models.new(name + suffix)
            getattr(m, name)(m.input(a, 0.05, 3), m.input(b, 0.031, -17), activation=activation)
            if not suffix:
                m.given_runs = [every_pair]
    m = models.new("add_constant")
    m.add(m.input((1, 4, 5)), m.tensor((5,), "int8", 0.01, 4, m.random.randint(-128, 128, 5)))
    m = models.new("add_far_scales")
    m.add(m.input((1, 64), 0.5, -100), m.input((1, 64), 0.0007, 100), scale=0.4, zero_point=0)
    m = models.new("mul_constant")
    m.mul(m.input((1, 4, 5)), m.tensor((5,), "int8", 0.01, 4, m.random.randint(-128, 128, 5)), scale=0.05)


def elementwise(models):
    def exhaustive(name, layer, scale=0.05, zero_point=3):
        m = models.new(name)
        layer(m, m.input((1, 256), scale, zero_point))
        m.given_runs = [[ALL_BYTES.reshape(1, 256)]]

    exhaustive("relu", lambda m, x: m.relu(x, 0.05, 3))
    exhaustive("relu_rescaled", lambda m, x: m.relu(x, 0.033, -128))
    exhaustive("relu6", lambda m, x: m.relu6(x, 0.05, 3))
    exhaustive("relu6_rescaled", lambda m, x: m.relu6(x, 6 / 255, -128), 0.07, -10)
    for scale, zero_point in ((0.0039, 0), (0.03, -20), (0.05, 3), (0.125, 77), (0.4, -128), (1.5, 0)):
        exhaustive(f"logistic_{scale}", lambda m, x: m.logistic(x), scale, zero_point)
        exhaustive(f"tanh_{scale}", lambda m, x: m.tanh(x), scale, zero_point)
    for scale, zero_point in ((0.05, 3), (0.0021, -60), (0.9, 127), (0.0499, 3)):
        exhaustive(f"requantize_to_{scale}", lambda m, x: m.quantize(x, scale, zero_point))
    exhaustive("dequantize", lambda m, x: m.dequantize(x), 0.0371, -11)
    exhaustive("reshape", lambda m, x: m.reshape(x, (4, -1, 8)))

    exhaustive("tanh_tie", lambda m, x: m.tanh(x), 0.017065448686480522, 96)  # one byte differs in LiteRT

    m = models.new("quantize")
    x = m.input((1, 64), dtype="float32")
    m.quantize(x, 0.1, -5)
    steps = np.arange(-32, 32, dtype=np.float32)
    m.given_runs = [[v.astype(np.float32).reshape(1, 64)] for v in
                    (steps * np.float32(0.05), steps, m.random.normal(0, 6, 64), m.random.normal(0, 1e4, 64))]  # fmt: skip

    for name, shape, scale, beta in (("softmax", (1, 4), 0.1, 1.0), ("softmax_rows", (3, 2, 7), 0.05, 1.0),
                                     ("softmax_sharp", (5, 6), 1.3, 1.0), ("softmax_flat", (4, 10), 0.004, 1.0),
                                     ("softmax_beta", (6, 5), 0.08, 0.5), ("softmax_wide", (2, 200), 0.09, 1.0)):  # fmt: skip
        m = models.new(name)
        m.random_runs = 6
        m.softmax(m.input(shape, scale, -4), beta)
    for name, shape, scale, beta in (("softmax_into_int16", (3, 7), 0.06, 1.0), ("softmax_into_int16_sharp", (2, 12), 0.7, 0.8)):
        m = models.new(name)
        m.random_runs = 6
        m.softmax(m.input(shape, scale, 11), beta, "int16")


def networks(models):
    m = models.new("net_mlp")
    x = m.fully_connected(m.input((1, 12), 0.02, -1), 16, RELU, zero_point=-128)
    x = m.fully_connected(x, 8, RELU, per_channel=True, zero_point=-128)
    m.also = [m.fully_connected(x, 4)]
    m.softmax(m.also[0])
    m.random_runs = 12

    m = models.new("net_conv")
    x = m.conv(m.input((1, 12, 10, 1), 0.0078, -128), 6, (3, 3), activation=RELU, zero_point=-128)
    x = m.max_pool(x, (2, 2), (2, 2))
    x = m.conv(x, 8, (3, 3), padding=VALID, activation=RELU, zero_point=-128)
    x = m.reshape(x, (-1, 4 * 3 * 8))
    m.also = [m.fully_connected(x, 5, zero_point=12)]
    m.softmax(m.also[0])
    m.random_runs = 6

    m = models.new("net_depthwise")
    x = m.conv(m.input((1, 13, 8, 2), 0.03, 9), 8, (3, 3), (2, 2), activation=RELU6, zero_point=-128)
    y = m.depthwise(x, (3, 3), activation=RELU6, zero_point=-128)
    y = m.conv(y, 8, (1, 1), zero_point=2)
    x = m.add(x, y, scale=y.scale * 1.5, zero_point=-14)
    x = m.depthwise(x, (3, 3), stride=(2, 2), activation=RELU, zero_point=-128)
    x = m.mean(m.conv(x, 12, (1, 1), activation=RELU, zero_point=-128))
    x = m.tanh(m.fully_connected(x, 6, zero_point=0))
    m.also = [x]
    m.logistic(m.fully_connected(x, 3, zero_point=0))
    m.random_runs = 6


def random_inputs(m, runs=4):
    """Random content of every input, of any integer type."""
    def draw(t):
        if t.dtype == "bool":
            return m.random.randint(0, 2, t.shape).astype(bool)
        info = np.iinfo(t.dtype)
        return m.random.randint(info.min, info.max + 1, t.shape).astype(t.dtype)

    m.given_runs = [[draw(t) for t in m.inputs] for _ in range(runs)]


def reductions(models):
    def reduced(name, builtin, shape, axes, keep=False, dtype="int8", scale=0.05, zero_point=3, to=None):
        m = models.new(name)
        x = m.tensor(shape, dtype, scale, zero_point)
        m.inputs.append(x)
        options = schema.ReducerOptionsT()
        options.keepDims = keep
        at = [axis % len(shape) for axis in axes]
        kept = [1 if i in at else n for i, n in enumerate(shape) if keep or i not in at]
        y = m.tensor(kept, dtype, *(to or (scale, zero_point)))
        m.op(builtin, [x, m.tensor([len(axes)], "int32", data=axes)], y, OPTIONS.ReducerOptions, options)
        random_inputs(m)

    reduced("sum", OP.SUM, (2, 3, 4, 5), (1, 3), to=(0.31, -9))
    reduced("sum_first", OP.SUM, (6, 7), (0,), True, to=(0.2, 20))
    reduced("sum_int16", OP.SUM, (3, 11), (-1,), dtype="int16", scale=0.001, zero_point=0, to=(0.004, 0))
    reduced("mean_apart", OP.MEAN, (3, 4, 5), (0, -1), to=(0.021, -40))
    reduced("mean_outer", OP.MEAN, (5, 2, 3), (0,), True)
    reduced("mean_int16", OP.MEAN, (1, 5, 3, 4), (1, 2), dtype="int16", scale=0.001, zero_point=0, to=(0.0004, 0))
    reduced("reduce_max", OP.REDUCE_MAX, (2, 5, 3, 4), (1, 2))
    reduced("reduce_min", OP.REDUCE_MIN, (4, 6), (-1,), True)


def matrices(models):
    def product(name, a, b, adj_x=False, adj_y=False, dtype="int8", scale=0.6, zero_points=(3, -7, 11)):
        m = models.new(name)
        x, y = m.tensor(a, dtype, 0.031, zero_points[0]), m.tensor(b, dtype, 0.027, zero_points[1])
        m.inputs += [x, y]
        options = schema.BatchMatMulOptionsT()
        options.adjX, options.adjY = adj_x, adj_y
        rows, columns = a[-1] if adj_x else a[-2], b[-2] if adj_y else b[-1]
        shape = (*np.broadcast_shapes(a[:-2], b[:-2]), rows, columns)
        m.op(OP.BATCH_MATMUL, [x, y], m.tensor(shape, dtype, scale, zero_points[2]), OPTIONS.BatchMatMulOptions, options)
        random_inputs(m)

    product("batch_matmul", (2, 3, 5), (2, 5, 4))
    product("batch_matmul_transposed", (4, 6), (3, 4), True, True)
    product("batch_matmul_broadcast", (2, 1, 3, 4), (1, 2, 4, 3))
    product("batch_matmul_int16", (2, 3, 7), (2, 4, 7), False, True, "int16", 120.0, (0, 0, 0))


def images_and_sums(models):
    for name, options_of in (("", {}), ("_corners", {"alignCorners": True}), ("_centers", {"halfPixelCenters": True})):
        m = models.new("resize_bilinear" + name)
        x = m.input((1, 4, 5, 3))
        options = schema.ResizeBilinearOptionsT()
        for option, value in options_of.items():
            setattr(options, option, value)
        y = m.tensor((1, 7, 3, 3), "int8", x.scale, x.zero_point)
        m.op(OP.RESIZE_BILINEAR, [x, m.tensor([2], "int32", data=(7, 3))], y, OPTIONS.ResizeBilinearOptions, options)

    for name, builtin, kind in (("arg_max", OP.ARG_MAX, "ArgMax"), ("arg_min", OP.ARG_MIN, "ArgMin")):
        m = models.new(name)
        x = m.input((4, 9))
        options = getattr(schema, kind + "OptionsT")()
        options.outputType = schema.TensorType.INT32
        y = m.tensor((4,), "int32")
        m.op(builtin, [x, m.tensor([1], "int32", data=(1,))], y, getattr(OPTIONS, kind + "Options"), options)
        random_inputs(m)

    m = models.new("cumsum")
    x = m.input((3, 8), 0.03, 0)
    options = schema.CumsumOptionsT()
    options.exclusive, options.reverse = True, True
    y = m.tensor((3, 8), "int8", 0.07, -5)
    m.op(OP.CUMSUM, [x, m.tensor([], "int32", data=np.array(1))], y, OPTIONS.CumsumOptions, options)
    m.litert = False  # has no int8 form


def layers_in_other_forms(models):
    """Transposed and grouped convolution, int16 activations, int4 weights."""

    def layer(name, kind, shape, outputs, kernel, out, dtype="int8", weights="int8", bias="int32", stride=(1, 1),
              padding=SAME, activation=NONE, groups=1, per_channel=True):  # fmt: skip
        m = models.new(name)
        x = m.tensor(shape, dtype, *((0.05, 3) if dtype == "int8" else (0.0002, 0)))
        m.inputs.append(x)
        depth = shape[-1] // groups
        full = {"depthwise": (1, *kernel, outputs), "dense": (outputs, depth)}.get(kind, (outputs, *kernel, depth))
        scales = m.random.uniform(0.002, 0.02, outputs if per_channel else 1).astype(np.float32)
        most = 7 if weights == "int4" else 127
        w = m.tensor(full, weights, scales, 0, m.random.randint(-most, most + 1, full), 3 if kind == "depthwise" else 0)
        spread = (20000 if dtype == "int8" else 5000000) * most // 127
        b = m.tensor([outputs], bias, x.scale * scales, 0, m.random.randint(-spread, spread + 1, outputs)) if bias else None
        terms = int(np.prod(kernel)) * (1 if kind == "depthwise" else depth)
        one_input, of_output = (74, 45) if dtype == "int8" else (18900, 11500)
        scale = float(np.float32(x.scale * np.mean(scales) * one_input * 74 * most / 127 * np.sqrt(terms) / of_output))
        y = m.tensor(out, dtype, scale, 5 if dtype == "int8" else 0)
        name_of_options = {"conv": "Conv2D", "depthwise": "DepthwiseConv2D", "dense": "FullyConnected", "spread": "TransposeConv"}[kind]
        options = getattr(schema, name_of_options + "OptionsT")()
        options.fusedActivationFunction = activation
        if kind != "dense":
            options.padding, options.strideH, options.strideW = padding, *stride
        if kind == "depthwise":
            options.depthMultiplier = outputs // shape[-1]
        operands = [x, w] + ([b] if b else [])
        if kind == "spread":
            operands = [m.tensor([4], "int32", data=out), w, x] + ([b] if b else [])
        builtin = {"conv": OP.CONV_2D, "depthwise": OP.DEPTHWISE_CONV_2D, "dense": OP.FULLY_CONNECTED, "spread": OP.TRANSPOSE_CONV}
        m.op(builtin[kind], operands, y, getattr(OPTIONS, name_of_options + "Options"), options)
        random_inputs(m)
        return m

    layer("transpose_conv", "spread", (1, 4, 5, 3), 2, (3, 4), (1, 8, 10, 2), stride=(2, 2))
    layer("transpose_conv_valid", "spread", (2, 3, 2, 2), 3, (4, 2), (2, 9, 5, 3), stride=(2, 3), padding=VALID, activation=RELU)
    layer("transpose_conv_no_bias", "spread", (1, 3, 3, 5), 4, (5, 5), (1, 3, 3, 4), bias=None)
    layer("transpose_conv_int16", "spread", (1, 2, 6, 4), 3, (3, 4), (1, 4, 14, 3), "int16", bias="int64", stride=(1, 2), padding=VALID)
    layer("conv2d_groups", "conv", (1, 6, 5, 6), 4, (3, 3), (1, 3, 5, 4), stride=(2, 1), groups=2)
    layer("conv2d_int4", "conv", (1, 5, 6, 3), 5, (3, 3), (1, 5, 6, 5), weights="int4", activation=RELU)
    layer("depthwise_int4", "depthwise", (1, 7, 5, 3), 6, (3, 3), (1, 4, 3, 6), weights="int4", stride=(2, 2))
    layer("fully_connected_int4", "dense", (3, 9), 5, (1, 1), (3, 5), weights="int4", per_channel=False)
    layer("conv2d_int16", "conv", (1, 5, 6, 3), 5, (3, 3), (1, 5, 6, 5), "int16", bias="int64", activation=RELU6)
    layer("conv2d_int16_no_bias", "conv", (1, 4, 4, 2), 3, (2, 2), (1, 4, 4, 3), "int16", bias=None).litert = False
    layer("conv2d_int16_bias32", "conv", (1, 5, 6, 3), 5, (3, 3), (1, 5, 6, 5), "int16").litert = False
    layer("depthwise_int16", "depthwise", (2, 6, 5, 4), 4, (3, 3), (2, 6, 5, 4), "int16", bias="int64")
    layer("fully_connected_int16", "dense", (3, 9), 5, (1, 1), (3, 5), "int16", bias="int64", per_channel=False)
    layer("fully_connected_int16_bias32", "dense", (3, 9), 5, (1, 1), (3, 5), "int16", per_channel=False).litert = False


def element_by_element(models):
    every_pair = [np.repeat(ALL_BYTES, 8).reshape(1, 2048), np.tile(ALL_BYTES[3::32], 256).reshape(1, 2048)]
    every_byte = [[ALL_BYTES.reshape(1, 256)]]

    def options_of(kind, **fields):
        options = getattr(schema, kind + "OptionsT")()
        for field, value in fields.items():
            setattr(options, field, value)
        return getattr(OPTIONS, kind + "Options"), options

    def pair(name, builtin, kind, dtype, scales, zero_points, shapes, **fields):
        m = models.new(name)
        a, b = (m.tensor(shapes[i], dtype, scales[i], zero_points[i], name=f"input{i}") for i in range(2))
        m.inputs = [a, b]
        y = m.tensor(np.broadcast_shapes(*shapes), dtype, scales[2], zero_points[2])
        m.op(builtin, [a, b], y, *options_of(kind, **fields))
        if dtype == "int16":
            random_inputs(m, 2)
        elif shapes[0] == (1, 2048):
            m.given_runs = [every_pair]
        return m

    flat, wide = ((1, 2048), (1, 2048)), (0, 0, 0)
    pair("sub", OP.SUB, "Sub", "int8", (0.05, 0.031, 0.08), (3, -17, -11), flat)
    pair("sub_first", OP.SUB, "Sub", "int8", (0.05, 0.031, 0.07), (3, -17, 9), ((4,), (2, 3, 4)), fusedActivationFunction=RELU)
    pair("squared_difference", OP.SQUARED_DIFFERENCE, "SquaredDifference", "int8", (0.05, 0.031, 0.6), (3, -17, -128), flat)
    m = pair("div", OP.DIV, "Div", "int8", (0.05, 0.031, 0.016), (3, -130 + 2, -11), flat)
    m.given_runs = [[every_pair[0], np.maximum(every_pair[1], -100)]]
    for name, kind, scale in (("add", "Add", 0.0003), ("sub", "Sub", 0.0003), ("mul", "Mul", 0.0005),
                              ("squared_difference", "SquaredDifference", 0.01)):  # fmt: skip
        m = pair(name + "_int16", getattr(OP, name.upper()), kind, "int16", (0.0002, 0.00013, scale), wide, ((3, 5, 7), (3, 1, 7)))
        m.litert = name != "squared_difference"

    def unary(name, builtin, scales, zero_points, dtype="int8", kind=None, shape=(1, 256), **fields):
        m = models.new(name)
        x = m.tensor(shape, dtype, scales[0], zero_points[0], name="input0")
        m.inputs = [x]
        m.unary(builtin, x, scales[1], zero_points[1], dtype, *(options_of(kind, **fields) if kind else ()))
        if dtype == "int16":
            random_inputs(m, 2)
        elif shape == (1, 256):
            m.given_runs = every_byte
        return m

    for suffix, alpha in (("", 0.2), ("_steep", 1.7), ("_turned", -0.4)):
        unary("leaky_relu" + suffix, OP.LEAKY_RELU, (0.05, 0.041), (3, -20), kind="LeakyRelu", alpha=alpha)
    unary("leaky_relu_int16", OP.LEAKY_RELU, (0.0002, 0.00017), (0, 0), "int16", "LeakyRelu", alpha=0.3)
    unary("abs", OP.ABS, (0.05, 0.041), (-30, -128), kind="Abs")
    unary("abs_int16", OP.ABS, (0.0002, 0.00017), (0, 0), "int16", "Abs")
    unary("relu_int16", OP.RELU, (0.0002, 0.00017), (0, 0), "int16")
    for suffix, scale, output in (("", 0.05, 0.04), ("_wide", 0.3, 0.2), ("_fine", 0.004, 0.004), ("_coarse", 1.2, 0.9)):
        unary("hard_swish" + suffix, OP.HARD_SWISH, (scale, output), (-7, -100), kind="HardSwish").litert = False
    unary("elu", OP.ELU, (0.05, 0.03), (20, -60)).litert = False
    m = unary("rsqrt", OP.RSQRT, (0.05, 0.03), (-128, -128))
    m.given_runs = [[ALL_BYTES[1:].reshape(1, 255)]]
    m.graph.tensors[0].shape = m.graph.tensors[1].shape = [1, 255]
    for suffix, scale in (("", 0.1), ("_sharp", 1.1), ("_flat", 0.006)):
        unary("log_softmax" + suffix, OP.LOG_SOFTMAX, (scale, 16 / 256), (-4, 127), kind="LogSoftmax", shape=(6, 11))
    unary("l2_normalization", OP.L2_NORMALIZATION, (0.05, 1 / 128), (11, 0), kind="L2Norm", shape=(5, 9))

    for dtype, scale, zero_points in (("int8", 0.05, (3, -9)), ("int16", 0.0002, (0, 0))):
        m = models.new("prelu" + ("" if dtype == "int8" else "_int16"))
        x = m.tensor((2, 3, 4, 5), dtype, scale, zero_points[0], name="input0")
        m.inputs = [x]
        alpha = m.tensor((1, 1, 5), "int8", 0.009, 12, m.random.randint(-128, 128, (1, 1, 5)))
        m.op(OP.PRELU, [x, alpha], m.tensor(x.shape, dtype, scale * 0.9, zero_points[1]))
        if dtype == "int16":
            random_inputs(m, 2)


def movement(models):
    """Ops that only move bytes, or read where from."""

    def add(name, builtin, shape, result, operands=(), options_type=0, options=None, first=False):
        """One op on an int8 input (the last operand if not `first`) and constant int32 operands."""
        m = models.new(name)
        x = m.input(shape)
        constants = [m.tensor(np.shape(c), "int32", data=c) for c in operands]
        y = m.tensor(result, "int8", x.scale, x.zero_point)
        m.op(builtin, [*constants, x] if first else [x, *constants], y, options_type, options)
        return m

    def with_fields(options, **fields):
        for key, value in fields.items():
            setattr(options, key, value)
        return options

    add("pad", OP.PAD, (1, 4, 3, 2), (1, 7, 4, 2), [[[0, 0], [1, 2], [0, 1], [0, 0]]], OPTIONS.PadOptions, schema.PadOptionsT())
    add("mirror_pad", OP.MIRROR_PAD, (1, 4, 3), (1, 9, 5), [[[0, 0], [2, 3], [1, 1]]], OPTIONS.MirrorPadOptions,
        with_fields(schema.MirrorPadOptionsT(), mode=0))  # fmt: skip
    add("mirror_pad_symmetric", OP.MIRROR_PAD, (3, 4), (5, 9), [[[2, 0], [1, 4]]], OPTIONS.MirrorPadOptions,
        with_fields(schema.MirrorPadOptionsT(), mode=1))  # fmt: skip
    add("transpose", OP.TRANSPOSE, (2, 3, 4, 5), (2, 5, 3, 4), [[0, 3, 1, 2]], OPTIONS.TransposeOptions, schema.TransposeOptionsT())
    add("strided_slice", OP.STRIDED_SLICE, (3, 7, 4), (7, 2), [[-2, 0, -1], [0, 0, -5], [1, 1, -2]], OPTIONS.StridedSliceOptions,
        with_fields(schema.StridedSliceOptionsT(), beginMask=2, endMask=2, shrinkAxisMask=1))  # fmt: skip
    add("slice", OP.SLICE, (2, 5, 4), (1, 3, 4), [[1, 1, 0], [1, 3, -1]], OPTIONS.SliceOptions, schema.SliceOptionsT())
    add("space_to_batch", OP.SPACE_TO_BATCH_ND, (1, 5, 4, 2), (6, 4, 3, 2), [[2, 3], [[2, 1], [1, 4]]],
        OPTIONS.SpaceToBatchNDOptions, schema.SpaceToBatchNDOptionsT())  # fmt: skip
    add("batch_to_space", OP.BATCH_TO_SPACE_ND, (4, 3, 3, 2), (1, 2, 4, 2), [[2, 2], [[3, 1], [0, 2]]],
        OPTIONS.BatchToSpaceNDOptions, schema.BatchToSpaceNDOptionsT())  # fmt: skip
    add("space_to_depth", OP.SPACE_TO_DEPTH, (2, 4, 6, 3), (2, 2, 3, 12), [], OPTIONS.SpaceToDepthOptions,
        with_fields(schema.SpaceToDepthOptionsT(), blockSize=2))  # fmt: skip
    add("depth_to_space", OP.DEPTH_TO_SPACE, (1, 2, 3, 12), (1, 4, 6, 3), [], OPTIONS.DepthToSpaceOptions,
        with_fields(schema.DepthToSpaceOptionsT(), blockSize=2))  # fmt: skip
    add("gather", OP.GATHER, (2, 3, 6), (2, 3, 2, 2), [[[5, 1], [0, 3]]], OPTIONS.GatherOptions,
        with_fields(schema.GatherOptionsT(), axis=2))  # fmt: skip
    add("gather_nd", OP.GATHER_ND, (3, 2, 4), (2, 4), [[[2, 1], [0, 0]]], OPTIONS.GatherNdOptions, schema.GatherNdOptionsT())
    for name, align, half in (("", False, False), ("_half_pixel", False, True), ("_align_corners", True, False)):
        add("resize_nearest" + name, OP.RESIZE_NEAREST_NEIGHBOR, (1, 4, 5, 2), (1, 7, 3, 2), [[7, 3]],
            OPTIONS.ResizeNearestNeighborOptions,
            with_fields(schema.ResizeNearestNeighborOptionsT(), alignCorners=align, halfPixelCenters=half))  # fmt: skip

    m = models.new("keras_reshape")  # the shape is computed by ops, as Keras writes it
    x = m.input((1, 3, 8))
    shape = m.op(OP.SHAPE, [x], m.tensor([3], "int32"), OPTIONS.ShapeOptions,
                 with_fields(schema.ShapeOptionsT(), outType=schema.TensorType.INT32))  # fmt: skip
    batch = m.op(OP.STRIDED_SLICE, [shape, *(m.tensor([1], "int32", data=[n]) for n in (0, 1, 1))], m.tensor([], "int32"),
                 OPTIONS.StridedSliceOptions, with_fields(schema.StridedSliceOptionsT(), shrinkAxisMask=1))  # fmt: skip
    parts = [batch, *(m.tensor([], "int32", data=np.array(n)) for n in (6, 4))]
    wanted = m.op(OP.PACK, parts, m.tensor([3], "int32"), OPTIONS.PackOptions, with_fields(schema.PackOptionsT(), valuesCount=3))
    y = m.tensor((1, 6, 4), "int8", x.scale, x.zero_point)
    m.op(OP.RESHAPE, [x, wanted], y, OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())

    m = models.new("concatenation")
    parts = [m.input((1, 3, 2, channels)) for channels in (4, 1, 5)]
    y = m.tensor((1, 3, 2, 10), "int8", parts[0].scale, parts[0].zero_point)
    m.op(OP.CONCATENATION, parts, y, OPTIONS.ConcatenationOptions, with_fields(schema.ConcatenationOptionsT(), axis=-1))


def truth(models):
    def pair(name, kind, a, b):
        m = models.new(name)
        x, y = (m.tensor(*t) for t in (a, b))
        m.inputs += [x, y]
        builtin = getattr(OP, "".join("_" + c if c.isupper() else c.upper() for c in kind).strip("_"))
        output = m.tensor(np.broadcast_shapes(x.shape, y.shape), "bool")
        m.op(builtin, [x, y], output, getattr(OPTIONS, kind + "Options"), getattr(schema, kind + "OptionsT")())
        random_inputs(m)

    near = ((64,), "int8", 0.05, 3), ((64,), "int8", 0.049, -17)
    pair("equal", "Equal", ((2, 128), "int8", 0.003, 3), ((2, 128), "int8", 0.0029, 5))
    pair("not_equal", "NotEqual", ((2, 128), "int8", 0.003, 3), ((2, 128), "int8", 0.0029, 5))
    pair("greater", "Greater", *near)
    pair("greater_equal", "GreaterEqual", *near)
    pair("less", "Less", ((4, 5), "int8", 0.3, 3), ((5,), "int8", 0.29, -17))
    pair("less_equal", "LessEqual", *near)
    pair("logical_and", "LogicalAnd", ((4, 6), "bool"), ((4, 6), "bool"))
    pair("logical_or", "LogicalOr", ((4, 6), "bool"), ((6,), "bool"))

    m = models.new("logical_not")
    x = m.tensor((3, 9), "bool")
    m.inputs.append(x)
    m.op(OP.LOGICAL_NOT, [x], m.tensor(x.shape, "bool"), OPTIONS.LogicalNotOptions, schema.LogicalNotOptionsT())
    random_inputs(m)

    for name, dtype, shapes in (
        ("select_v2", "int8", ((2, 3, 4), (2, 3, 4), (2, 3, 4))),
        ("select_v2_broadcast", "int8", ((3, 1), (2, 3, 4), (1, 4))),
        ("select_v2_int16", "int16", ((5,), (5,), (5,))),
    ):
        m = models.new(name)
        zero_point = 4 if dtype == "int8" else 0
        operands = [m.tensor(shapes[0], "bool"), *(m.tensor(s, dtype, 0.05, zero_point) for s in shapes[1:])]
        m.inputs += operands
        y = m.tensor(np.broadcast_shapes(*shapes), dtype, 0.05, zero_point)
        m.op(OP.SELECT_V2, operands, y, OPTIONS.SelectV2Options, schema.SelectV2OptionsT())
        random_inputs(m)


def all_models():
    models = Collection()
    layers_with_weights(models)
    pools(models)
    pairs(models)
    elementwise(models)
    networks(models)
    reductions(models)
    matrices(models)
    images_and_sums(models)
    layers_in_other_forms(models)
    recurrent(models)
    element_by_element(models)
    movement(models)
    truth(models)
    return models.models
