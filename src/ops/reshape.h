#pragma once

#include "ops/op.h"

namespace mote {

/// The same elements under another shape. Operands: input, shape (constant int32, optional). The operand wins over the
/// attribute. One extent may be -1: as much as is left, so that {-1, n} follows a change of batch.
struct Reshape {
  Shape shape;  ///< where there is no shape operand

  static constexpr std::string_view kName = "reshape";
  static constexpr TfliteName kTflite{22, 17};
  static constexpr bool kAliasesInput = true;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(kNoSlot, "shape", shape);
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

}  // namespace mote
