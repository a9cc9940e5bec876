#pragma once

#include "ops/attributes.h"

namespace mote {

/// output = input / its length along the innermost dimension. Operand: input of rank 1 or more. int8 output has scale
/// 1/128 and zero point 0. No activation is fused: the reference refuses it.
struct L2Normalization : FusedActivation {
  static constexpr std::string_view kName = "l2_normalization";
  static constexpr TfliteName kTflite{11, 12};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments) const { return count(inputs[0].type.shape); }
  [[nodiscard]] static std::vector<OpCase<L2Normalization>> cases();

  friend bool operator==(const L2Normalization&, const L2Normalization&) = default;
};

}  // namespace mote
