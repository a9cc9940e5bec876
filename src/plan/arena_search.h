#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

/// The search behind lay_out, in units of the offsets' alignment and without buffers' names: strips of given sizes,
/// pairs of which must keep apart.
namespace mote::arena {

using Units = int64_t;

/// Two strips, of which either place[j] - place[i] >= up or place[i] - place[j] >= down or place[j] - place[i] == tie.
struct Pair {
  size_t i, j;
  Units up, down;
  std::optional<Units> tie;
};

struct Problem {
  std::vector<Units> sizes;
  std::vector<Pair> pairs;
};

struct Answer {
  std::vector<Units> places;
  Units height = 0;
  Units bound = 0;  ///< no answer is lower
};

/// Looks at a pair before the search gives up.
inline constexpr int64_t kThorough = 40'000'000;
inline constexpr int64_t kHasty = 20'000;

/// The lowest answer found within so many steps, at least `bound` high. `earlier` orders strips by time: chains of
/// overlapping ones are best placed along it.
[[nodiscard]] Answer minimize(const Problem& problem, Units bound, int64_t most_steps,
                              const std::function<bool(size_t, size_t)>& earlier);

}  // namespace mote::arena
