#include "plan/copies.h"

#include <algorithm>

#include "plan/place.h"
#include "target/access.h"

namespace mote {

namespace {

constexpr size_t kAlignment = 4;
constexpr int kMostAttempts = 64;

/// Bytes of a buffer.
struct Part {
  int32_t buffer;
  size_t first, end;
};

bool is_port(const std::vector<Port>& ports, int32_t buffer) {
  return std::any_of(ports.begin(), ports.end(), [&](const Port& port) { return port.buffer == buffer; });
}

std::optional<BlockCopy> block_of(const BoundCall& call) {
  const Access* const access = call.call.kernel->access;
  if (access == nullptr || access->block == nullptr || call.operands.size() != 2) return std::nullopt;
  return access->block(call.call.parameters.get());
}

/// What a call touches through one of its pointers: of a copied block no more than that.
Part part_of(const BoundCall& call, size_t operand) {
  const Place& place = call.operands[operand];
  if (place.kind != Place::Kind::kArena) return {-1, 0, 0};
  if (const std::optional<BlockCopy> block = block_of(call)) {
    const size_t first = place.offset + (operand == 0 ? block->from : block->to);
    return {place.index, first, first + block->bytes};
  }
  return {place.index, place.offset, place.offset + place.bytes};
}

bool meet(const Part& a, const Part& b) {
  return a.buffer == b.buffer && a.first < b.end && b.first < a.end;
}

/// Whether one of the calls [first, last) touches the part, or if `only_writes` writes it.
bool is_touched(const Plan& plan, const Part& part, size_t first, size_t last, bool only_writes) {
  for (size_t c = first; c < last; ++c)
    for (size_t i = 0; i < plan.calls[c].operands.size(); ++i)
      if (meet(part_of(plan.calls[c], i), part) && (plan.calls[c].operands[i].writes || !only_writes)) return true;
  return false;
}

/// A copy as the plan sees it: all of `inner` is part of `outer` once the call is gone.
struct Merge {
  int32_t inner;
  Part outer;
};

std::optional<Merge> merge_of(const Plan& plan, size_t index) {
  const BoundCall& call = plan.calls[index];
  const std::optional<BlockCopy> block = block_of(call);
  if (!block) return std::nullopt;
  const Place& from = call.operands[0];
  const Place& to = call.operands[1];
  if (from.kind != Place::Kind::kArena || to.kind != Place::Kind::kArena || from.index == to.index) return std::nullopt;
  const auto bytes = [&](const Place& place) { return plan.buffers[static_cast<size_t>(place.index)].bytes; };
  const auto is_state = [&](const Place& place) { return plan.buffers[static_cast<size_t>(place.index)].state; };
  if (is_state(from) || is_state(to)) return std::nullopt;
  const Part read = part_of(call, 0);
  const Part written = part_of(call, 1);
  const size_t calls = plan.calls.size();
  // The producer of all that is read writes it where it is wanted.
  const bool is_free = !is_port(plan.inputs, from.index) && !is_port(plan.outputs, from.index);
  if (is_free && block->bytes == bytes(from) && written.first % kAlignment == 0 &&
      !is_touched(plan, written, 0, index, false) && !is_touched(plan, written, index + 1, calls, true) &&
      !is_touched(plan, read, index, calls, true))
    return Merge{from.index, written};
  // All that is written is read where it already is.
  const bool is_view = !is_port(plan.inputs, to.index) && !is_port(plan.outputs, to.index);
  if (is_view && block->bytes == bytes(to) && read.first % kAlignment == 0 &&
      !is_touched(plan, written, 0, index, false) && !is_touched(plan, written, index + 1, calls, true) &&
      !is_touched(plan, read, index + 1, calls, true))
    return Merge{to.index, read};
  return std::nullopt;
}

/// The plan without call `index`, every mention of the inner buffer led to its part of the outer one.
Plan merged(Plan plan, size_t index, const Merge& merge) {
  plan.calls.erase(plan.calls.begin() + static_cast<ptrdiff_t>(index));
  Buffer& outer = plan.buffers[static_cast<size_t>(merge.outer.buffer)];
  const Buffer& inner = plan.buffers[static_cast<size_t>(merge.inner)];
  outer.first = std::min(outer.first, inner.first);
  outer.last = std::max(outer.last, inner.last);
  const auto renumber = [&](int32_t& buffer) {
    if (buffer > merge.inner) --buffer;
  };
  for (auto* calls : {&plan.calls, &plan.reset_calls})
    for (BoundCall& call : *calls)
      for (Place& place : call.operands) {
        if (place.kind != Place::Kind::kArena) continue;
        if (place.index == merge.inner) {
          place.index = merge.outer.buffer;
          place.offset += merge.outer.first;
        }
        renumber(place.index);
      }
  for (auto* ports : {&plan.inputs, &plan.outputs})
    for (Port& port : *ports) renumber(port.buffer);
  for (PlannedState& state : plan.states) renumber(state.buffer);
  plan.buffers.erase(plan.buffers.begin() + merge.inner);
  return plan;
}

}  // namespace

Plan without_copies(Plan plan, bool keep_input) {
  int attempts = 0;
  for (size_t index = 0; index < plan.calls.size() && attempts < kMostAttempts;) {
    const std::optional<Merge> merge = merge_of(plan, index);
    if (!merge) {
      ++index;
      continue;
    }
    if (attempts++ == 0) place_buffers(plan, keep_input, Effort::kQuick);
    Plan shorter = merged(plan, index, *merge);
    place_buffers(shorter, keep_input, Effort::kQuick);
    if (shorter.arena_bytes <= plan.arena_bytes)
      plan = std::move(shorter);
    else
      ++index;
  }
  return plan;
}

}  // namespace mote
