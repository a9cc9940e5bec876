#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "target/short_requantization.h"

namespace mote {

/// An int8 layer with weights, channel by channel.
struct Int8Layer {
  int32_t outputs = 0, depth = 0;   ///< depth: inputs of an output
  std::span<const int8_t> weights;  ///< [outputs][depth]
  std::vector<int32_t> order;       ///< of a column: which input stands there, -1: none
  std::span<const int32_t> bias;    ///< [outputs], with the input's zero point inside
  std::span<const int32_t> factors;
  int32_t factor_stride = 2;
  int32_t output_zero_point = 0;

  [[nodiscard]] std::span<const int8_t> filter(int32_t output) const {
    return weights.subspan(static_cast<size_t>(output) * static_cast<size_t>(depth), static_cast<size_t>(depth));
  }
};

/// The stream that mote/rt/dense_panel.h describes.
struct DenseStream {
  std::vector<int32_t> words;
  int32_t block_words = 0;
  int32_t shift = 0;
  bool stepped = false;
};

/// Packs the layer in blocks of `block` channels and `groups` groups, zeros where there is no channel or input. None if
/// a pair of weights does not fit its halfword, a sum its accumulator, or the layer has no short requantization.
[[nodiscard]] std::optional<DenseStream> pack_dense(const Int8Layer& layer, int32_t block, int32_t groups);

}  // namespace mote
