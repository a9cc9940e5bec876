#pragma once

#include "ops/op.h"

namespace mote {

/// In training each element is 0 with probability `rate`, else input / (1 - rate); in inference output = input.
/// Operand: input of any shape. Exists only in float graphs: compiling a model leaves it out.
struct Dropout {
  float rate = 0.5f;  ///< in [0, 1)

  static constexpr std::string_view kName = "dropout";
  static constexpr TfliteName kTflite{-1, 0};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(kNoSlot, "rate", rate);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Dropout>> cases();

  friend bool operator==(const Dropout&, const Dropout&) = default;
};

}  // namespace mote
