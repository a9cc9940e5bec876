#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mote/rt/narrow_requantize.h"
#include "target/short_requantization.h"

namespace mote {

/// One channel's numbers. A place is an accumulator plus `offset`.
struct NarrowChannel {
  int32_t offset = 0;
  rt::NarrowForm form{};
};

struct NarrowForms {
  int32_t shift = 0;
  bool stepped = false;  ///< whether any channel has a step
  std::vector<NarrowChannel> channels;
};

inline constexpr int32_t kMostNarrowShift = 16;

/// rt::narrow_requantize for each channel of a layer such that it gives the bytes of rule Q4, clamped to [-128, 127]
/// only, for every accumulator in the channel's range. As with the short form, all outputs begin at the same
/// accumulators: equal thresholds are the proof. None if a channel has none. The shift is `most_shift`, less where
/// places take more than 32 - most_shift bits.
[[nodiscard]] std::optional<NarrowForms> narrow_forms(std::span<const RequantizedChannel> channels, int32_t zero_point,
                                                      int32_t most_shift = kMostNarrowShift);

/// What kernels read of a channel: start (the bias, in places), addend, limit, low, high; stepped also pivot, step.
void append_numbers(const NarrowForms& forms, size_t channel, int32_t bias, std::vector<int32_t>& words);

}  // namespace mote
