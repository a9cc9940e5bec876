#pragma once

#include "ops/movement.h"

namespace mote {

/// The input side by side with itself along each dimension. Operands: input, multiples (constant, one a dimension).
struct Tile : MovementOp<Tile> {
  static constexpr std::string_view kName = "tile";
  static constexpr TfliteName kTflite{69, 51};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Tile>> cases();
  friend bool operator==(const Tile&, const Tile&) = default;
};

/// The input repeated along dimensions of extent 1 and missing outer ones. Operands: input, shape (constant).
struct BroadcastTo : MovementOp<BroadcastTo> {
  static constexpr std::string_view kName = "broadcast_to";
  static constexpr TfliteName kTflite{130, 104};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<BroadcastTo>> cases();
  friend bool operator==(const BroadcastTo&, const BroadcastTo&) = default;
};

/// A tensor of one value. Operands: shape (constant), value (one element).
struct Fill : MovementOp<Fill, 1> {
  static constexpr std::string_view kName = "fill";
  static constexpr TfliteName kTflite{94, 68};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Fill>> cases();
  friend bool operator==(const Fill&, const Fill&) = default;
};

/// Zeros in the shape and type of the input. Int8 and int16 zeros are bytes of 0: the output's zero point is 0.
struct ZerosLike : MovementOp<ZerosLike> {
  static constexpr std::string_view kName = "zeros_like";
  static constexpr TfliteName kTflite{93, 67};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<ZerosLike>> cases();
  friend bool operator==(const ZerosLike&, const ZerosLike&) = default;
};

}  // namespace mote
