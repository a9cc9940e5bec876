#pragma once

#include "ops/op.h"

namespace mote {

/// output[...][rows][columns] = a[...][rows][depth] * b[...][depth][columns]; the outer axes of the smaller operand
/// repeat. Operands: a, b, of 2 to 5 axes; either may be constant.
struct BatchMatmul {
  bool transpose_a = false;  ///< a is [...][depth][rows]
  bool transpose_b = false;  ///< b is [...][columns][depth]

  static constexpr std::string_view kName = "batch_matmul";
  static constexpr TfliteName kTflite{126, 101};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "transpose_a", transpose_a);
    visit(1, "transpose_b", transpose_b);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  /// rows * depth * columns a batch.
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<BatchMatmul>> cases();

  friend bool operator==(const BatchMatmul&, const BatchMatmul&) = default;
};

}  // namespace mote
