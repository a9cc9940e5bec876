#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "target/int8_layer.h"

namespace mote {

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
