#include "graph/fold.h"

#include <algorithm>

namespace mote {

namespace {

/// Larger results stay where they are computed.
constexpr size_t kMostBytes = size_t{1} << 24;

bool is_constant(const Graph& graph, const Node& node) {
  if (std::holds_alternative<ShapeOf>(node.op)) return true;
  return !node.inputs.empty() && std::ranges::all_of(node.inputs, [&](ValueId id) {
    return id == kNoValue || graph.value(id).constant.has_value();
  });
}

void* pointer_of(const Graph& graph, const Node& node, Lowered& lowered, std::vector<Tensor>& outputs,
                 std::vector<std::vector<uint64_t>>& scratch, const Operand& operand) {
  const auto at = static_cast<size_t>(operand.index);
  switch (operand.kind) {
    case Operand::Kind::kNone:
    case Operand::Kind::kState:  // never constant
      break;
    case Operand::Kind::kInput: {
      const ValueId id = node.inputs[at];
      // Kernels take operands that they only read as pointers to const.
      return id == kNoValue ? nullptr : const_cast<uint8_t*>(graph.value(id).constant->data.data());
    }
    case Operand::Kind::kOutput:
      return outputs[at].data.data();
    case Operand::Kind::kConstant:
      return lowered.constants[at].bytes.data();
    case Operand::Kind::kScratch:
      return scratch[at].data();
  }
  return nullptr;
}

void run_kernels(const Graph& graph, const Node& node, Lowered& lowered, std::vector<Tensor>& outputs) {
  if (lowered.calls.empty()) {
    outputs[0].data = graph.value(node.inputs[0]).constant->data;
    return;
  }
  std::vector<std::vector<uint64_t>> scratch;
  for (const size_t bytes : lowered.scratch) scratch.emplace_back((bytes + 7) / 8);
  for (const KernelCall& call : lowered.calls) {
    std::vector<void*> pointers;
    for (const Operand& operand : call.operands)
      pointers.push_back(pointer_of(graph, node, lowered, outputs, scratch, operand));
    call.kernel->run(call.parameters.get(), pointers.data());
  }
}

/// False for an op that has a float function only if it reads and writes float.
bool run_float_function(const Graph& graph, const Node& node, std::vector<Tensor>& outputs) {
  ForwardContext context;
  for (const ValueId id : node.inputs) {
    context.inputs.emplace_back();
    if (id == kNoValue) continue;
    const Value& value = graph.value(id);
    if (value.type.dtype != DType::kFloat32) return false;
    context.inputs.back() = {value.type.shape, value.constant->as<float>(), &*value.constant};
  }
  for (Tensor& output : outputs) {
    if (output.type.dtype != DType::kFloat32) return false;
    context.outputs.push_back({output.type.shape, output.as<float>()});
  }
  forward(node.op, context);
  return true;
}

}  // namespace

std::optional<std::vector<Tensor>> fold_node(const Graph& graph, const Node& node) {
  if (node.outputs.empty() || !is_constant(graph, node)) return std::nullopt;
  std::vector<Tensor> outputs;
  for (const ValueId id : node.outputs) {
    const TensorType& type = graph.value(id).type;
    if (!checked_count(type.shape) || type.bytes() > kMostBytes) return std::nullopt;
    outputs.emplace_back(type);
  }
  auto lowered = lower(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs));
  if (lowered)
    run_kernels(graph, node, *lowered, outputs);
  else if (!run_float_function(graph, node, outputs))
    return std::nullopt;
  return outputs;
}

std::optional<std::vector<Tensor>> fold_integers(const Graph& graph, const Node& node) {
  for (const ValueId id : node.outputs) {
    const DType dtype = graph.value(id).type.dtype;
    if (dtype != DType::kInt32 && dtype != DType::kInt64) return std::nullopt;
    for (const auto* ports : {&graph.inputs, &graph.outputs})
      if (std::ranges::find(*ports, id) != ports->end()) return std::nullopt;
  }
  return fold_node(graph, node);
}

}  // namespace mote
