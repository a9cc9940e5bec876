#pragma once

#include "ops/op.h"

namespace mote {

/// The index of the largest or smallest element along one axis, which goes away; the first of equal ones.
/// Operands: input, axis (one constant integer; negative counts from the last).
struct ArgExtremeAttributes {
  DType output_type = DType::kFloat32;  ///< int32 or int64; the default is that of the `.tflite` schema and is refused

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "output_type", output_type);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    return QuantizationRule::calibrated({kActivationOperand, kKeptOperand});
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }

  friend bool operator==(const ArgExtremeAttributes&, const ArgExtremeAttributes&) = default;
};

struct ArgMax : ArgExtremeAttributes {
  static constexpr std::string_view kName = "arg_max";
  static constexpr TfliteName kTflite{56, 40};
  static constexpr bool kDifferentiable = false;

  void forward(ForwardContext& context) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<ArgMax>> cases();

  friend bool operator==(const ArgMax&, const ArgMax&) = default;
};

struct ArgMin : ArgExtremeAttributes {
  static constexpr std::string_view kName = "arg_min";
  static constexpr TfliteName kTflite{79, 57};
  static constexpr bool kDifferentiable = false;

  void forward(ForwardContext& context) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<ArgMin>> cases();

  friend bool operator==(const ArgMin&, const ArgMin&) = default;
};

}  // namespace mote
