#pragma once

#include "ops/attributes.h"

namespace mote {

/// output = input where that is not negative, else alpha * input. Operands: input of any shape, alpha whose shape
/// repeats to the input's. alpha is trained like weights. In int16 models alpha is int8.
struct Prelu : NoAttributes {
  static constexpr std::string_view kName = "prelu";
  static constexpr TfliteName kTflite{54, 0};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments outputs) const { return count(outputs[0].type.shape); }
  [[nodiscard]] static std::vector<OpCase<Prelu>> cases();

  friend bool operator==(const Prelu&, const Prelu&) = default;
};

}  // namespace mote
