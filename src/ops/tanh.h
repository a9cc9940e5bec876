#pragma once

#include "ops/op.h"

namespace mote {

/// output = tanh(input). Operand: input of any shape.
struct Tanh {
  static constexpr std::string_view kName = "tanh";
  static constexpr TfliteName kTflite{28, 0};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Tanh>> cases();

  friend bool operator==(const Tanh&, const Tanh&) = default;
};

}  // namespace mote
