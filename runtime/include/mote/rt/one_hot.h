/// Rows that are `off` but for one element.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// `indices` is [outer][inner], `output` [outer][depth][inner]: output[o][d][i] is `on` where indices[o][i] is d.
template <class Number>
struct OneHot {
  int32_t outer, depth, inner;
  Number on, off;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("outer", self.outer);
    visit("depth", self.depth);
    visit("inner", self.inner);
    visit("on", self.on);
    visit("off", self.off);
  }
};
using OneHotF32 = OneHot<float>;
using OneHotS = OneHot<int32_t>;

template <class Number, class Index, class T>
constexpr void one_hot(const OneHot<Number>& p, const Index* indices, T* output) noexcept {
  for (int32_t o = 0; o < p.outer; ++o, indices += p.inner)
    for (int32_t d = 0; d < p.depth; ++d)
      for (int32_t i = 0; i < p.inner; ++i)
        *output++ = static_cast<T>(indices[i] == static_cast<Index>(d) ? p.on : p.off);
}

constexpr void one_hot_s32_f32(const OneHotF32& p, const int32_t* indices, float* output) noexcept {
  one_hot(p, indices, output);
}
constexpr void one_hot_s64_f32(const OneHotF32& p, const int64_t* indices, float* output) noexcept {
  one_hot(p, indices, output);
}
constexpr void one_hot_s32_s8(const OneHotS& p, const int32_t* indices, int8_t* output) noexcept {
  one_hot(p, indices, output);
}
constexpr void one_hot_s64_s8(const OneHotS& p, const int64_t* indices, int8_t* output) noexcept {
  one_hot(p, indices, output);
}
constexpr void one_hot_s32_s32(const OneHotS& p, const int32_t* indices, int32_t* output) noexcept {
  one_hot(p, indices, output);
}
constexpr void one_hot_s64_s32(const OneHotS& p, const int64_t* indices, int32_t* output) noexcept {
  one_hot(p, indices, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
