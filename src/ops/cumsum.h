#pragma once

#include "ops/op.h"

namespace mote {

/// Running sums along one axis. Operands: input, axis (one constant int32; negative counts from the last).
struct Cumsum {
  bool exclusive = false;  ///< each output leaves out its own input
  bool reverse = false;    ///< from the last element to the first

  static constexpr std::string_view kName = "cumsum";
  static constexpr TfliteName kTflite{128, 102};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "exclusive", exclusive);
    visit(1, "reverse", reverse);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Cumsum>> cases();

  friend bool operator==(const Cumsum&, const Cumsum&) = default;
};

}  // namespace mote
