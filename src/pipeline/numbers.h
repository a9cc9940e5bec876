#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace mote {

/// Stored elements (little-endian) as numbers; int64 loses what 53 bits do not hold.
[[nodiscard]] std::vector<double> numbers(DType dtype, std::span<const uint8_t> bytes);

}  // namespace mote
