#pragma once

#include <cstdint>
#include <span>

#include "ops/window.h"

namespace mote {

/// Convolutions in float for training, as sums of small matrix products over rows of the input that overlap: patches
/// are never copied out. Input [batches][height][width][channels], weights [outputs][kernel_h][kernel_w][channels].
struct FloatConv {
  Window window;
  int64_t batches = 0, channels = 0, outputs = 0;

  /// output += the convolution, without bias and activation.
  void forward_add(std::span<const float> input, std::span<const float> weights, std::span<float> output) const;
  /// Adds the derivative by the weights.
  void weights_add(std::span<const float> gradient, std::span<const float> input, std::span<float> weights) const;
  /// Adds the derivative by the input.
  void input_add(std::span<const float> gradient, std::span<const float> weights, std::span<float> input) const;
};

}  // namespace mote
