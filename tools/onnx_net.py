"""Small ONNX graphs, node by node, and what ONNX Runtime computes from random inputs: for tools/golden_onnx.py."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64, np.dtype(bool): TensorProto.BOOL,
         np.dtype(np.float64): TensorProto.DOUBLE, np.dtype(np.int32): TensorProto.INT32}  # fmt: skip


class Net:
    """A graph in the making: every call adds a node and gives the name of its first result."""

    def __init__(self, opset=13, rtol=1e-3, atol=1e-6, seed=7):
        self.nodes, self.constants, self.inputs, self.values = [], [], [], []
        self.opset, self.rtol, self.atol = opset, rtol, atol
        self.rng = np.random.default_rng(seed)

    def input(self, *shape, dtype=np.float32, low=-2.0, high=2.0, batch=None):
        name = f"in{len(self.inputs)}"
        declared = [batch] + list(shape[1:]) if batch else shape
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[np.dtype(dtype)], declared))
        if np.dtype(dtype).kind == "f":
            value = self.rng.uniform(low, high, shape).astype(dtype)
        else:
            value = self.rng.integers(int(low), int(high) + 1, shape).astype(dtype)
        self.values.append(value)
        return name

    def constant(self, value, dtype=None):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def weights(self, *shape, scale=0.5):
        return self.constant(self.rng.normal(0, scale, shape).astype(np.float32))

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def add(self, op, *inputs, outputs=1, domain="", **attributes):
        names = [f"t{len(self.nodes)}" + (f"_{i}" if i else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def finish(self, *outputs):
        graph = helper.make_graph(self.nodes, "net", self.inputs, [helper.make_empty_tensor_value_info(o) for o in outputs],
                                  self.constants)  # fmt: skip
        domains = {node.domain for node in self.nodes} - {""}
        opsets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(d, 1) for d in sorted(domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=6 if self.opset < 15 else 9)
        del model.graph.output[:]
        names = {name: value for name, value in zip((i.name for i in self.inputs), self.values)}
        probe = onnx.ModelProto()
        probe.CopyFrom(model)
        probe.graph.output.extend(helper.make_empty_tensor_value_info(o) for o in outputs)
        results = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"]).run(
            list(outputs), names)  # fmt: skip
        for name, result in zip(outputs, results):
            model.graph.output.append(helper.make_tensor_value_info(name, TYPES[result.dtype], result.shape))
        return model, self.values, results, self.rtol, self.atol


class Quantized(Net):
    """Float nets with scales around the ops. int8 results may be a step off: ONNX Runtime rounds otherwise."""

    def scales(self, scale, zero, unsigned):
        return self.constant(np.float32(scale)), self.constant(zero, np.uint8 if unsigned else np.int8)

    def around(self, name, scale, zero, unsigned=False):
        s, z = self.scales(scale, zero, unsigned)
        return self.add("DequantizeLinear", self.add("QuantizeLinear", name, s, z), s, z)

    def stored(self, *shape, axis=None):
        values = self.rng.integers(-127, 128, shape).astype(np.int8)
        if axis is None:
            return self.add("DequantizeLinear", self.constant(values), self.constant(np.float32(0.01)), self.constant(np.int8(0)))
        scales = self.rng.uniform(0.005, 0.02, shape[axis]).astype(np.float32)
        zeros = np.zeros(shape[axis], np.int8)
        self.last_scales = scales
        return self.add("DequantizeLinear", self.constant(values), self.constant(scales), self.constant(zeros), axis=axis)

    def bias(self, scales):
        scales = np.asarray(scales, np.float32)
        values = self.rng.integers(-2000, 2000, scales.shape).astype(np.int32)
        return self.add("DequantizeLinear", self.constant(values), self.constant(scales),
                        self.constant(np.zeros(scales.shape, np.int32)), axis=0)  # fmt: skip
