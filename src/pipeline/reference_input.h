#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plan/plan.h"

namespace mote {

/// The inputs on which instructions are counted, the same for every runtime that is compared:
/// x = x * 1664525 + 1013904223 (mod 2^32) from a seed, one step an element; bytes are x >> 24, floats
/// (x >> 8) * 2 pi / 2^24, 16-bit elements take two bytes. One generator runs on through all inputs in order.
inline constexpr std::array<uint32_t, 3> kReferenceSeeds{1, 12345, 0xDEADBEEF};

/// The bytes of all inputs of one inference, one after the other.
[[nodiscard]] std::vector<uint8_t> reference_input(const std::vector<Port>& inputs, uint32_t seed);

}  // namespace mote
