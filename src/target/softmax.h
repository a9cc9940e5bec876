#pragma once

#include "target/variants.h"

namespace mote {

/// softmax_s8 without its table, in size mode: the code that computes exponentials takes fewer bytes than most tables.
/// For cores with a long multiplication, and rows that are short enough to be kept.
[[nodiscard]] std::optional<Lowered> softmax_untabled(const Lowered& lowered, const Target& target);

}  // namespace mote
