#pragma once

#include "ops/op.h"

namespace mote {

/// Softmax over the last axis: exp(beta * x) / sum of exp(beta * x). Int8 output has scale 1/256, zero point -128; the
/// int16 output of an int8 input scale 1/65536, zero point -32768.
struct Softmax {
  float beta = 1;
  bool wide = false;  ///< int8 input, int16 output; files give it nowhere but in the output's type

  static constexpr std::string_view kName = "softmax";
  static constexpr TfliteName kTflite{25, 9};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "beta", beta);
    visit(kNoSlot, "wide", wide);
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
