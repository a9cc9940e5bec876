"""Golden models that carry state from one inference to the next: the runs of each are one sequence."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from golden_builder import NUMPY, OP, OPTIONS, RELU, TYPES, Tensor

TYPES |= {"int16": schema.TensorType.INT16, "int64": schema.TensorType.INT64, "resource": schema.TensorType.RESOURCE}
NUMPY |= {"int16": np.int16, "int64": np.int64}
TANH = schema.ActivationFunctionType.TANH


def variable(m, shape, dtype, scale, zero_point=0):
    t = m.tensor(shape, dtype, scale, zero_point)
    m.graph.tensors[t.index].isVariable = True
    return t


def sequences(m, shape, dtype, runs):
    low, high = np.iinfo(NUMPY[dtype]).min, np.iinfo(NUMPY[dtype]).max
    return [[m.random.randint(low, high + 1, shape).astype(NUMPY[dtype])] for _ in range(runs)]


def lstm(m, batches, steps, inputs, units, dtype="int8", time_major=False, clip=10.0, cell=2.0**-11):
    wide = dtype == "int16"
    rows = (steps, batches) if time_major else (batches, steps)
    scale = np.float32(3 / 32768 if wide else 3 / 128)
    x = m.tensor((*rows, inputs), dtype, scale, 0 if wide else -9, name="input0")
    m.inputs.append(x)
    hidden_scale, hidden_zero = (1 / 32768, 0) if wide else (1 / 128, 5)

    def weights(depth):
        return m.tensor((units, depth), "int8", m.random.uniform(0.004, 0.012), 0, m.random.randint(-127, 128, (units, depth)))

    from_input, from_hidden = [weights(inputs) for _ in range(4)], [weights(units) for _ in range(4)]
    biases = []
    for w in from_input:
        step = float(scale * np.float32(w.scale))
        biases.append(m.tensor([units], "int64" if wide else "int32", step, 0, m.random.uniform(-0.5, 0.5, units) / step))
    hidden = variable(m, (batches, units), dtype, hidden_scale, hidden_zero)
    state = variable(m, (batches, units), "int16", cell)
    options = schema.UnidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction, options.cellClip, options.timeMajor = TANH, clip, time_major
    operands = [x, *from_input, *from_hidden, *[None] * 3, *biases, None, None, hidden, state, *[None] * 4]
    y = m.tensor((*rows, units), dtype, hidden_scale, hidden_zero)
    m.given_runs = sequences(m, x.shape, dtype, 5)
    m.litert = False  # rounds otherwise, and demands tensors that only it looks at
    return m.op(OP.UNIDIRECTIONAL_SEQUENCE_LSTM, operands, y, OPTIONS.UnidirectionalSequenceLSTMOptions, options)


def svdf(m, batches, inputs, filters, rank, memory, state="int8"):
    wide = state == "int16"
    x = m.input((batches, inputs), 0.04, -7)
    features = m.tensor((filters, inputs), "int8", 0.0093, 0, m.random.randint(-127, 128, (filters, inputs)))
    bound = 16500 if wide else 127
    times = m.tensor((filters, memory), state, 6e-5 if wide else 0.012, 0, m.random.randint(-bound, bound + 1, (filters, memory)))
    state_scale = 3 * inputs**0.5 / (32768 if wide else 128)
    held = variable(m, (batches, filters * memory), state, state_scale, 0 if wide else -21)
    bias = m.tensor([filters // rank], "int32", state_scale * times.scale, 0, m.random.randint(-900, 901, filters // rank))
    options = schema.SVDFOptionsT()
    options.rank, options.fusedActivationFunction = rank, RELU
    y = m.tensor((batches, filters // rank), "int8", 3 * inputs**0.5 * (memory * rank) ** 0.5 / 128, -30)
    m.given_runs = sequences(m, x.shape, "int8", 6)
    m.litert = wide  # takes a state in int8 for one in int16
    m.op(OP.SVDF, [x, features, times, bias, held], y, OPTIONS.SVDFOptions, options)
    m.codes[-1].version = 3
    return y


def handle(m, name):
    options = schema.VarHandleOptionsT()
    options.container, options.sharedName = "", name
    return m.op(OP.VAR_HANDLE, [], m.tensor((), "resource"), OPTIONS.VarHandleOptions, options)


def assign(m, variable_handle, value):
    nothing = Tensor(-1, (), None, None, 0)
    m.op(OP.ASSIGN_VARIABLE, [variable_handle, value], nothing, OPTIONS.AssignVariableOptions, schema.AssignVariableOptionsT())
    m.graph.operators[-1].outputs = []


def counter(m):
    """output = input + a variable, which starts at given numbers and then holds the output."""
    network = m.graph
    m.graph = schema.SubGraphT()
    m.graph.name, m.graph.inputs, m.graph.outputs = "start", [], []
    m.graph.tensors, m.graph.operators = [], []
    assign(m, handle(m, "counter"), m.tensor((1, 3), "int8", 0.05, 3, [10, -20, 30]))
    m.more_graphs = [m.graph]
    m.graph = network
    options = schema.CallOnceOptionsT()
    options.initSubgraphIndex = 1
    m.op(OP.CALL_ONCE, [], Tensor(-1, (), None, None, 0), OPTIONS.CallOnceOptions, options)
    m.graph.operators[-1].outputs = []
    x = m.input((1, 3))
    held = handle(m, "counter")
    before = m.tensor((1, 3), "int8", 0.05, 3)
    m.op(OP.READ_VARIABLE, [held], before, OPTIONS.ReadVariableOptions, schema.ReadVariableOptionsT())
    after = m.add(x, before, 0.05, 3)
    assign(m, held, after)
    m.last = after
    m.given_runs = [[m.random.randint(-20, 21, (1, 3)).astype(np.int8)] for _ in range(5)]


def recurrent(models):
    lstm(models.new("lstm"), 1, 7, 5, 6)
    lstm(models.new("lstm_batch"), 3, 4, 2, 5, clip=0.5, cell=2.0**-12)
    lstm(models.new("lstm_time_major"), 2, 5, 3, 4, time_major=True, clip=0.0, cell=2.0**-9)
    lstm(models.new("lstm_int16"), 2, 5, 4, 5, "int16", cell=2.0**-13)
    svdf(models.new("svdf"), 1, 9, 6, 1, 5)
    svdf(models.new("svdf_rank2"), 2, 7, 8, 2, 3)
    svdf(models.new("svdf_state16"), 1, 8, 6, 3, 4, "int16")
    counter(models.new("variable"))
