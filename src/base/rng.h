#pragma once

#include <cstdint>
#include <span>

namespace mote {

/// A small counter-free generator (xoshiro256**, seeded through splitmix64): the same seed gives the same numbers on
/// every machine and compiler, which the distributions of the standard library do not promise.
class Rng {
 public:
  explicit Rng(uint64_t seed);

  /// A generator of its own for one purpose or one thread: the same (seed, stream) always gives the same one.
  [[nodiscard]] static Rng stream(uint64_t seed, uint64_t stream);

  uint64_t next();
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform integer in [0, count); count > 0.
  uint64_t below(uint64_t count);
  /// Standard normal (polar method).
  double normal();

  template <class T>
  void shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace mote
