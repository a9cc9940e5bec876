#pragma once

#include "ops/op.h"

namespace mote {

/// The mean over neighbouring axes; over height and width it is global average pooling.
/// Operands: input, axes (constant int32; negative ones count from the last).
struct Mean {
  bool keep_dimensions = false;  ///< reduced axes stay, with extent 1

  static constexpr std::string_view kName = "mean";
  static constexpr TfliteName kTflite{40, 27};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "keep_dimensions", keep_dimensions);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Mean>> cases();

  friend bool operator==(const Mean&, const Mean&) = default;
};

}  // namespace mote
