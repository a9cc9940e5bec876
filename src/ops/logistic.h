#pragma once

#include "ops/op.h"

namespace mote {

/// output = 1 / (1 + exp(-input)). Operand: input of any shape.
struct Logistic {
  static constexpr std::string_view kName = "logistic";
  static constexpr TfliteName kTflite{14, 0};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Logistic>> cases();

  friend bool operator==(const Logistic&, const Logistic&) = default;
};

}  // namespace mote
