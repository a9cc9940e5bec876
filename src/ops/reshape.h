#pragma once

#include "ops/movement.h"

namespace mote {

/// The same elements under another shape. Operands: input, shape (constant int32, optional). The operand wins over the
/// attribute. One extent may be -1: as much as is left, so that {-1, n} follows a change of batch.
struct Reshape {
  Shape shape;  ///< where there is no shape operand

  static constexpr std::string_view kName = "reshape";
  static constexpr TfliteName kTflite{22, 17};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "shape", shape);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Reshape>> cases();

  friend bool operator==(const Reshape&, const Reshape&) = default;
};

/// The same elements without dimensions of extent 1: those that are listed, or all if none is. Operand: input.
struct Squeeze : MovementOp<Squeeze> {
  std::vector<int32_t> squeeze_dims;

  static constexpr std::string_view kName = "squeeze";
  static constexpr TfliteName kTflite{43, 30};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "squeeze_dims", squeeze_dims);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Squeeze>> cases();
  friend bool operator==(const Squeeze&, const Squeeze&) = default;
};

/// The same elements with one more dimension of extent 1. Operands: input, axis (constant; -1: innermost).
struct ExpandDims : MovementOp<ExpandDims> {
  static constexpr std::string_view kName = "expand_dims";
  static constexpr TfliteName kTflite{70, 52};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<ExpandDims>> cases();
  friend bool operator==(const ExpandDims&, const ExpandDims&) = default;
};

}  // namespace mote
