#include "ops/float_conv.h"

#include <algorithm>
#include <vector>

#include "ops/float_gemm.h"

namespace mote {

namespace {

/// Buffers of this thread, kept from call to call.
struct Buffers {
  std::vector<float> padded, weights;
};
Buffers& buffers() {
  thread_local Buffers of_this_thread;
  return of_this_thread;
}
float* sized(std::vector<float>& buffer, int64_t size) {
  if (buffer.size() < static_cast<size_t>(size)) buffer.resize(static_cast<size_t>(size));
  return buffer.data();
}

/// Extent of an axis with its padding, and with the inputs that no window reads.
int64_t padded_extent(const rt::WindowAxis& axis) {
  const int64_t reach = int64_t{axis.output - 1} * axis.stride + int64_t{axis.kernel - 1} * axis.dilation + 1;
  return std::max<int64_t>(reach, int64_t{axis.padding} + axis.input);
}

/// One product for each run of taps that lies in a row of the (padded) input without a gap.
struct Plan {
  explicit Plan(const FloatConv& conv)
      : rows(conv.window.rows),
        columns(conv.window.columns),
        channels(conv.channels),
        outputs(conv.outputs),
        height(padded_extent(rows)),
        width(padded_extent(columns)),
        run_taps(columns.dilation == 1 ? columns.kernel : 1),
        patch(conv.window.taps() * conv.channels) {}

  [[nodiscard]] bool pads() const { return height != rows.input || width != columns.input; }
  [[nodiscard]] int64_t run() const { return run_taps * channels; }
  [[nodiscard]] int64_t column_step() const { return columns.stride * channels; }
  [[nodiscard]] int64_t sample() const { return int64_t{rows.input} * columns.input * channels; }
  [[nodiscard]] int64_t padded_sample() const { return height * width * channels; }
  [[nodiscard]] int64_t output_row() const { return columns.output * outputs; }

  /// Calls use(first input of the run's first window, first tap times channels) for every run of output row y.
  template <class Use>
  void for_each_run(int64_t y, Use&& use) const {
    for (int64_t i = 0; i < rows.kernel; ++i)
      for (int64_t j = 0; j < columns.kernel; j += run_taps)
        use(((y * rows.stride + i * rows.dilation) * width + j * columns.dilation) * channels,
            (i * columns.kernel + j) * channels);
  }

  /// The sample with zeros around it; the sample itself if it needs none.
  const float* pad(const float* sample_data) const {
    if (!pads()) return sample_data;
    float* const to = sized(buffers().padded, padded_sample());
    std::fill_n(to, padded_sample(), 0.0f);
    for (int64_t y = 0; y < rows.input; ++y)
      std::copy_n(sample_data + y * columns.input * channels, columns.input * channels, to + inside(y));
    return to;
  }
  /// Where row y of the sample stands in the padded one.
  [[nodiscard]] int64_t inside(int64_t y) const { return ((y + rows.padding) * width + columns.padding) * channels; }

  rt::WindowAxis rows, columns;
  int64_t channels, outputs, height, width, run_taps, patch;
};

}  // namespace

void FloatConv::forward_add(std::span<const float> input, std::span<const float> weights,
                            std::span<float> output) const {
  const Plan plan(*this);
  float* const turned = sized(buffers().weights, plan.patch * outputs);  // [patch][outputs]
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < plan.patch; ++i) turned[i * outputs + o] = weights[static_cast<size_t>(o * plan.patch + i)];
  float* to = output.data();
  for (int64_t b = 0; b < batches; ++b) {
    const float* const from = plan.pad(input.data() + b * plan.sample());
    for (int64_t y = 0; y < plan.rows.output; ++y, to += plan.output_row())
      plan.for_each_run(y, [&](int64_t start, int64_t tap) {
        multiply_add(plan.columns.output, outputs, plan.run(), from + start, plan.column_step(), turned + tap * outputs,
                     outputs, to, outputs);
      });
  }
}

void FloatConv::weights_add(std::span<const float> gradient, std::span<const float> input,
                            std::span<float> weights) const {
  const Plan plan(*this);
  float* const turned = sized(buffers().weights, plan.patch * outputs);  // [patch][outputs]
  std::fill_n(turned, plan.patch * outputs, 0.0f);
  const float* g = gradient.data();
  for (int64_t b = 0; b < batches; ++b) {
    const float* const from = plan.pad(input.data() + b * plan.sample());
    for (int64_t y = 0; y < plan.rows.output; ++y, g += plan.output_row())
      plan.for_each_run(y, [&](int64_t start, int64_t tap) {
        multiply_transposed_add(plan.columns.output, outputs, plan.run(), from + start, plan.column_step(), g, outputs,
                                turned + tap * outputs, outputs);
      });
  }
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < plan.patch; ++i)
      weights[static_cast<size_t>(o * plan.patch + i)] += turned[i * outputs + o];
}

void FloatConv::input_add(std::span<const float> gradient, std::span<const float> weights,
                          std::span<float> input) const {
  const Plan plan(*this);
  const float* g = gradient.data();
  for (int64_t b = 0; b < batches; ++b) {
    float* const whole = input.data() + b * plan.sample();
    float* const to = plan.pads() ? sized(buffers().padded, plan.padded_sample()) : whole;
    if (plan.pads()) std::fill_n(to, plan.padded_sample(), 0.0f);
    for (int64_t y = 0; y < plan.rows.output; ++y, g += plan.output_row())
      plan.for_each_run(y, [&](int64_t start, int64_t tap) {
        multiply_add(plan.columns.output, plan.run(), outputs, g, outputs, weights.data() + tap, plan.patch, to + start,
                     plan.column_step());
      });
    if (!plan.pads()) continue;
    const int64_t row = plan.columns.input * channels;
    for (int64_t y = 0; y < plan.rows.input; ++y)
      for (int64_t i = 0; i < row; ++i) whole[y * row + i] += to[plan.inside(y) + i];
  }
}

}  // namespace mote
