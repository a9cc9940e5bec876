#include "plan/arena_search.h"

#include <algorithm>
#include <numeric>

#include "base/rng.h"

namespace mote::arena {

namespace {

constexpr size_t kRandomOrders = 200;

using Order = std::vector<size_t>;

Units height_of(const Problem& problem, const std::vector<Units>& places) {
  Units height = 0;
  for (size_t i = 0; i < places.size(); ++i) height = std::max(height, places[i] + problem.sizes[i]);
  return height;
}

/// Strips placed one after the other, each at the lowest place that those already placed leave it.
class Greedy {
 public:
  explicit Greedy(const Problem& problem) : pairs_of_(problem.sizes.size()) {
    for (const Pair& pair : problem.pairs) {
      pairs_of_[pair.i].push_back({pair.j, pair.down, pair.up, pair.tie ? std::optional(-*pair.tie) : std::nullopt});
      pairs_of_[pair.j].push_back({pair.i, pair.up, pair.down, pair.tie});
    }
  }

  std::vector<Units> place(const Order& order) {
    std::vector<Units> places(order.size());
    std::vector<char> placed(order.size());
    for (const size_t strip : order) {
      forbidden_.clear();
      for (const Neighbour& n : pairs_of_[strip])
        if (placed[n.strip] != 0) forbid(places[n.strip], n);
      std::sort(forbidden_.begin(), forbidden_.end());
      Units at = 0;
      for (const auto& [from, to] : forbidden_) {
        steps_++;
        if (at > from) at = std::max(at, to);
      }
      places[strip] = at;
      placed[strip] = 1;
    }
    return places;
  }

  [[nodiscard]] int64_t steps() const { return steps_; }

 private:
  /// A strip must lie `above` higher than the other or `below` lower, or just `tied` higher.
  struct Neighbour {
    size_t strip;
    Units above, below;
    std::optional<Units> tied;
  };

  void forbid(Units place, const Neighbour& n) {
    const Units from = place - n.below, to = place + n.above;
    const Units between = place + n.tied.value_or(-n.below);
    if (from < between) forbidden_.push_back({from, between});
    if (between < to) forbidden_.push_back({between, to});
  }

  std::vector<std::vector<Neighbour>> pairs_of_;
  std::vector<std::pair<Units, Units>> forbidden_;  // open intervals
  int64_t steps_ = 0;
};

/// The problem upside down: what is lowest there is highest here.
Problem mirrored(const Problem& problem) {
  Problem result = problem;
  for (Pair& pair : result.pairs) {
    const Units difference = problem.sizes[pair.j] - problem.sizes[pair.i];
    pair.up += difference;
    pair.down -= difference;
    std::swap(pair.up, pair.down);
    if (pair.tie) pair.tie = -difference - *pair.tie;
  }
  return result;
}

/// Looks for places below a given height: depth first over "which of the two is above", with the range of places that
/// remains for each strip.
class Decision {
 public:
  enum class Result : uint8_t { kFound, kImpossible, kUnknown };

  Decision(const Problem& problem, int64_t& steps) : problem_(problem), steps_(steps) {}

  Result run(Units height) {
    State state;
    state.low.assign(problem_.sizes.size(), 0);
    for (const Units size : problem_.sizes) {
      if (size > height) return Result::kImpossible;
      state.high.push_back(height - size);
    }
    state.decided.assign(problem_.pairs.size(), Way::kOpen);
    return search(state);
  }
  [[nodiscard]] const std::vector<Units>& places() const { return places_; }

 private:
  enum class Way : uint8_t { kOpen, kTied, kUp, kDown };
  struct State {
    std::vector<Units> low, high;
    std::vector<Way> decided;
  };

  /// `upper` at least `distance` above `lower`. False if no place is left.
  static bool keep(State& state, size_t lower, size_t upper, Units distance, bool& changed) {
    if (state.low[upper] < state.low[lower] + distance) {
      state.low[upper] = state.low[lower] + distance;
      changed = true;
    }
    if (state.high[lower] > state.high[upper] - distance) {
      state.high[lower] = state.high[upper] - distance;
      changed = true;
    }
    return state.low[upper] <= state.high[upper] && state.low[lower] <= state.high[lower];
  }

  static bool is_possible(const State& state, const Pair& pair, Way way) {
    const auto fits = [&](size_t lower, size_t upper, Units distance) {
      return state.low[lower] + distance <= state.high[upper];
    };
    switch (way) {
      case Way::kUp:
        return fits(pair.i, pair.j, pair.up);
      case Way::kDown:
        return fits(pair.j, pair.i, pair.down);
      case Way::kTied:
        return pair.tie && fits(pair.i, pair.j, *pair.tie) && fits(pair.j, pair.i, -*pair.tie);
      case Way::kOpen:
        break;
    }
    return false;
  }
  static bool keep(State& state, const Pair& pair, Way way, bool& changed) {
    if (way == Way::kUp) return keep(state, pair.i, pair.j, pair.up, changed);
    if (way == Way::kDown) return keep(state, pair.j, pair.i, pair.down, changed);
    return keep(state, pair.i, pair.j, *pair.tie, changed) && keep(state, pair.j, pair.i, -*pair.tie, changed);
  }

  bool propagate(State& state) {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t p = 0; p < problem_.pairs.size(); ++p) {
        const Pair& pair = problem_.pairs[p];
        Way& way = state.decided[p];
        if (way == Way::kOpen) {
          int ways = 0;
          for (const Way possible : {Way::kTied, Way::kUp, Way::kDown})
            if (is_possible(state, pair, possible)) {
              way = possible;
              ++ways;
            }
          if (ways == 0) return false;
          if (ways > 1) way = Way::kOpen;
          if (ways > 1) continue;
        }
        if (!keep(state, pair, way, changed)) return false;
      }
      steps_ -= static_cast<int64_t>(problem_.pairs.size());
      if (steps_ < 0) return true;
    }
    return true;
  }

  /// The open pair that the lowest places break, of the largest strips.
  std::optional<size_t> broken(const State& state) const {
    std::optional<size_t> worst;
    Units most = -1;
    for (size_t p = 0; p < problem_.pairs.size(); ++p) {
      const Pair& pair = problem_.pairs[p];
      const Units difference = state.low[pair.j] - state.low[pair.i];
      if (state.decided[p] != Way::kOpen || difference >= pair.up || -difference >= pair.down || difference == pair.tie)
        continue;
      const Units weight = std::min(problem_.sizes[pair.i], problem_.sizes[pair.j]);
      if (weight <= most) continue;
      most = weight;
      worst = p;
    }
    return worst;
  }

  Result search(State& state) {
    const bool has_room = propagate(state);
    if (steps_ < 0) return Result::kUnknown;
    if (!has_room) return Result::kImpossible;
    const std::optional<size_t> open = broken(state);
    if (!open) {
      places_ = state.low;
      return Result::kFound;
    }
    const Pair& pair = problem_.pairs[*open];
    const Units difference = state.low[pair.j] - state.low[pair.i];
    const bool up_first = pair.up - difference <= pair.down + difference;
    Result result = Result::kImpossible;
    for (const Way way : {Way::kTied, up_first ? Way::kUp : Way::kDown, up_first ? Way::kDown : Way::kUp}) {
      if (!is_possible(state, pair, way)) continue;
      State next = state;
      next.decided[*open] = way;
      const Result found = search(next);
      if (found != Result::kImpossible) result = found;
      if (found != Result::kImpossible) break;
    }
    return result;
  }

  const Problem& problem_;
  int64_t& steps_;
  std::vector<Units> places_;
};

}  // namespace

Answer minimize(const Problem& problem, Units bound, int64_t most_steps,
                const std::function<bool(size_t, size_t)>& earlier) {
  const size_t count = problem.sizes.size();
  Answer best{std::vector<Units>(count), 0, bound};
  if (count == 0) return best;
  for (const Units size : problem.sizes) best.bound = std::max(best.bound, size);
  best.height = INT64_MAX;
  int64_t steps = most_steps;
  const Problem upside_down = mirrored(problem);
  Greedy upwards(problem), downwards(upside_down);
  const auto attempt = [&](const Order& order) {
    for (const bool turned : {false, true}) {
      if (best.height == best.bound) return;
      std::vector<Units> places = (turned ? downwards : upwards).place(order);
      const Units height = height_of(problem, places);
      if (height >= best.height) continue;
      if (turned)
        for (size_t i = 0; i < count; ++i) places[i] = height - problem.sizes[i] - places[i];
      best.places = std::move(places);
      best.height = height;
    }
  };

  Order order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), earlier);
  attempt(order);
  attempt(Order(order.rbegin(), order.rend()));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return problem.sizes[a] > problem.sizes[b]; });
  attempt(order);
  Rng rng(1);
  for (size_t i = 0; i < kRandomOrders && best.height > best.bound; ++i) {
    if (upwards.steps() + downwards.steps() > most_steps) break;
    rng.shuffle(std::span(order));
    attempt(order);
  }

  // Bisects between what is proven and what is found, from the bound upwards.
  Units unknown = best.bound;
  for (Units height = best.bound; best.height > unknown && steps > 0; height = (unknown + best.height) / 2) {
    int64_t share = steps / 4 + 1;
    steps -= share;
    Decision decision(problem, share);
    const Decision::Result result = decision.run(height);
    if (share > 0) steps += share;
    if (result == Decision::Result::kFound) {
      best.places = decision.places();
      best.height = height_of(problem, best.places);
      continue;
    }
    if (result == Decision::Result::kImpossible) best.bound = height + 1;
    unknown = height + 1;
  }
  return best;
}

}  // namespace mote::arena
