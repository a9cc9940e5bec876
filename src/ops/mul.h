#pragma once

#include "ops/op.h"

namespace mote {

/// output = activation(a * b); the smaller operand repeats along dimensions of extent 1 and missing outer ones.
/// Operands: a, b; either may be constant.
struct Mul {
  Activation activation = Activation::kNone;

  static constexpr std::string_view kName = "mul";
  static constexpr TfliteName kTflite{18, 21};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", activation);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  /// One multiplication an element of the output.
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<Mul>> cases();

  friend bool operator==(const Mul&, const Mul&) = default;
};

}  // namespace mote
