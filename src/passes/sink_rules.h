#pragma once

#include <functional>
#include <optional>

#include "passes/permutation.h"

namespace mote {

/// A value that is a transposed other one.
struct TransposedView {
  ValueId source;
  Order order;
};

/// What a rule may look at and add.
struct SinkContext {
  Graph& graph;
  std::function<const TransposedView*(ValueId)> view;
  std::function<ValueId(Node)> emit;  ///< adds a node of one result before the one at hand; gives the result
  /// The constant that a Dequantize yields, or null.
  std::function<const Tensor*(ValueId)> dequantized;
};

/// An op that works on the sources, and the order its result is then to be transposed by.
struct SunkNode {
  Op op;
  std::vector<ValueId> inputs;
  Order order;
};

/// The node with the transposes of its operands behind it, if there are any and the op allows it. The node has one
/// result.
[[nodiscard]] std::optional<SunkNode> sink(SinkContext& context, const Node& node);

}  // namespace mote
