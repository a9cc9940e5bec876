#pragma once

#include "mote/rt/conv2d.h"

namespace mote {

/// Whether a window is one pixel, and every pixel is one.
constexpr bool has_windows_of_a_pixel(const rt::ConvShape& shape) {
  const auto every = [](const rt::WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.padding == 0 && axis.output == axis.input;
  };
  return every(shape.rows) && every(shape.columns);
}

/// Whether one window takes in the whole image.
constexpr bool is_one_window(const rt::ConvShape& shape) {
  const auto covers = [](const rt::WindowAxis& axis) {
    return axis.output == 1 && axis.kernel == axis.input && axis.dilation == 1 && axis.padding == 0;
  };
  return covers(shape.rows) && covers(shape.columns);
}

}  // namespace mote
