#pragma once

#include "plan/arena.h"
#include "plan/plan.h"

namespace mote {

/// Gives every buffer of the plan its offset, state first, and sets the sizes of the arena.
void place_buffers(Plan& plan, bool keep_input, Effort effort);

}  // namespace mote
