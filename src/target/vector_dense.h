#pragma once

#include "target/variants.h"

namespace mote {

/// conv2d_s8 without groups, and fully_connected_s8, as vector panels on Helium
/// (runtime/include/mote/rt/vector_dense.h). Weights keep their bytes. Refused are factors above 1 and layers of so few
/// channels that whole blocks would cost too many bytes.
[[nodiscard]] std::optional<Lowered> vector_conv2d(const Lowered& lowered, const Target& target);
[[nodiscard]] std::optional<Lowered> vector_fully_connected(const Lowered& lowered, const Target& target);

}  // namespace mote
