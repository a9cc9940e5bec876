#pragma once

#include "ops/attributes.h"

namespace mote {

/// output = ln(softmax(input)) along the innermost dimension. Operand: input of rank 1 or more. int8 output has scale
/// 1/16 and zero point 127.
struct LogSoftmax : NoAttributes {
  static constexpr std::string_view kName = "log_softmax";
  static constexpr TfliteName kTflite{50, 36};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<LogSoftmax>> cases();

  friend bool operator==(const LogSoftmax&, const LogSoftmax&) = default;
};

}  // namespace mote
