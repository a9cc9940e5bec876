#include "ops/window.h"

#include <algorithm>

namespace mote {

namespace {
// Keeps every intermediate of the kernels' int32 index arithmetic in range.
constexpr int64_t kLargestReach = int64_t{1} << 29;

Result<rt::WindowAxis> make_axis(int32_t input, int32_t kernel, int32_t stride, int32_t dilation, Padding padding,
                                 std::string_view axis) {
  if (input < 1 || kernel < 1)
    return fail(ErrorCode::kBadInput, "the {} of input and window must be at least 1, they are {} and {}", axis, input,
                kernel);
  if (stride < 1 || dilation < 1)
    return fail(ErrorCode::kBadInput, "stride and dilation along the {} must be at least 1, they are {} and {}", axis,
                stride, dilation);
  if (padding != Padding::kSame && padding != Padding::kValid)
    return fail(ErrorCode::kBadInput, "padding {} is neither SAME (0) nor VALID (1)", static_cast<int>(padding));
  const int64_t reach = int64_t{kernel - 1} * dilation + 1;
  if (reach > kLargestReach || input > kLargestReach || stride > kLargestReach)
    return fail(ErrorCode::kUnsupported, "a window that spans {} inputs of {} with stride {} along the {}; at most {}",
                reach, input, stride, axis, kLargestReach);
  const int64_t free = padding == Padding::kSame ? input : input - reach + 1;
  if (free < 1)
    return fail(ErrorCode::kBadInput,
                "a window that spans {} does not fit into a {} of {} without padding; use a smaller window or SAME",
                reach, axis, input);
  const int64_t output = (free + stride - 1) / stride;
  const int64_t missing = std::max<int64_t>(0, (output - 1) * stride + reach - input);
  return rt::WindowAxis{input,    static_cast<int32_t>(output),     kernel, stride,
                        dilation, static_cast<int32_t>(missing / 2)};
}

/// Calls `copy(patch, offset, input)` for each run of present elements: `count` floats at `offset` of the patch of
/// an output belong to those from `input` on. `count` is the run's length.
template <class Copy>
void for_each_run(const Window& window, int64_t batches, int64_t channels, Copy&& copy) {
  const rt::WindowAxis& rows = window.rows;
  const rt::WindowAxis& columns = window.columns;
  const int64_t patch_size = window.taps() * channels;
  int64_t patch = 0;
  for (int64_t batch = 0; batch < batches; ++batch) {
    for (int32_t y = 0; y < rows.output; ++y) {
      const rt::Taps vertical = rt::taps_of(rows, y);
      for (int32_t x = 0; x < columns.output; ++x, patch += patch_size) {
        const rt::Taps horizontal = rt::taps_of(columns, x);
        const int64_t present = horizontal.last - horizontal.first;
        const int64_t runs = columns.dilation == 1 ? std::min<int64_t>(1, present) : present;
        const int64_t run = columns.dilation == 1 ? present * channels : channels;
        for (int32_t i = vertical.first; i < vertical.last; ++i) {
          const int64_t row = (batch * rows.input + vertical.start + int64_t{i} * rows.dilation) * columns.input;
          for (int64_t r = 0; r < runs; ++r) {
            const int64_t j = horizontal.first + r;
            copy(patch + (int64_t{i} * columns.kernel + j) * channels,
                 (row + horizontal.start + j * columns.dilation) * channels, run);
          }
        }
      }
    }
  }
}

bool padded(const rt::WindowAxis& axis) {
  const int64_t end = int64_t{axis.output - 1} * axis.stride - axis.padding + int64_t{axis.kernel - 1} * axis.dilation;
  return axis.padding > 0 || end >= axis.input;
}
}  // namespace

Result<Window> make_window(const Shape& input, const WindowShape& shape) {
  if (input.size() != 4)
    return fail(ErrorCode::kBadInput,
                "the input must have 4 extents (batch, height, width, channels), its shape is {}; a signal of one "
                "dimension has height 1",
                text(input));
  Window window{};
  MOTE_TRY_ASSIGN(window.rows,
                  make_axis(input[1], shape.kernel_h, shape.stride_h, shape.dilation_h, shape.padding, "height"));
  MOTE_TRY_ASSIGN(window.columns,
                  make_axis(input[2], shape.kernel_w, shape.stride_w, shape.dilation_w, shape.padding, "width"));
  return window;
}

void gather_patches(const Window& window, int64_t batches, int64_t channels, std::span<const float> input,
                    std::span<float> patches) {
  if (padded(window.rows) || padded(window.columns)) std::fill(patches.begin(), patches.end(), 0.0f);
  for_each_run(window, batches, channels, [&](int64_t patch, int64_t from, int64_t run) {
    std::copy_n(input.data() + from, run, patches.data() + patch);
  });
}

void scatter_patches(const Window& window, int64_t batches, int64_t channels, std::span<const float> patches,
                     std::span<float> input) {
  for_each_run(window, batches, channels, [&](int64_t patch, int64_t from, int64_t run) {
    const float* source = patches.data() + patch;
    float* sink = input.data() + from;
    for (int64_t i = 0; i < run; ++i) sink[i] += source[i];
  });
}

Shape output_shape(const Window& window, int32_t batches, int32_t channels) {
  return {batches, window.rows.output, window.columns.output, channels};
}

}  // namespace mote
