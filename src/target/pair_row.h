#pragma once

#include "target/variants.h"

namespace mote {

/// Small fully_connected_s8 by pairs of inputs (runtime/include/mote/rt/pair_row.h), for cores without SIMD. Weights
/// take two bytes each, so it refuses layers of more than a few hundred; besides two weights of -128 that would
/// meet, and factors without a narrow form.
[[nodiscard]] std::optional<Lowered> pair_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
