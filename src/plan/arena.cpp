#include "plan/arena.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "plan/arena_search.h"

namespace mote {

using arena::Problem;
using arena::Units;

namespace {

bool alive_together(const Block& a, const Block& b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Bytes that all offsets are a multiple of.
int64_t unit_of(std::span<const Block> blocks) {
  size_t unit = kOffsetAlignment;
  for (const Block& block : blocks) unit = std::max(unit, block.alignment);
  return static_cast<int64_t>(unit);
}

/// Rounded away from overlapping.
Units in_units(int64_t bytes, int64_t unit) {
  return bytes >= 0 ? (bytes + unit - 1) / unit : -(-bytes / unit);
}

Problem problem_of(std::span<const Block> blocks, std::span<const Overlap> overlaps, int64_t unit) {
  Problem problem;
  for (const Block& block : blocks) problem.sizes.push_back(in_units(static_cast<int64_t>(block.bytes), unit));
  std::map<std::pair<size_t, size_t>, Overlap> allowed;  // of (over, under)
  for (const Overlap& overlap : overlaps) allowed[{overlap.over, overlap.under}] = overlap;
  for (size_t i = 0; i < blocks.size(); ++i)
    for (size_t j = i + 1; j < blocks.size(); ++j) {
      if (!alive_together(blocks[i], blocks[j])) continue;
      arena::Pair pair{i, j, problem.sizes[i], problem.sizes[j], {}};
      const auto allow = [&](size_t over, size_t under, Units& apart, Units sign) {
        const auto found = allowed.find({over, under});
        if (found == allowed.end() || (found->second.exact && found->second.distance % unit != 0)) return;
        const Units distance = in_units(found->second.distance, unit);
        if (found->second.exact)
          pair.tie = sign * distance;
        else
          apart = std::min(apart, distance);
      };
      allow(i, j, pair.up, 1);
      allow(j, i, pair.down, -1);
      if (pair.up > -pair.down) problem.pairs.push_back(pair);
    }
  return problem;
}

/// The most units that must be apart at one time: a set of blocks alive together of which no two may overlap.
Units simple_bound(std::span<const Block> blocks, std::span<const Overlap> overlaps, const Problem& problem) {
  std::vector<std::vector<size_t>> partners(blocks.size());
  for (const Overlap& overlap : overlaps) {
    partners[overlap.over].push_back(overlap.under);
    partners[overlap.under].push_back(overlap.over);
  }
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return problem.sizes[a] > problem.sizes[b]; });
  Units bound = 0;
  std::vector<char> taken(blocks.size());
  for (const Block& at : blocks) {
    std::fill(taken.begin(), taken.end(), 0);
    Units sum = 0;
    for (const size_t i : order) {
      if (blocks[i].first > at.first || blocks[i].last < at.first) continue;
      if (std::any_of(partners[i].begin(), partners[i].end(), [&](size_t j) { return taken[j] != 0; })) continue;
      taken[i] = 1;
      sum += problem.sizes[i];
    }
    bound = std::max(bound, sum);
  }
  return bound;
}

}  // namespace

ArenaLayout lay_out_in_sequence(std::span<const Block> blocks) {
  ArenaLayout layout;
  const int64_t unit = unit_of(blocks);
  for (const Block& block : blocks) {
    layout.offsets.push_back(layout.bytes);
    layout.bytes += static_cast<size_t>(in_units(static_cast<int64_t>(block.bytes), unit) * unit);
  }
  layout.bound = layout.bytes;
  return layout;
}

ArenaLayout lay_out(std::span<const Block> blocks, std::span<const Overlap> overlaps, Effort effort) {
  const int64_t unit = unit_of(blocks);
  const Problem problem = problem_of(blocks, overlaps, unit);
  const arena::Answer answer = arena::minimize(
      problem, simple_bound(blocks, overlaps, problem), effort == Effort::kFull ? arena::kThorough : arena::kHasty,
      [&](size_t a, size_t b) {
        return blocks[a].first != blocks[b].first ? blocks[a].first < blocks[b].first : blocks[a].last < blocks[b].last;
      });
  ArenaLayout layout;
  for (const Units place : answer.places) layout.offsets.push_back(static_cast<size_t>(place * unit));
  layout.bytes = static_cast<size_t>(answer.height * unit);
  layout.bound = static_cast<size_t>(answer.bound * unit);
  return layout;
}

}  // namespace mote
