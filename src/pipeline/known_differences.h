#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace mote {

/// Where a runtime is known to compute an integer op otherwise than Mote: docs/quantization-spec.md says why.
struct KnownDifference {
  std::string_view runtime;  ///< "tflm" or "litert"
  std::string_view op;
  double largest;  ///< difference of two elements
  std::string_view why;
};

[[nodiscard]] std::span<const KnownDifference> known_differences();

/// The reason, if results of this op may differ by `largest` from that runtime's; else empty.
[[nodiscard]] std::string known_difference(std::string_view runtime, std::string_view op, DType dtype, double largest);

}  // namespace mote
