#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mote/rt/byte_requantize.h"
#include "target/short_requantization.h"

namespace mote {

/// One channel's numbers. A place is an accumulator plus `offset`.
struct ByteChannel {
  int32_t offset = 0;
  bool is_constant = false;  ///< the place is `offset`, whatever the accumulator
  rt::ByteForm form{};
};

/// rt::byte_requantize for each channel of a layer such that it gives the bytes of rule Q4, clamped to [-128, 127]
/// only, for every accumulator in the channel's range. As with the short form, all outputs begin at the same
/// accumulators: equal thresholds are the proof. None if a channel has none, or places that leave 24 bits.
[[nodiscard]] std::optional<std::vector<ByteChannel>> byte_forms(std::span<const RequantizedChannel> channels,
                                                                 int32_t zero_point);

}  // namespace mote
