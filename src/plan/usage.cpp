#include "plan/usage.h"

#include <algorithm>
#include <numeric>

#include "target/access.h"

namespace mote {

namespace {

constexpr int32_t kNever = -2;

/// Above it no walk is followed step by step: far more than any board has, and hostile shapes have no end.
constexpr size_t kMostWalkedBytes = size_t{1} << 22;

/// The calls that touch a buffer first and last.
struct Touches {
  int32_t first_write = kNever, last_write = kNever;
  int32_t last_read = kNever;
};

/// All that happens to two buffers while the upper one is written and the lower one is read.
class Pairing {
 public:
  Pairing(const Plan& plan, int32_t over, int32_t under)
      : over_(over), under_(under), distance_(plan.buffers[static_cast<size_t>(under)].bytes) {}

  void add(const BoundCall& call) {
    size_t after = written_;
    for (const Place& place : call.operands)
      if (is(place, over_) && place.writes) after = std::max(after, place.offset + place.bytes);
    for (size_t i = 0; i < call.operands.size(); ++i)
      if (is(call.operands[i], under_)) add_read(call, i, after);
    written_ = after;
  }
  [[nodiscard]] Overlap overlap() const {
    const Overlap loose{static_cast<size_t>(over_), static_cast<size_t>(under_), distance_.bytes(), false};
    if (grain_ == 1) return loose;
    const int64_t step = std::lcm(grain_, int64_t{kOffsetAlignment});
    return {loose.over, loose.under, (std::max<int64_t>(loose.distance, 0) + step - 1) / step * step, true};
  }

 private:
  static bool is(const Place& place, int32_t buffer) {
    return place.kind == Place::Kind::kArena && place.index == buffer;
  }

  /// Pointer argument `input` of the call is the lower buffer.
  void add_read(const BoundCall& call, size_t input, size_t after) {
    const auto from = static_cast<int64_t>(call.operands[input].offset);
    const auto end = from + static_cast<int64_t>(call.operands[input].bytes);
    for (size_t output = 0; output < call.operands.size(); ++output) {
      const Place& place = call.operands[output];
      const bool is_output = call.call.operands[output].kind == Operand::Kind::kOutput;
      if (!is(place, over_) || !place.writes) continue;
      if (!is_output || !may_overlap(*call.call.kernel, input, output)) break;
      const auto to = static_cast<int64_t>(place.offset);
      grain_ = std::lcm(grain_, grain_bytes(call.call, input));
      for_each_step(call.call, input, output, [&](const AccessStep& step) {
        distance_.add(
            {from + step.first, from + step.end, std::max(to + step.written, static_cast<int64_t>(written_))});
      });
      return;
    }
    distance_.add({from, end, static_cast<int64_t>(after)});
  }

  const int32_t over_, under_;
  SafeDistance distance_;
  int64_t grain_ = 1;
  size_t written_ = 0;  ///< of the upper buffer, by the calls so far
};

}  // namespace

Usage usage_of(const Plan& plan, bool keep_input) {
  const auto calls = static_cast<int32_t>(plan.calls.size());
  std::vector<Touches> touches(plan.buffers.size());
  for (int32_t c = 0; c < calls; ++c)
    for (const Place& place : plan.calls[static_cast<size_t>(c)].operands) {
      if (place.kind != Place::Kind::kArena) continue;
      Touches& touched = touches[static_cast<size_t>(place.index)];
      if (place.writes) {
        if (touched.first_write == kNever) touched.first_write = c;
        touched.last_write = c;
      } else {
        touched.last_read = c;
      }
    }
  for (const Port& port : plan.inputs) {
    Touches& touched = touches[static_cast<size_t>(port.buffer)];
    touched.first_write = -1;
    touched.last_write = std::max(touched.last_write, -1);
    if (keep_input) touched.last_read = calls;
  }
  for (const Port& port : plan.outputs) touches[static_cast<size_t>(port.buffer)].last_read = calls;
  for (const PlannedState& state : plan.states) touches[static_cast<size_t>(state.buffer)] = {-1, calls, calls};

  Usage usage;
  size_t alignment = 0;  // one for all: what is shared lies behind the state
  for (const Buffer& buffer : plan.buffers) alignment = std::max(alignment, buffer.alignment);
  for (const Touches& touched : touches)
    usage.blocks.push_back({plan.buffers[usage.blocks.size()].bytes, touched.first_write,
                            std::max({touched.first_write, touched.last_write, touched.last_read}), alignment});
  for (size_t over = 0; over < touches.size(); ++over) {
    const int32_t begin = touches[over].first_write;
    if (begin < 0) continue;
    for (size_t under = 0; under < touches.size(); ++under) {
      const Touches& lower = touches[under];
      if (std::max(usage.blocks[over].bytes, usage.blocks[under].bytes) > kMostWalkedBytes) continue;
      if (under == over || lower.last_write >= begin || lower.last_read < begin || lower.last_read >= calls) continue;
      Pairing pairing(plan, static_cast<int32_t>(over), static_cast<int32_t>(under));
      for (int32_t c = begin; c <= lower.last_read; ++c) pairing.add(plan.calls[static_cast<size_t>(c)]);
      usage.overlaps.push_back(pairing.overlap());
    }
  }
  return usage;
}

size_t live_bytes(const Plan& plan, size_t layer) {
  std::vector<std::pair<size_t, size_t>> ranges;
  for (const Buffer& b : plan.buffers)
    if (b.first <= static_cast<int32_t>(layer) && static_cast<int32_t>(layer) <= b.last)
      ranges.push_back({b.offset, b.offset + b.bytes});
  std::sort(ranges.begin(), ranges.end());
  size_t bytes = 0, end = 0;
  for (const auto& [first, last] : ranges) {
    bytes += std::max(last, end) - std::max(first, end);
    end = std::max(end, last);
  }
  return bytes;
}

}  // namespace mote
