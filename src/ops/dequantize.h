#pragma once

#include "ops/op.h"

namespace mote {

/// The real values of an int8, uint8 or int16 input, as float32. In float graphs it changes nothing. Operand: input; a
/// constant one, which may be float16 too, is folded before a model runs.
struct Dequantize {
  static constexpr std::string_view kName = "dequantize";
  static constexpr TfliteName kTflite{6, 38};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Dequantize>> cases();

  friend bool operator==(const Dequantize&, const Dequantize&) = default;
};

}  // namespace mote
