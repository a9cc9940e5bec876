#pragma once

#include <span>

#include "plan/plan.h"

namespace mote {

/// Gives every buffer an offset such that buffers alive at the same time never share a byte, and returns the bytes
/// needed. Offsets are multiples of 4. The same buffers always get the same places.
[[nodiscard]] size_t place_buffers(std::span<Buffer> buffers);

/// Gives the buffers offsets one behind the other, in order, and returns the bytes needed.
[[nodiscard]] size_t place_in_sequence(std::span<Buffer> buffers);

/// The most bytes alive at one time: a lower bound for any placement.
[[nodiscard]] size_t arena_lower_bound(std::span<const Buffer> buffers);

}  // namespace mote
