#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ops/all_ops.h"

namespace mote {

using ValueId = int32_t;
/// An operand that was left out (a bias).
inline constexpr ValueId kNoValue = -1;

/// A tensor that flows through the graph, a constant, or state that lives from one inference to the next.
struct Value {
  std::string name;
  TensorType type;
  std::optional<Tensor> constant;  ///< content, if known before the model runs; its type equals `type`
  std::optional<Tensor> initial;   ///< of state: content before the first inference and after a reset
};

struct Node {
  Op op;
  std::vector<ValueId> inputs;  ///< kNoValue for an operand left out
  std::vector<ValueId> outputs;
  std::string name;
};

/// A network: values, and nodes in an order in which each reads only what is there.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;

  [[nodiscard]] const Value& value(ValueId id) const { return values[static_cast<size_t>(id)]; }
  [[nodiscard]] Value& value(ValueId id) { return values[static_cast<size_t>(id)]; }

  ValueId add_value(std::string name, TensorType type);
  ValueId add_constant(std::string name, Tensor content);
  ValueId add_state(std::string name, Tensor initial);
  /// Adds a node at the end and a value for each of its outputs, with inferred types. Returns the first output.
  [[nodiscard]] Result<ValueId> add_node(Op op, std::vector<ValueId> inputs, std::string name);

  /// The node's operands as an op sees them.
  [[nodiscard]] std::vector<Argument> arguments(const std::vector<ValueId>& ids) const;
};

/// Refuses a graph that breaks a rule of its own: ids in range, operands written before they are read and only once,
/// constants of the declared size, state where an op carries it and nowhere else, inferred shapes equal to declared
/// ones, quantization parameters in range.
[[nodiscard]] Result<> verify(const Graph& graph);

/// State as the reference starts it: each byte 0, or for int8 the zero point.
[[nodiscard]] Tensor initial_state(const TensorType& type);

/// Bytes of all state: what the model carries from one inference to the next.
[[nodiscard]] size_t state_bytes(const Graph& graph);

/// Sets the batch (first extent) of the graph's inputs and infers all other shapes again. Refuses graphs with state,
/// which belongs to one sequence.
[[nodiscard]] Result<> set_batch(Graph& graph, int32_t batch);

/// Multiply-accumulates of one node, and of one inference of the whole graph.
[[nodiscard]] int64_t node_macs(const Graph& graph, const Node& node);
[[nodiscard]] int64_t total_macs(const Graph& graph);
/// Elements of all constants that are weights or biases.
[[nodiscard]] int64_t parameter_count(const Graph& graph);

/// The graph as text, a line a node.
[[nodiscard]] std::string text(const Graph& graph);

}  // namespace mote
