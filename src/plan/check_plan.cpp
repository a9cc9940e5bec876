#include "plan/check_plan.h"

#include "target/access.h"

namespace mote {

namespace {

/// A stretch of the arena.
struct Range {
  size_t first, end;
};

class Replay {
 public:
  explicit Replay(const Plan& plan) : plan_(plan), owner_(plan.arena_bytes, kNobody) {}

  /// All bytes of a buffer are its own from now on.
  Result<> claim(int32_t buffer) {
    MOTE_TRY_ASSIGN(const Range range, range_of(buffer));
    return claim(buffer, range);
  }
  Result<> expect_whole(int32_t buffer) const {
    MOTE_TRY_ASSIGN(const Range range, range_of(buffer));
    return expect_own(buffer, range);
  }

  Result<> run(const BoundCall& call) {
    std::vector<Range> ranges(call.operands.size());
    for (size_t i = 0; i < call.operands.size(); ++i) {
      const Place& place = call.operands[i];
      if (place.kind == Place::Kind::kConstant && static_cast<size_t>(place.index) >= plan_.constants.size())
        return fail(ErrorCode::kInternal, "a call names constant {}, there are {}", place.index,
                    plan_.constants.size());
      if (place.kind != Place::Kind::kArena) continue;
      MOTE_TRY_ASSIGN(ranges[i], range_of(place));
      if (!place.writes || is_state(place.index)) MOTE_TRY(expect_own(place.index, ranges[i]));
    }
    for (size_t i = 0; i < call.operands.size(); ++i)
      for (size_t j = 0; j < call.operands.size(); ++j)
        if (i != j && writes(call, i) && is_in_arena(call, j)) MOTE_TRY(expect_apart(call, i, ranges[i], j, ranges[j]));
    for (size_t i = 0; i < call.operands.size(); ++i)
      if (writes(call, i)) MOTE_TRY(claim(call.operands[i].index, ranges[i]));
    return {};
  }

 private:
  static constexpr int32_t kNobody = -1;

  static bool is_in_arena(const BoundCall& call, size_t operand) {
    return call.operands[operand].kind == Place::Kind::kArena;
  }
  static bool writes(const BoundCall& call, size_t operand) {
    return is_in_arena(call, operand) && call.operands[operand].writes;
  }
  [[nodiscard]] bool is_state(int32_t buffer) const { return plan_.buffers[static_cast<size_t>(buffer)].state; }
  [[nodiscard]] const std::string& name(int32_t buffer) const {
    return plan_.buffers[static_cast<size_t>(buffer)].name;
  }

  Result<Range> range_of(int32_t buffer) const {
    if (buffer < 0 || static_cast<size_t>(buffer) >= plan_.buffers.size())
      return fail(ErrorCode::kInternal, "a call names buffer {}, there are {}", buffer, plan_.buffers.size());
    const Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
    if (b.offset % b.alignment != 0)
      return fail(ErrorCode::kInternal, "{} begins at byte {}, its elements need a multiple of {}", b.name, b.offset,
                  b.alignment);
    if (b.offset + b.bytes > plan_.arena_bytes)
      return fail(ErrorCode::kInternal, "{} ends at byte {} of an arena of {}", b.name, b.offset + b.bytes,
                  plan_.arena_bytes);
    return Range{b.offset, b.offset + b.bytes};
  }
  Result<Range> range_of(const Place& place) const {
    MOTE_TRY_ASSIGN(const Range buffer, range_of(place.index));
    const Range range{buffer.first + place.offset, buffer.first + place.offset + place.bytes};
    if (range.end > buffer.end)
      return fail(ErrorCode::kInternal, "a call touches bytes {} to {} of {}, which has {}", place.offset,
                  place.offset + place.bytes, name(place.index), buffer.end - buffer.first);
    return range;
  }

  Result<> claim(int32_t buffer, const Range& range) {
    for (size_t i = range.first; i < range.end; ++i) owner_[i] = buffer;
    return {};
  }
  Result<> expect_own(int32_t buffer, const Range& range) const {
    for (size_t i = range.first; i < range.end; ++i)
      if (owner_[i] != buffer)
        return fail(ErrorCode::kInternal, "byte {} of {} was overwritten by {}",
                    i - plan_.buffers[static_cast<size_t>(buffer)].offset, name(buffer),
                    owner_[i] == kNobody ? "nobody (it was never written)" : name(owner_[i]));
    return {};
  }

  /// What the call writes through one pointer may meet what another points to only where the kernel walks such that no
  /// byte is overwritten before it is read: the walk is replayed.
  Result<> expect_apart(const BoundCall& call, size_t output, const Range& written, size_t input,
                        const Range& read) const {
    if (written.end <= read.first || read.end <= written.first) return {};
    const Place& to = call.operands[output];
    const Place& from = call.operands[input];
    const Kernel& kernel = *call.call.kernel;
    const auto refused = [&] {
      return fail(ErrorCode::kInternal, "{} overwrites {} while {} still reads it", name(to.index), name(from.index),
                  kernel.name);
    };
    if (from.writes && from.index == to.index) return {};  // an output that is read where it was written before
    if (from.writes || call.call.operands[output].kind != Operand::Kind::kOutput) return refused();
    if (!may_overlap(kernel, input, output)) return refused();
    const int64_t distance = static_cast<int64_t>(read.first) - static_cast<int64_t>(written.first);
    bool is_safe = distance % grain_bytes(call.call, input) == 0;
    for_each_step(call.call, input, output, [&](const AccessStep& step) {
      const size_t destroyed_end = written.first + static_cast<size_t>(step.written);
      const size_t first = read.first + static_cast<size_t>(step.first);
      const size_t end = read.first + static_cast<size_t>(step.end);
      const bool meets = step.first < step.end && first < destroyed_end && written.first < end && step.written > 0;
      if (meets || end > read.end || destroyed_end > written.end) is_safe = false;
    });
    if (!is_safe) return refused();
    return {};
  }

  const Plan& plan_;
  std::vector<int32_t> owner_;
};

}  // namespace

Result<> check_plan(const Plan& plan) {
  Replay replay(plan);
  for (const PlannedState& state : plan.states) MOTE_TRY(replay.claim(state.buffer));
  for (const Port& port : plan.inputs) MOTE_TRY(replay.claim(port.buffer));
  for (const Port& port : plan.inputs) MOTE_TRY(replay.expect_whole(port.buffer));
  for (const BoundCall& call : plan.calls) {
    if (auto ok = replay.run(call); !ok)
      return fail(
          std::move(ok).error().in(fmt::format("plan, layer {} ({})", call.layer, plan.layers[call.layer].name)));
  }
  for (const Port& port : plan.outputs) MOTE_TRY(replay.expect_whole(port.buffer));
  for (const PlannedState& state : plan.states) MOTE_TRY(replay.expect_whole(state.buffer));
  return {};
}

}  // namespace mote
