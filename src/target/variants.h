#pragma once

#include <optional>

#include "target/instruction_set.h"
#include "target/kernel.h"

namespace mote {

/// A lowered node with its call exchanged for a variant: a kernel that gives the same bytes from constants in another
/// order. Nothing if there is none for this call on this target.
using Variant = std::optional<Lowered> (*)(const Lowered& lowered, const Target& target);

/// The node as the target runs it best: the first variant that fits, or the node as it is.
[[nodiscard]] Lowered with_variants(Lowered lowered, const Target& target);

}  // namespace mote
