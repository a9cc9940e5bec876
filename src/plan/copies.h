#pragma once

#include "plan/plan.h"

namespace mote {

/// The plan without the calls that only copy a block from one buffer to another, where the two can be one: producers
/// write where a concatenation would put their outputs, a part of a tensor is read where it is. A copy stays if the
/// arena would grow without it.
[[nodiscard]] Plan without_copies(Plan plan, bool keep_input);

}  // namespace mote
