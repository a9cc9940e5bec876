#pragma once

#include "ops/op.h"

namespace mote {

/// output = activation(a + b); the smaller operand repeats along dimensions of extent 1 and missing outer ones.
/// Operands: a, b; either may be constant.
struct Add {
  Activation activation = Activation::kNone;
  bool pot_scale_int16 = true;  ///< kept for files; only int16 models heed it

  static constexpr std::string_view kName = "add";
  static constexpr TfliteName kTflite{0, 11};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", activation);
    visit(1, "pot_scale_int16", pot_scale_int16);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Add>> cases();

  friend bool operator==(const Add&, const Add&) = default;
};

}  // namespace mote
