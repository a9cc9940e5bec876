#pragma once

#include "ops/op.h"

namespace mote {

/// A new axis that is `off` but for the element an index names; indices outside it name none. Operands: indices (int32
/// or int64), depth (one constant int32), on, off (one constant each, of one type: float32, int8 with scale, int32).
struct OneHot {
  int32_t axis = 0;  ///< where the new axis stands in the output; negative counts from the last

  static constexpr std::string_view kName = "one_hot";
  static constexpr TfliteName kTflite{85, 61};
  static constexpr bool kDifferentiable = false;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "axis", axis);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<OneHot>> cases();

  friend bool operator==(const OneHot&, const OneHot&) = default;
};

}  // namespace mote
