#pragma once

#include "onnx/importer.h"

namespace mote {

/// An op of one operand.
template <class T>
[[nodiscard]] Result<> convert_unary(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  node.ignore({"consumed_inputs"});
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(T{}, {node.input(0)}));
  importer.bind(node, 0, result);
  return {};
}

/// The second operand of versions before 7, whose axes begin at the attribute `axis` of the first one.
[[nodiscard]] inline Result<ValueId> placed_operand(Importer& importer, const OnnxNode& node) {
  const ValueId second = node.input(1);
  if (importer.opset() >= 7) return second;
  const bool broadcasts = node.flag("broadcast", false);
  if (!broadcasts || !node.has_attribute("axis")) return second;
  const int32_t rank = importer.rank(node.input(0));
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", -1), std::max(rank, 1)));
  Shape shape = importer.shape(second);
  while (static_cast<int32_t>(shape.size()) + axis < rank) shape.push_back(1);
  return importer.reshape(second, shape);
}

/// An op of two operands that broadcast.
template <class T>
[[nodiscard]] Result<> convert_pair(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  node.ignore({"consumed_inputs", "broadcast"});
  ValueId first = node.input(0);
  MOTE_TRY_ASSIGN(ValueId second, placed_operand(importer, node));
  if (importer.known(first) == nullptr) {
    MOTE_TRY_ASSIGN(second, importer.layer_constant(second));
  } else if (importer.known(second) == nullptr) {
    MOTE_TRY_ASSIGN(first, importer.layer_constant(first));
  }
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(T{}, {first, second}));
  importer.bind(node, 0, result);
  return {};
}

}  // namespace mote
