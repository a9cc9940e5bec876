#pragma once

#include <array>
#include <cstdint>

#include "boards/plugin/counters.h"

namespace mote {

/// How many instructions of each class were executed.
struct InstructionMix {
  std::array<uint64_t, kCounterCount> counts{};

  [[nodiscard]] uint64_t operator[](Counter which) const { return counts[static_cast<size_t>(which)]; }
  [[nodiscard]] uint64_t& operator[](Counter which) { return counts[static_cast<size_t>(which)]; }
  [[nodiscard]] uint64_t instructions() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < kInstructionClasses; ++i) sum += counts[i];
    return sum;
  }
  InstructionMix& operator+=(const InstructionMix& other) {
    for (size_t i = 0; i < kCounterCount; ++i) counts[i] += other.counts[i];
    return *this;
  }
  /// What was executed since `earlier`, a reading of the same counters.
  [[nodiscard]] InstructionMix since(const InstructionMix& earlier) const {
    InstructionMix difference;
    for (size_t i = 0; i < kCounterCount; ++i) difference.counts[i] = counts[i] - earlier.counts[i];
    return difference;
  }
  [[nodiscard]] bool operator==(const InstructionMix&) const = default;
};

}  // namespace mote
