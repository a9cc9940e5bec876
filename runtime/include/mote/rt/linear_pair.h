#pragma once

#include "mote/rt/arch/armv7em_elements.h"
#include "mote/rt/arch/helium_elements.h"
#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Sum or difference of two int8 operands in one rounding: the host has found factors for which every pair of inputs
/// gives what rules A1 and N1 define.
struct LinearPair {
  Broadcast walk;
  int32_t a_factor, b_factor, addend;  ///< each product, and all three together, fit int32 for every pair of inputs
  int32_t shift;                       ///< in [0, 31)
  int32_t low, high;                   ///< the fused activation's range

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_factor", self.a_factor);
    visit("b_factor", self.b_factor);
    visit("addend", self.addend);
    visit("shift", self.shift);
    visit("low", self.low);
    visit("high", self.high);
  }
};

namespace linear_pair {

/// The clamp to the whole of int8 is one instruction on many cores, if the compiler sees its bounds.
struct Whole {
  constexpr int32_t operator()(int32_t x) const noexcept { return clamp(x, -128, 127); }
};
struct Range {
  int32_t low, high;
  constexpr int32_t operator()(int32_t x) const noexcept { return clamp(x, low, high); }
};

template <class Bounds>
struct Join {
  int32_t a_factor, b_factor, addend, shift;
  Bounds bounds;
  constexpr int8_t operator()(int8_t a, int8_t b) const noexcept {
    // Modulo 2^32: the whole sum fits, parts of it need not.
    const uint32_t sum = static_cast<uint32_t>(a * a_factor) + static_cast<uint32_t>(b * b_factor);
    return static_cast<int8_t>(bounds(static_cast<int32_t>(sum + static_cast<uint32_t>(addend)) >> shift));
  }
};

}  // namespace linear_pair

#if defined(__ARM_FEATURE_MVE) || defined(MOTE_RT_ARMV7EM_ELEMENTS)
/// Inlined, so that a call with known parameters brings only the loop that it needs.
#define MOTE_RT_KNOWN_CALL MOTE_RT_INLINE
static_assert(offsetof(LinearPair, high) - offsetof(LinearPair, a_factor) == 20, "assembly reads by place");

/// Operands of one shape, several elements at a time. False: they are others, or the core has no loop for the clamp.
template <bool kClamp>
MOTE_RT_INLINE bool by_vectors(const LinearPair& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  const Broadcast& walk = p.walk;
  if (walk.a_steps[4] != 1 || walk.b_steps[4] != 1 || walk.extents[3] != 1 || walk.extents[2] != 1 ||
      walk.extents[1] != 1 || walk.extents[0] != 1)
    return false;
#if defined(__ARM_FEATURE_MVE)
  helium::linear_pair<kClamp>(a, b, output, walk.extents[4], &p.a_factor);
  return true;
#else
  constexpr int32_t kFrequentShift = 22;  // where both factors together are 2 to 4
  if (kClamp) return false;
  const auto loop = p.shift == kFrequentShift ? armv7em::linear_pair<kFrequentShift> : armv7em::linear_pair<0>;
  loop(a, b, output, walk.extents[4], &p.a_factor);
  return true;
#endif
}
#else
#define MOTE_RT_KNOWN_CALL inline
template <bool kClamp>
constexpr bool by_vectors(const LinearPair&, const int8_t*, const int8_t*, int8_t*) noexcept {
  return false;
}
#endif

/// output = (a * a_factor + b * b_factor + addend) / 2^shift, rounded down, in int8. `output` may be an input of the
/// output's shape, here and below.
MOTE_RT_KNOWN_CALL void linear_pair_s8(const LinearPair& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  using linear_pair::Whole;
  if (by_vectors<false>(p, a, b, output)) return;
  broadcast(p.walk, a, b, output, linear_pair::Join<Whole>{p.a_factor, p.b_factor, p.addend, p.shift, {}});
}
/// The same in [low, high].
inline void linear_pair_range_s8(const LinearPair& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  using linear_pair::Range;
  if (by_vectors<true>(p, a, b, output)) return;
  broadcast(p.walk, a, b, output, linear_pair::Join<Range>{p.a_factor, p.b_factor, p.addend, p.shift, {p.low, p.high}});
}

#undef MOTE_RT_KNOWN_CALL

}  // namespace v1
}  // namespace rt
}  // namespace mote
