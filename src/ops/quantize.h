#pragma once

#include "ops/op.h"

namespace mote {

/// The values in the output's scale. Operand: input, float32 or an integer of another scale. Integers are int8, uint8,
/// int16 or int32. In float graphs it changes nothing.
struct Quantize {
  DType dtype = DType::kInt8;  ///< of the output; files give it nowhere but in the output's type

  static constexpr std::string_view kName = "quantize";
  static constexpr TfliteName kTflite{114, 89};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(kNoSlot, "dtype", dtype);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Quantize>> cases();

  friend bool operator==(const Quantize&, const Quantize&) = default;
};

/// The front end of firmware in one pass: output = quantize(input * factor + offset), equal to Mul, Add and Quantize in
/// float32. Operands: input float32 [..., channels], factor and offset float32 [channels] (constants). Made by a pass;
/// never in a file.
struct AffineQuantize {
  static constexpr std::string_view kName = "affine_quantize";
  static constexpr TfliteName kTflite{-1, 0};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  /// One an element.
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<AffineQuantize>> cases();

  friend bool operator==(const AffineQuantize&, const AffineQuantize&) = default;
};

}  // namespace mote
