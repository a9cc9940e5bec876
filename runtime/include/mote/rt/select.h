/// One of two operands, element by element.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// How a condition and two operands of up to five dimensions are walked; steps as in Broadcast.
struct Select {
  int32_t extents[5];
  int32_t condition_steps[5], a_steps[5], b_steps[5];
  int32_t condition_constant, a_constant, b_constant;  ///< not 0: lies where constants do and is read by load()

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("extents", self.extents);
    visit("condition_steps", self.condition_steps);
    visit("a_steps", self.a_steps);
    visit("b_steps", self.b_steps);
    visit("condition_constant", self.condition_constant);
    visit("a_constant", self.a_constant);
    visit("b_constant", self.b_constant);
  }
};

/// `condition` holds truth values: bytes of 0, or 1 (any other counts as true).
template <class T>
constexpr void select(const Select& p, const uint8_t* condition, const T* a, const T* b, T* output) noexcept {
  int32_t at[4] = {0, 0, 0, 0};
  for (;;) {
    for (int32_t i = 0; i < p.extents[4]; ++i) {
      if ((p.condition_constant != 0 ? load(condition) : *condition) != 0)
        *output++ = p.a_constant != 0 ? load(a) : *a;
      else
        *output++ = p.b_constant != 0 ? load(b) : *b;
      condition += p.condition_steps[4];
      a += p.a_steps[4];
      b += p.b_steps[4];
    }
    int32_t d = 3;
    while (d >= 0 && ++at[d] == p.extents[d]) at[d--] = 0;
    if (d < 0) return;
    condition += p.condition_steps[d];
    a += p.a_steps[d];
    b += p.b_steps[d];
  }
}

constexpr void select_f32(const Select& p, const uint8_t* condition, const float* a, const float* b,
                          float* output) noexcept {
  select(p, condition, a, b, output);
}
constexpr void select_s8(const Select& p, const uint8_t* condition, const int8_t* a, const int8_t* b,
                         int8_t* output) noexcept {
  select(p, condition, a, b, output);
}
constexpr void select_s16(const Select& p, const uint8_t* condition, const int16_t* a, const int16_t* b,
                          int16_t* output) noexcept {
  select(p, condition, a, b, output);
}
constexpr void select_s32(const Select& p, const uint8_t* condition, const int32_t* a, const int32_t* b,
                          int32_t* output) noexcept {
  select(p, condition, a, b, output);
}
constexpr void select_s64(const Select& p, const uint8_t* condition, const int64_t* a, const int64_t* b,
                          int64_t* output) noexcept {
  select(p, condition, a, b, output);
}
constexpr void select_u8(const Select& p, const uint8_t* condition, const uint8_t* a, const uint8_t* b,
                         uint8_t* output) noexcept {
  select(p, condition, a, b, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
