#include "plan/check_plan.h"

#include <algorithm>

namespace mote {

namespace {

class Replay {
 public:
  explicit Replay(const Plan& plan) : plan_(plan), owner_(plan.arena_bytes, kNobody) {}

  Result<> claim(int32_t buffer) {
    MOTE_TRY(within_arena(buffer));
    const Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
    std::fill_n(owner_.begin() + static_cast<ptrdiff_t>(b.offset), b.bytes, buffer);
    return {};
  }

  Result<> expect_whole(int32_t buffer) {
    MOTE_TRY(within_arena(buffer));
    const Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
    for (size_t i = b.offset; i < b.offset + b.bytes; ++i)
      if (owner_[i] != buffer)
        return fail(ErrorCode::kInternal, "byte {} of {} was overwritten by {}", i - b.offset, b.name,
                    owner_[i] == kNobody ? "nobody (it was never written)"
                                         : plan_.buffers[static_cast<size_t>(owner_[i])].name);
    return {};
  }

 private:
  static constexpr int32_t kNobody = -1;

  Result<> within_arena(int32_t buffer) const {
    if (buffer < 0 || static_cast<size_t>(buffer) >= plan_.buffers.size())
      return fail(ErrorCode::kInternal, "a call names buffer {}, there are {}", buffer, plan_.buffers.size());
    const Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
    if (b.offset + b.bytes > plan_.arena_bytes)
      return fail(ErrorCode::kInternal, "{} ends at byte {} of an arena of {}", b.name, b.offset + b.bytes,
                  plan_.arena_bytes);
    return {};
  }

  const Plan& plan_;
  std::vector<int32_t> owner_;
};

bool is_state(const Plan& plan, int32_t buffer) {
  return std::any_of(plan.states.begin(), plan.states.end(),
                     [&](const PlannedState& state) { return state.buffer == buffer; });
}

}  // namespace

Result<> check_plan(const Plan& plan) {
  Replay replay(plan);
  for (const PlannedState& state : plan.states) MOTE_TRY(replay.claim(state.buffer));
  for (const Port& port : plan.inputs) MOTE_TRY(replay.claim(port.buffer));
  for (const BoundCall& call : plan.calls) {
    const auto located = [&](Error error) {
      const PlannedLayer& layer = plan.layers[call.layer];
      return fail(std::move(error).in(fmt::format("plan, layer {} ({})", call.layer, layer.name)));
    };
    for (const Place& place : call.operands)
      if (place.kind == Place::Kind::kArena && place.writes && !is_state(plan, place.index))
        if (auto ok = replay.claim(place.index); !ok) return located(ok.error());
    for (const Place& place : call.operands) {
      if (place.kind == Place::Kind::kArena)
        if (auto ok = replay.expect_whole(place.index); !ok) return located(ok.error());
      if (place.kind == Place::Kind::kConstant && static_cast<size_t>(place.index) >= plan.constants.size())
        return fail(ErrorCode::kInternal, "a call names constant {}, there are {}", place.index, plan.constants.size());
    }
  }
  for (const Port& port : plan.outputs) MOTE_TRY(replay.expect_whole(port.buffer));
  for (const PlannedState& state : plan.states) MOTE_TRY(replay.expect_whole(state.buffer));
  return {};
}

}  // namespace mote
