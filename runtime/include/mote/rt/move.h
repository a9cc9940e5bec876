#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A block of up to eight dimensions copied from one array to another. Outer dimensions that are not used have
/// extent 1.
struct Move {
  int32_t extents[8];     ///< outermost first
  int32_t from_steps[8];  ///< [7]: elements from one element of the innermost dimension to the next; [d]: elements to
  int32_t to_steps[8];    ///< move when dimension d advances, counted from the end of the walk through those inside it
  int32_t from;           ///< the first element read
  int32_t to;             ///< the first element written

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("extents", self.extents);
    visit("from_steps", self.from_steps);
    visit("to_steps", self.to_steps);
    visit("from", self.from);
    visit("to", self.to);
  }
};

/// Copies one element of kBytes bytes; the addresses are aligned to it. Whatever type the elements have, they are
/// copied as bytes.
template <int kBytes>
inline void move_element(const uint8_t* from, uint8_t* to) noexcept {
  __builtin_memcpy(__builtin_assume_aligned(to, kBytes), __builtin_assume_aligned(from, kBytes), kBytes);
}

/// The walk of `p` over elements of kBytes bytes. `input` and `output` may be one array, if what is read and what is
/// written do not overlap.
template <int kBytes>
inline void move(const Move& p, const void* input, void* output) noexcept {
  const uint8_t* from = static_cast<const uint8_t*>(input) + static_cast<ptrdiff_t>(p.from) * kBytes;
  uint8_t* to = static_cast<uint8_t*>(output) + static_cast<ptrdiff_t>(p.to) * kBytes;
  const int32_t count = p.extents[7];
  const ptrdiff_t from_step = static_cast<ptrdiff_t>(p.from_steps[7]) * kBytes;
  const ptrdiff_t to_step = static_cast<ptrdiff_t>(p.to_steps[7]) * kBytes;
  int32_t at[7] = {0, 0, 0, 0, 0, 0, 0};
  for (;;) {
    if (from_step == kBytes && to_step == kBytes) {
      __builtin_memcpy(to, from, static_cast<size_t>(count) * kBytes);
      from += count * from_step;
      to += count * to_step;
    } else {
      for (int32_t i = 0; i < count; ++i, from += from_step, to += to_step) move_element<kBytes>(from, to);
    }
    int32_t d = 6;
    while (d >= 0 && ++at[d] == p.extents[d]) at[d--] = 0;
    if (d < 0) return;
    from += static_cast<ptrdiff_t>(p.from_steps[d]) * kBytes;
    to += static_cast<ptrdiff_t>(p.to_steps[d]) * kBytes;
  }
}

/// Copies elements of 8, 16, 32 or 64 bits.
inline void move_8(const Move& p, const void* input, void* output) noexcept {
  move<1>(p, input, output);
}
inline void move_16(const Move& p, const void* input, void* output) noexcept {
  move<2>(p, input, output);
}
inline void move_32(const Move& p, const void* input, void* output) noexcept {
  move<4>(p, input, output);
}
inline void move_64(const Move& p, const void* input, void* output) noexcept {
  move<8>(p, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
