/// A convolution's pixels two at a time.
#pragma once

#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// The windows of the pixel of this index among those of all images, and of the one behind it if there are two: copied
/// to `copies`, at this distance.
inline void copy_windows(const ConvShape& shape, const int8_t* input, int32_t index, int32_t pixels, int32_t zero_point,
                         int8_t* copies, int32_t distance) noexcept {
  const int32_t image_pixels = shape.rows.output * shape.columns.output;
  const int32_t image_bytes = shape.rows.input * shape.columns.input * shape.input_channels;
  for (int32_t i = 0; i < pixels; ++i, ++index, copies += distance) {
    const int32_t image = index / image_pixels, in_image = index - image * image_pixels;
    const int32_t y = in_image / shape.columns.output;
    copy_window(shape, input + image * image_bytes, y, in_image - y * shape.columns.output, zero_point, copies);
  }
}

/// The pixels of all images in order, two at a time: `inside(first, pairs, output)` for pairs whose windows lie wholly
/// inside the input, the first of them at `first`; `edge(index, pixels, output)` for the others, one or two of them by
/// the index of the first among those of all images.
template <class Input, class Output, class Inside, class Edge>
MOTE_RT_INLINE void for_pairs(const ConvShape& shape, Input input, Output output, const Inside& inside,
                              const Edge& edge) noexcept {
  const WholeWindows whole_rows(shape.rows), whole_columns(shape.columns);
  const int32_t tap = shape.input_channels, line = shape.columns.input * tap;
  Input image = input;
  int32_t y = 0, x = 0;
  const int32_t count = shape.batches * shape.rows.output * shape.columns.output;
  for (int32_t index = 0; index < count;) {
    const int32_t pairs =
        whole_rows.holds(y) && whole_columns.holds(x) ? (whole_columns.first + whole_columns.count - x) / 2 : 0;
    if (pairs > 0) {
      const int32_t start = (y * shape.rows.stride - shape.rows.padding) * line - shape.columns.padding * tap;
      inside(image + (start + x * shape.columns.stride * tap), pairs, output);
      x += 2 * pairs;
      index += 2 * pairs;
      output += 2 * pairs * shape.output_channels;
    } else {
      edge(index, index + 1 < count ? 2 : 1, output);
      output += 2 * shape.output_channels;
      x += 2;
      index += 2;
    }
    for (; x >= shape.columns.output; image += y == 0 ? shape.rows.input * line : 0) {
      x -= shape.columns.output;
      y = y + 1 < shape.rows.output ? y + 1 : 0;
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
