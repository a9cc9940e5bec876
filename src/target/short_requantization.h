#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mote/rt/requantize.h"

namespace mote {

/// An output channel as rule Q4 requantizes it.
struct RequantizedChannel {
  rt::Multiplier factor;
  int64_t low = 0, high = 0;  ///< every accumulator, bias included, lies in [low, high]
  int32_t scale_bits = 0;     ///< the kernel's accumulator is the rule's times 2^scale_bits
};

/// The numbers of rt::short_requantize. `bias` is in the kernel's scaled units and goes into the accumulator.
struct ShortForm {
  int32_t bias = 0;
  int32_t multiplier = 0;
  int32_t addend = 0;
  int32_t step = 0;
};

/// Ties of the second rounding go away from zero (rule Q2), so outputs below the zero point begin a little later than
/// one straight line has them. Where there are none, a plain form will do.
enum class ShortKind : uint8_t {
  kPlain,    ///< no step
  kStepped,  ///< the step that rule Q2 takes at zero; needs some scale_bits
};

/// A form for each channel of a layer; channel c shifts by shift + scale_bits of c.
struct ShortForms {
  int32_t shift = 0;
  std::vector<ShortForm> channels;
};

/// A form that gives the bytes of rule Q4 for every accumulator in the channel's range, clamped to [-128, 127] only:
/// a narrower fused activation is left to the caller. Both maps are monotone, so they are equal if each of the 255
/// outputs begins at the same accumulator; that is what is searched for and what proves the form. None if there is none
/// at this shift.
[[nodiscard]] std::optional<ShortForm> short_form(const RequantizedChannel& channel, int32_t zero_point, int32_t shift,
                                                  ShortKind kind);

/// Products of accumulator and multiplier, and outputs shifted to their place, stay within 64 bits.
inline constexpr int32_t kLargestShift = 22;

/// Forms with one shift for all channels: the largest, of those up to `most`, for which all exist.
[[nodiscard]] std::optional<ShortForms> short_forms(std::span<const RequantizedChannel> channels, int32_t zero_point,
                                                    ShortKind kind, int32_t most = kLargestShift);

}  // namespace mote
