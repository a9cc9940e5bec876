#include "plan/arena.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "base/rng.h"

namespace mote {

namespace {

constexpr size_t kOffsetAlignment = 4;
constexpr size_t kRandomOrders = 400;
constexpr size_t kMostComparisons = 400'000'000;  // an order of n buffers costs n^2

size_t aligned(size_t bytes) {
  return (bytes + kOffsetAlignment - 1) / kOffsetAlignment * kOffsetAlignment;
}

bool overlap_in_time(const Buffer& a, const Buffer& b) {
  return a.first <= b.last && b.first <= a.last;
}

using Order = std::vector<size_t>;

/// Places the buffers one by one, each at the lowest offset where it fits among those already placed.
size_t place_in_order(std::span<const Buffer> buffers, const Order& order, std::vector<size_t>& offsets) {
  size_t top = 0;
  std::vector<size_t> placed, neighbours;
  for (const size_t i : order) {
    neighbours.clear();
    std::copy_if(placed.begin(), placed.end(), std::back_inserter(neighbours),
                 [&](size_t j) { return overlap_in_time(buffers[i], buffers[j]); });
    std::sort(neighbours.begin(), neighbours.end(), [&](size_t a, size_t b) { return offsets[a] < offsets[b]; });
    size_t offset = 0;
    for (const size_t j : neighbours) {
      if (offset + buffers[i].bytes <= offsets[j]) break;
      offset = std::max(offset, aligned(offsets[j] + buffers[j].bytes));
    }
    offsets[i] = offset;
    top = std::max(top, offset + buffers[i].bytes);
    placed.push_back(i);
  }
  return top;
}

}  // namespace

size_t place_in_sequence(std::span<Buffer> buffers) {
  size_t top = 0;
  for (Buffer& buffer : buffers) {
    buffer.offset = top;
    top += aligned(buffer.bytes);
  }
  return top;
}

size_t arena_lower_bound(std::span<const Buffer> buffers) {
  size_t bound = 0;
  for (const Buffer& at : buffers) {
    size_t alive = 0;
    for (const Buffer& other : buffers)
      if (other.first <= at.first && at.first <= other.last) alive += aligned(other.bytes);
    bound = std::max(bound, alive);
  }
  return bound;
}

size_t place_buffers(std::span<Buffer> buffers) {
  const size_t bound = arena_lower_bound(buffers);
  size_t best = SIZE_MAX;
  std::vector<size_t> offsets(buffers.size());
  const auto attempt = [&](const Order& order) {
    const size_t bytes = place_in_order(buffers, order, offsets);
    if (bytes >= best) return;
    best = bytes;
    for (size_t i = 0; i < buffers.size(); ++i) buffers[i].offset = offsets[i];
  };

  Order order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto lifetime = [&](size_t i) { return buffers[i].last - buffers[i].first + 1; };
  const std::array<std::function<bool(size_t, size_t)>, 3> rules{
      [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; },
      [&](size_t a, size_t b) { return lifetime(a) > lifetime(b); },
      [&](size_t a, size_t b) { return buffers[a].first < buffers[b].first; }};
  for (const auto& rule : rules) {
    std::stable_sort(order.begin(), order.end(), rule);
    attempt(order);
  }
  Rng rng(1);
  const size_t orders =
      std::min(kRandomOrders, kMostComparisons / std::max<size_t>(buffers.size() * buffers.size(), 1));
  for (size_t i = 0; i < orders && best > bound; ++i) {
    rng.shuffle(std::span(order));
    attempt(order);
  }
  return buffers.empty() ? 0 : aligned(best);
}

}  // namespace mote
