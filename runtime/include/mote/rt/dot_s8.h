#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// sum + the products of `count` activations and constant weights, four a round.
constexpr int32_t dot_s8(int32_t sum, const int8_t* input, const int8_t* weights, int32_t count) noexcept {
  for (; count >= 4; count -= 4, input += 4, weights += 4) {
    sum += input[0] * static_cast<int32_t>(load(weights));
    sum += input[1] * static_cast<int32_t>(load(weights + 1));
    sum += input[2] * static_cast<int32_t>(load(weights + 2));
    sum += input[3] * static_cast<int32_t>(load(weights + 3));
  }
  for (; count > 0; --count) sum += *input++ * static_cast<int32_t>(load(weights++));
  return sum;
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
