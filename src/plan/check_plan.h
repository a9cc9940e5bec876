#pragma once

#include "plan/plan.h"

namespace mote {

/// Replays the plan byte by byte, knowing nothing of how it was made: who last wrote each byte of the arena. Refuses a
/// plan in which a call reads a byte that belongs to another buffer, a call overwrites what it is still to read (its
/// walk is replayed step by step), an operand leaves its buffer or the arena, or an output or state is no longer whole
/// at the end.
[[nodiscard]] Result<> check_plan(const Plan& plan);

}  // namespace mote
