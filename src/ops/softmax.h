#pragma once

#include "ops/op.h"

namespace mote {

/// Softmax over the last axis: exp(beta * x) / sum of exp(beta * x). Int8 output has scale 1/256, zero point -128.
struct Softmax {
  float beta = 1;

  static constexpr std::string_view kName = "softmax";
  static constexpr TfliteName kTflite{25, 9};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "beta", beta);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Softmax>> cases();

  friend bool operator==(const Softmax&, const Softmax&) = default;
};

}  // namespace mote
