#pragma once

#include "target/variants.h"

namespace mote {

/// Small fully_connected_s8 of up to 16 inputs, held in registers (runtime/include/mote/rt/held_row.h). Weights take
/// two bytes each, so it refuses layers of more than a few hundred; besides factors without a short form.
[[nodiscard]] std::optional<Lowered> held_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
