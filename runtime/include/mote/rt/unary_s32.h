/// Functions of one plain int32. -2^31, whose opposite does not fit, stays what it is.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct UnaryS32 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `output` may be `input`, here and below.
constexpr void neg_s32(const UnaryS32& p, const int32_t* input, int32_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = static_cast<int32_t>(0u - static_cast<uint32_t>(input[i]));
}
constexpr void abs_s32(const UnaryS32& p, const int32_t* input, int32_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = input[i];
    output[i] = x < 0 ? static_cast<int32_t>(0u - static_cast<uint32_t>(x)) : x;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
