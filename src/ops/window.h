#pragma once

#include <span>
#include <vector>

#include "mote/rt/window.h"
#include "ops/op.h"

namespace mote {

/// What slides over the two spatial axes of an NHWC tensor: extents, strides and dilations as (height, width).
struct WindowShape {
  int32_t kernel_h = 1, kernel_w = 1;
  int32_t stride_h = 1, stride_w = 1;
  int32_t dilation_h = 1, dilation_w = 1;
  Padding padding = Padding::kSame;
};

struct Window {
  rt::WindowAxis rows, columns;
  [[nodiscard]] int64_t taps() const { return int64_t{rows.kernel} * columns.kernel; }
};

/// Output extents and padding of a window over `input` [batches][height][width][channels] (rule W2):
/// SAME gives ceil(input / stride) outputs and puts the odd padding last; VALID gives those windows that fit.
/// Refuses inputs that are not NHWC, strides, dilations and extents below 1, and a VALID window larger than its input.
[[nodiscard]] Result<Window> make_window(const Shape& input, const WindowShape& shape);

/// Patches of all output positions: [batches * outputs][taps * channels], zeros in the padding.
/// `input` is [batches][rows][columns][channels]; `patches` has the right size.
void gather_patches(const Window& window, int64_t batches, int64_t channels, std::span<const float> input,
                    std::span<float> patches);
/// The adjoint: adds each element of `patches` to the input it was taken from.
void scatter_patches(const Window& window, int64_t batches, int64_t channels, std::span<const float> patches,
                     std::span<float> input);

/// The [batches, height, width, channels] that the window yields.
[[nodiscard]] Shape output_shape(const Window& window, int32_t batches, int32_t channels);

}  // namespace mote
