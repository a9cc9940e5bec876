#pragma once

#include "ops/movement.h"

namespace mote {

/// The input with zeros around it. Operands: input, paddings (constant, [dimensions][before, after]).
struct Pad : MovementOp<Pad> {
  static constexpr std::string_view kName = "pad";
  static constexpr TfliteName kTflite{34, 22};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Pad>> cases();
  friend bool operator==(const Pad&, const Pad&) = default;
};

/// The input with one value around it. Operands: input, paddings (as for Pad), value (one element of the input's type
/// and scale).
struct PadV2 : MovementOp<PadV2> {
  static constexpr std::string_view kName = "pad_v2";
  static constexpr TfliteName kTflite{60, 43};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<PadV2>> cases();
  friend bool operator==(const PadV2&, const PadV2&) = default;
};

/// Values as in the `.tflite` schema.
enum class MirrorMode : int8_t { kReflect = 0, kSymmetric = 1 };

/// The input with its own mirror image around it: kReflect leaves out the element at the border, kSymmetric repeats it.
/// Operands: input, paddings (as for Pad).
struct MirrorPad : MovementOp<MirrorPad> {
  MirrorMode mode = MirrorMode::kReflect;

  static constexpr std::string_view kName = "mirror_pad";
  static constexpr TfliteName kTflite{100, 77};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "mode", mode);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<MirrorPad>> cases();
  friend bool operator==(const MirrorPad&, const MirrorPad&) = default;
};

}  // namespace mote
