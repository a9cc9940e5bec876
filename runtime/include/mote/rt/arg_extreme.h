/// The index of the largest or smallest element along one axis.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// `input` is [outer][depth][inner], `output` [outer][inner]. The first of equal elements wins.
struct ArgExtreme {
  int32_t outer, depth, inner;
  int32_t smallest;  ///< not 0: the smallest element, else the largest

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("outer", self.outer);
    visit("depth", self.depth);
    visit("inner", self.inner);
    visit("smallest", self.smallest);
  }
};

template <class T, class Index>
constexpr void arg_extreme(const ArgExtreme& p, const T* input, Index* output) noexcept {
  for (int32_t o = 0; o < p.outer; ++o, input += p.depth * p.inner)
    for (int32_t i = 0; i < p.inner; ++i) {
      const T* from = input + i;
      T best = *from;
      int32_t index = 0;
      for (int32_t d = 1; d < p.depth; ++d) {
        from += p.inner;
        if (p.smallest != 0 ? *from < best : *from > best) {
          best = *from;
          index = d;
        }
      }
      *output++ = static_cast<Index>(index);
    }
}

constexpr void arg_extreme_f32_s32(const ArgExtreme& p, const float* input, int32_t* output) noexcept {
  arg_extreme(p, input, output);
}
constexpr void arg_extreme_s8_s32(const ArgExtreme& p, const int8_t* input, int32_t* output) noexcept {
  arg_extreme(p, input, output);
}
constexpr void arg_extreme_f32_s64(const ArgExtreme& p, const float* input, int64_t* output) noexcept {
  arg_extreme(p, input, output);
}
constexpr void arg_extreme_s8_s64(const ArgExtreme& p, const int8_t* input, int64_t* output) noexcept {
  arg_extreme(p, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
