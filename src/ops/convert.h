#pragma once

#include "ops/op.h"

namespace mote {

/// The same numbers in another element type: reals lose their fraction and saturate, integers wrap round, bool is "not
/// 0". Quantization is not heeded. Operand: input.
struct Cast {
  DType in_type = DType::kFloat32;  ///< as files say it; the operand's own type counts
  DType out_type = DType::kFloat32;

  static constexpr std::string_view kName = "cast";
  static constexpr TfliteName kTflite{53, 37};
  static constexpr bool kDifferentiable = false;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "in_type", in_type);
    visit(1, "out_type", out_type);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Cast>> cases();

  friend bool operator==(const Cast&, const Cast&) = default;
};

/// The extents of the input as a list of integers; known before the model runs. Operand: input.
struct ShapeOf {
  DType out_type = DType::kInt32;  ///< int32 or int64

  static constexpr std::string_view kName = "shape";
  static constexpr TfliteName kTflite{77, 55};
  static constexpr bool kDifferentiable = false;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "out_type", out_type);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<ShapeOf>> cases();

  friend bool operator==(const ShapeOf&, const ShapeOf&) = default;
};

}  // namespace mote
