#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// sum + the products of `count` activations and constant weights, four a round.
constexpr int32_t dot_s8(int32_t sum, const int8_t* input, const int8_t* weights, int32_t count) noexcept {
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    sum += input[i] * static_cast<int32_t>(load(weights + i));
    sum += input[i + 1] * static_cast<int32_t>(load(weights + i + 1));
    sum += input[i + 2] * static_cast<int32_t>(load(weights + i + 2));
    sum += input[i + 3] * static_cast<int32_t>(load(weights + i + 3));
  }
  for (; i < count; ++i) sum += input[i] * static_cast<int32_t>(load(weights + i));
  return sum;
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
