#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mote/rt/requantize.h"
#include "target/kernel.h"

namespace mote {

/// The elements of a constant that a call refers to.
template <class T>
std::span<const T> elements(const Lowered& lowered, const Operand& operand) {
  const Constant& constant = lowered.constants[static_cast<size_t>(operand.index)];
  return {reinterpret_cast<const T*>(constant.bytes.data()), constant.bytes.size() / sizeof(T)};
}

/// An int8 layer with weights: [channels][depth] of a dense one, [rows * columns][channels] of a depthwise one.
struct LanesLayer {
  std::vector<int8_t> weights;
  std::vector<int64_t> bias;  ///< [channels], with the input's zero point inside
  std::span<const int32_t> factors;
  int32_t factor_stride = 2;
  rt::OutputStage stage{};
};

/// The dense weights that mote/rt/lanes.h describes. `order`: which of its weights stands where in a filter, run by
/// run, -1: none. None if a factor is 1/2 or more or below 2^-23, or an accumulator 2^30 or more, unless its channel is
/// a constant.
[[nodiscard]] std::optional<std::vector<int8_t>> pack_dense_lanes(LanesLayer layer, const std::vector<int32_t>& order);
/// The depthwise weights for windows of rows x columns, `blocks` of them; none as above.
[[nodiscard]] std::optional<std::vector<int8_t>> pack_depthwise_lanes(LanesLayer layer, int32_t rows, int32_t columns,
                                                                      int32_t blocks);

}  // namespace mote
