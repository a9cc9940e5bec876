#pragma once

#include "ops/movement.h"

namespace mote {

/// The input with its dimensions in another order: dimension i of the result is dimension permutation[i] of the input.
/// Operands: input, permutation (constant).
struct Transpose : MovementOp<Transpose> {
  static constexpr std::string_view kName = "transpose";
  static constexpr TfliteName kTflite{39, 26};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Transpose>> cases();
  friend bool operator==(const Transpose&, const Transpose&) = default;
};

}  // namespace mote
