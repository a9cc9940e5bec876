#pragma once

#include "plan/arena.h"
#include "plan/plan.h"

namespace mote {

/// When each buffer of a plan is needed, counted in calls, and which may lie over which: an output over the inputs that
/// it is computed from, where these are not needed afterwards and the calls' kernels state how they walk.
struct Usage {
  std::vector<Block> blocks;  ///< one a buffer; first is -1 for inputs and state, last the number of calls for outputs
  std::vector<Overlap> overlaps;
};
[[nodiscard]] Usage usage_of(const Plan& plan, bool keep_input);

/// Bytes of the arena in use while a layer runs.
[[nodiscard]] size_t live_bytes(const Plan& plan, size_t layer);

}  // namespace mote
