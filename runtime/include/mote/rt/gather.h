#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Picks slices: input [batches][outer][extent][inner], indices [batches][count], output
/// [batches][outer][count][inner].
struct Gather {
  int32_t batches;
  int32_t outer;
  int32_t extent;
  int32_t inner;
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("outer", self.outer);
    visit("extent", self.extent);
    visit("inner", self.inner);
    visit("count", self.count);
  }
};

/// Picks slices by index vectors: output [count][inner], indices [count][depth]; dimension d of the input has
/// `extents[d]` slices, `steps[d]` elements apart.
struct GatherNd {
  int32_t count;
  int32_t depth;  ///< at most 8
  int32_t inner;
  int32_t extents[8];
  int32_t steps[8];

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("depth", self.depth);
    visit("inner", self.inner);
    visit("extents", self.extents);
    visit("steps", self.steps);
  }
};

/// Resizes [batches][input_rows][input_columns][channels] to [batches][rows][columns][channels]: output pixel (y, x) is
/// input pixel (row_of[y], column_of[x]).
struct PickPixels {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t rows;
  int32_t columns;
  int32_t channels;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("input_rows", self.input_rows);
    visit("input_columns", self.input_columns);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("channels", self.channels);
  }
};

/// An index within [0, extent): what lies outside becomes the nearest that is inside, so that no input of a model can
/// make it read elsewhere.
constexpr int32_t inside(int32_t index, int32_t extent) noexcept {
  return index < 0 ? 0 : index >= extent ? extent - 1 : index;
}

template <size_t kBytes>
inline void gather(const Gather& p, const void* input, const int32_t* indices, void* output) noexcept {
  const size_t bytes = static_cast<size_t>(p.inner) * kBytes;
  const uint8_t* slices = static_cast<const uint8_t*>(input);
  uint8_t* to = static_cast<uint8_t*>(output);
  for (int32_t b = 0; b < p.batches; ++b, indices += p.count)
    for (int32_t o = 0; o < p.outer; ++o, slices += static_cast<size_t>(p.extent) * bytes)
      for (int32_t i = 0; i < p.count; ++i, to += bytes)
        __builtin_memcpy(to, slices + static_cast<size_t>(inside(indices[i], p.extent)) * bytes, bytes);
}

template <size_t kBytes>
inline void gather_nd(const GatherNd& p, const void* input, const int32_t* indices, void* output) noexcept {
  const size_t bytes = static_cast<size_t>(p.inner) * kBytes;
  uint8_t* to = static_cast<uint8_t*>(output);
  for (int32_t i = 0; i < p.count; ++i, to += bytes) {
    size_t from = 0;
    for (int32_t d = 0; d < p.depth; ++d)
      from += static_cast<size_t>(inside(*indices++, p.extents[d])) * static_cast<size_t>(p.steps[d]);
    __builtin_memcpy(to, static_cast<const uint8_t*>(input) + from * kBytes, bytes);
  }
}

template <size_t kBytes>
inline void pick_pixels(const PickPixels& p, const void* input, const int32_t* row_of, const int32_t* column_of,
                        void* output) noexcept {
  const size_t bytes = static_cast<size_t>(p.channels) * kBytes;
  const uint8_t* image = static_cast<const uint8_t*>(input);
  uint8_t* to = static_cast<uint8_t*>(output);
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.rows; ++y) {
      const uint8_t* row = image + static_cast<size_t>(load(row_of + y)) * static_cast<size_t>(p.input_columns) * bytes;
      for (int32_t x = 0; x < p.columns; ++x, to += bytes)
        __builtin_memcpy(to, row + static_cast<size_t>(load(column_of + x)) * bytes, bytes);
    }
    image += static_cast<size_t>(p.input_rows) * static_cast<size_t>(p.input_columns) * bytes;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
