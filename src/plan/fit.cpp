#include "plan/fit.h"

#include <algorithm>

#include "plan/bands.h"
#include "plan/place.h"

namespace mote {

namespace {

constexpr size_t kMostCalls = 8;      // executed together
constexpr size_t kMostStretches = 6;  // of such calls, in one plan
constexpr size_t kCallCost = 200;     // bytes of copying that one more call is worth

size_t cost_of(const BandedLayers& banded) {
  return banded.carried_bytes + kCallCost * banded.calls;
}

/// Where the highest of a call's buffers ends.
size_t top_at(const Plan& plan, size_t call) {
  size_t top = 0;
  for (const Place& place : plan.calls[call].operands)
    if (place.kind == Place::Kind::kArena) {
      const Buffer& b = plan.buffers[static_cast<size_t>(place.index)];
      top = std::max(top, b.offset + b.bytes);
    }
  return top;
}

/// Calls whose buffers reach above the limit.
size_t calls_above(const Plan& plan, size_t limit) {
  size_t count = 0;
  for (size_t c = 0; c < plan.calls.size(); ++c) count += top_at(plan, c) > limit ? 1 : 0;
  return count;
}

/// The best way to compute one more stretch of calls in bands: below the limit at the least cost, or else the smallest.
std::optional<Plan> best_step(const Plan& plan, const PlanOptions& options) {
  std::optional<Plan> best;
  const auto better = [&](const Plan& a, const Plan& b) {
    const bool a_fits = a.arena_bytes <= options.max_ram;
    if (a_fits != (b.arena_bytes <= options.max_ram)) return a_fits;
    if (!a_fits && a.arena_bytes != b.arena_bytes) return a.arena_bytes < b.arena_bytes;
    if (!a_fits) return calls_above(a, options.max_ram) < calls_above(b, options.max_ram);
    return cost_of(a.banded.back()) < cost_of(b.banded.back());
  };
  for (size_t first = 0; first < plan.calls.size(); ++first) {
    bool is_high = false;
    for (size_t last = first; last < std::min(first + kMostCalls, plan.calls.size()); ++last) {
      is_high = is_high || top_at(plan, last) > options.max_ram;
      if (!is_high) continue;
      const int32_t height = rows_of(plan, first, last);
      if (height < 2) continue;
      for (int32_t bands = 2; bands < 2 * height; bands *= 2) {
        std::optional<Plan> banded = in_bands(plan, first, last, std::max(1, (height + bands - 1) / bands));
        if (!banded) break;
        place_buffers(*banded, options.keep_input, Effort::kQuick);
        const bool fits = banded->arena_bytes <= options.max_ram;
        if (!best || better(*banded, *best)) best = std::move(banded);
        if (fits) break;
      }
    }
  }
  return best;
}

}  // namespace

Result<Plan> fit(Plan plan, const PlanOptions& options) {
  size_t least = plan.arena_bytes;
  for (size_t i = 0; i < kMostStretches; ++i) {
    std::optional<Plan> next = best_step(plan, options);
    if (!next) break;
    place_buffers(*next, options.keep_input, Effort::kFull);
    if (next->arena_bytes > least) break;
    least = next->arena_bytes;
    plan = std::move(*next);
    if (least <= options.max_ram) return plan;
  }
  return fail(ErrorCode::kUnsupported,
              "its arena cannot be made smaller than {} bytes, {} are allowed; computed in bands of rows as far as its "
              "layers can be",
              least, options.max_ram);
}

}  // namespace mote
