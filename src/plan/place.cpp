#include "plan/place.h"

#include "plan/usage.h"

namespace mote {

void place_buffers(Plan& plan, bool keep_input, Effort effort) {
  const size_t states = plan.states.size();
  Usage usage = usage_of(plan, keep_input);
  const auto blocks = std::span(usage.blocks);
  const ArenaLayout state = lay_out_in_sequence(blocks.first(states));
  for (Overlap& overlap : usage.overlaps) {
    overlap.over -= states;
    overlap.under -= states;
  }
  const ArenaLayout shared = lay_out(blocks.subspan(states), usage.overlaps, effort);
  for (size_t i = 0; i < plan.buffers.size(); ++i)
    plan.buffers[i].offset = i < states ? state.offsets[i] : state.bytes + shared.offsets[i - states];
  plan.state_bytes = state.bytes;
  plan.arena_bytes = state.bytes + shared.bytes;
  plan.arena_bound = state.bytes + shared.bound;
}

}  // namespace mote
