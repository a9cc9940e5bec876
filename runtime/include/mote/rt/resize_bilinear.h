/// Images resized by linear interpolation: rule V4.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// `input` is [batches][rows.input][columns.input][channels]. A position of the output stands at position * scale of
/// the input, with half pixel centres at (position + 1/2) * scale - 1/2.
template <class Number>
struct ResizeAxis {
  int32_t input, output;
  Number scale;  ///< input elements an output element; in integers in steps of 1/1024

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("input", self.input);
    visit("output", self.output);
    visit("scale", self.scale);
  }
};
template <class Number>
struct ResizeBilinear {
  int32_t batches, channels;
  int32_t half_pixel_centers;  ///< not 0: pixels are squares, their positions the centres
  ResizeAxis<Number> rows, columns;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("channels", self.channels);
    visit("half_pixel_centers", self.half_pixel_centers);
    visit("rows", self.rows);
    visit("columns", self.columns);
  }
};
using ResizeBilinearF32 = ResizeBilinear<float>;
using ResizeBilinearS = ResizeBilinear<int32_t>;

namespace bilinear {

/// Two neighbours on the input's axis and how far the position is from the first towards the second.
template <class Number>
struct Between {
  int32_t first, second;
  Number way;
};

constexpr Between<float> between(const ResizeAxis<float>& axis, int32_t position, bool centers) noexcept {
  const float at =
      centers ? (static_cast<float>(position) + 0.5f) * axis.scale - 0.5f : static_cast<float>(position) * axis.scale;
  const int32_t first = static_cast<int32_t>(at);  // at > -1: 0 for what lies before the first
  const int32_t next = static_cast<float>(first) < at ? first + 1 : first;
  return {first, next < axis.input ? next : axis.input - 1, at - static_cast<float>(first)};
}

constexpr Between<int32_t> between(const ResizeAxis<int32_t>& axis, int32_t position, bool centers) noexcept {
  const int32_t at = position * axis.scale + (centers ? axis.scale / 2 - 512 : 0);
  const int32_t first = at / 1024;
  const int32_t next = (at + 1023) / 1024;
  return {first, next < axis.input ? next : axis.input - 1, at - 1024 * first};
}

template <class T>
constexpr float blend(T a, T b, T c, T d, float y, float x) noexcept {
  return a * (1 - y) * (1 - x) + b * y * (1 - x) + c * (1 - y) * x + d * y * x;
}
/// In steps of 2^-20, rounded to nearest, ties away from zero.
template <class T>
constexpr T blend(T a, T b, T c, T d, int32_t y, int32_t x) noexcept {
  const int64_t sum = static_cast<int64_t>(a) * (1024 - y) * (1024 - x) + static_cast<int64_t>(b) * y * (1024 - x) +
                      static_cast<int64_t>(c) * (1024 - y) * x + static_cast<int64_t>(d) * y * x;
  const int64_t half = int64_t{1} << 19;
  return static_cast<T>((sum > 0 ? sum + half : sum - half) / (int64_t{1} << 20));
}

template <class Number, class T>
constexpr void resize(const ResizeBilinear<Number>& p, const T* input, T* output) noexcept {
  const bool centers = p.half_pixel_centers != 0;
  const int32_t row = p.columns.input * p.channels;
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.rows.input * row)
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Between<Number> rows = between(p.rows, y, centers);
      const T* upper = input + rows.first * row;
      const T* lower = input + rows.second * row;
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const Between<Number> columns = between(p.columns, x, centers);
        const int32_t left = columns.first * p.channels;
        const int32_t right = columns.second * p.channels;
        for (int32_t c = 0; c < p.channels; ++c)
          *output++ =
              blend(upper[left + c], lower[left + c], upper[right + c], lower[right + c], rows.way, columns.way);
      }
    }
}

}  // namespace bilinear

constexpr void resize_bilinear_f32(const ResizeBilinearF32& p, const float* input, float* output) noexcept {
  bilinear::resize(p, input, output);
}
constexpr void resize_bilinear_s8(const ResizeBilinearS& p, const int8_t* input, int8_t* output) noexcept {
  bilinear::resize(p, input, output);
}
constexpr void resize_bilinear_s16(const ResizeBilinearS& p, const int16_t* input, int16_t* output) noexcept {
  bilinear::resize(p, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
