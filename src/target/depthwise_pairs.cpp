#include "target/depthwise_pairs.h"

#include <fmt/format.h>

#include <limits>

#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/depthwise_pairs.h"
#include "target/depthwise_lines.h"
#include "target/int8_layer.h"
#include "target/narrow_requantization.h"
#include "target/quads.h"

namespace mote {

namespace {

/// Parts of a dilated image pass over it one after the other. Each meets only itself where it writes to the places that
/// it reads, and input and output lie as many rows apart as rows are dilated, or a multiple of that.
void part_steps(const void* parameters, size_t operand, const StepVisitor& visit) {
  const auto& p = *static_cast<const rt::DepthwisePairs*>(parameters);
  const rt::WindowAxis& columns = depthwise_lines::runs_down(p) ? p.across : p.along;
  if (columns.input != columns.output || p.along.padding % p.along.dilation != 0 ||
      p.across.padding % p.across.dilation != 0)
    return depthwise_lines::whole(p, visit);
  depthwise_lines::steps<rt::DepthwisePairs, walks::needed_rows_once>(parameters, operand, visit);
}
int64_t part_grain(const void* parameters) {
  const auto& p = *static_cast<const rt::DepthwisePairs*>(parameters);
  const bool down = depthwise_lines::runs_down(p);
  return int64_t{p.channels} * (down ? p.across.input : p.along.input) * (down ? p.along.dilation : p.across.dilation);
}
constexpr Access kParts{part_steps, &depthwise_lines::kRows<rt::DepthwisePairs>, nullptr, part_grain};

/// The host runs one twin for all windows.
template <bool kStepped>
constexpr Kernel kUndilated = walking(
    describe_kernel<&rt::depthwise_pairs<1, 1, kStepped>>("depthwise_pairs", "DepthwisePairs", "depthwise_pairs"),
    kDepthwiseLines<rt::DepthwisePairs>);
template <bool kStepped>
constexpr Kernel kDilated = walking(describe_kernel<&rt::depthwise_pairs_dilated<1, 1, kStepped>>(
                                        "depthwise_pairs_dilated", "DepthwisePairs", "depthwise_pairs"),
                                    kParts);

const Kernel& kernel_for(const rt::DepthwisePairs& p, bool stepped) {
  if (p.along.dilation == 1 && p.across.dilation == 1) return stepped ? kUndilated<true> : kUndilated<false>;
  return stepped ? kDilated<true> : kDilated<false>;
}

constexpr int32_t kMostTaps = 32;  ///< that are written out

bool fits(const rt::DepthwisePairs& p) {
  for (const rt::WindowAxis& axis : {p.along, p.across})
    if ((axis.dilation != 1 && axis.stride != 1) || axis.padding > (axis.kernel - 1) * axis.dilation) return false;
  return p.along.stride <= 2;
}

/// Instructions of one input channel, about: pairs of outputs, inputs to be widened, and what a line of either costs.
int64_t cost(const rt::DepthwisePairs& p) {
  const auto along = rt::depthwise_pairs_detail::phase_of(p.along, 0).axis;
  const auto across = rt::depthwise_pairs_detail::phase_of(p.across, 0).axis;
  const int64_t pair = 30 + int64_t{4} * along.kernel * across.kernel;
  const int64_t outputs = int64_t{across.output} * (60 + (along.output + 1) / 2 * pair);
  const int64_t inputs =
      int64_t{rt::depthwise_pairs_detail::lines_of(across)} * (60 + 7 * rt::depthwise_pairs_detail::places_of(along));
  return (p.multiplier * outputs + inputs + 100) * p.along.dilation * p.across.dilation;
}

int64_t taps_inside(const rt::WindowAxis& axis) {
  int64_t result = 0;
  for (int32_t i = 0; i < axis.output; ++i) result += rt::Sliding::walk(axis, i).count;
  return result;
}

/// The same of the portable kernel.
int64_t portable_cost(const rt::DepthwiseShape& p) {
  return p.multiplier *
         (int64_t{100} * p.rows.output * p.columns.output + 14 * taps_inside(p.rows) * taps_inside(p.columns));
}

/// Lines run down the image, along its rows, or to the right.
rt::DepthwisePairs parameters_of(const rt::DepthwiseConv2dInteger& p, bool down) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t pixel = s.input_channels, outputs = pixel * s.multiplier;
  const int32_t input_row = s.columns.input * pixel, output_row = s.columns.output * outputs;
  rt::DepthwisePairs result{s.batches,       s.columns,       s.rows,       pixel, input_row,          outputs,
                            output_row,      pixel,           s.multiplier, 0,     p.input_zero_point, 0,
                            p.end.stage.low, p.end.stage.high};
  if (down) {
    std::swap(result.along, result.across);
    std::swap(result.input_along, result.input_across);
    std::swap(result.output_along, result.output_across);
  }
  return result;
}

/// An output channel's taps, place by place along its lines.
std::vector<int8_t> filter_of(const Int8Layer& layer, const rt::DepthwiseShape& shape, bool down, size_t output) {
  const auto rows = static_cast<size_t>(shape.rows.kernel), columns = static_cast<size_t>(shape.columns.kernel);
  std::vector<int8_t> result;
  for (size_t i = 0; i < rows * columns; ++i) {
    const size_t tap = down ? i : i % rows * columns + i / rows;
    result.push_back(layer.weights[tap * layer.bias.size() + output]);
  }
  return result;
}

/// With the input's zero point inside the bias. None if that leaves 32 bits.
std::optional<RequantizedChannel> requantized(const Int8Layer& layer, std::span<const int8_t> filter, size_t output,
                                              int32_t zero_point, int32_t& bias) {
  int64_t start = layer.bias[output];
  for (const int32_t w : filter) start -= int64_t{zero_point} * w;
  if (start < INT32_MIN || start > INT32_MAX) return std::nullopt;
  bias = static_cast<int32_t>(start);
  const size_t factor = output * static_cast<size_t>(layer.factor_stride);
  RequantizedChannel result{{layer.factors[factor], layer.factors[factor + 1]}, start, start};
  for (const int32_t w : filter) {
    result.low += w > 0 ? -128 * w : 127 * w;
    result.high += w > 0 ? 127 * w : -128 * w;
  }
  return result;
}

/// Whether the sums of two products fit 16 bits.
bool pairs_fit(std::span<const int8_t> filter) {
  for (size_t i = 1; i < filter.size(); ++i)
    if (filter[i - 1] == -128 && filter[i] == -128) return false;
  return true;
}

}  // namespace

std::optional<Lowered> depthwise_pairs(const Lowered& lowered, const Target& target) {
  if (!runs_quads(target)) return std::nullopt;
  const auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  rt::DepthwisePairs parameters = parameters_of(p, false);
  const rt::DepthwisePairs turned = parameters_of(p, true);
  const bool down = fits(turned) && (!fits(parameters) || cost(turned) < cost(parameters));
  if (down) parameters = turned;
  if (!fits(parameters) || cost(parameters) > portable_cost(p.shape)) return std::nullopt;

  const int32_t window = p.shape.rows.kernel * p.shape.columns.kernel;
  const int32_t passes = (window + kMostTaps - 1) / kMostTaps;
  const int32_t taps =
      passes == 1 ? window : (window + 2 * passes - 1) / (2 * passes) * 2;  // pairs where some are added
  parameters.taps = taps * passes;
  const int32_t scratch = rt::depthwise_pairs_scratch_bytes(parameters);
  if (p.shape.input_channels == 1 && scratch > p.shape.rows.input * p.shape.columns.input) return std::nullopt;
  std::vector<int8_t> weights;
  std::vector<int32_t> biases;
  std::vector<RequantizedChannel> channels;
  for (size_t o = 0; o < layer->bias.size(); ++o) {
    const std::vector<int8_t> filter = filter_of(*layer, p.shape, down, o);
    const auto channel = requantized(*layer, filter, o, p.input_zero_point, biases.emplace_back());
    if (!channel || !pairs_fit(filter)) return std::nullopt;
    channels.push_back(*channel);
    weights.insert(weights.end(), filter.begin(), filter.end());
    weights.resize((o + 1) * static_cast<size_t>(parameters.taps));
  }
  const auto forms = narrow_forms(channels, layer->output_zero_point);
  if (!forms) return std::nullopt;
  std::vector<int32_t> numbers;
  for (size_t o = 0; o < biases.size(); ++o) append_numbers(*forms, o, biases[o], numbers);

  parameters.shift = forms->shift;
  Lowered result;
  result.constants = {Constant::of<int8_t>("weights", DType::kInt8, weights),
                      Constant::of<int32_t>("numbers", DType::kInt32, numbers)};
  result.scratch.push_back(static_cast<size_t>(scratch));
  const std::vector<Operand>& old = lowered.calls[0].operands;
  result.calls.push_back(
      KernelCall::make(kernel_for(parameters, forms->stepped), parameters,
                       {old.front(), Operand::constant(0), Operand::constant(1), Operand::scratch(0), old.back()}));
  result.calls.back().template_arguments = fmt::format("<{}, {}, {}>", taps, passes, forms->stepped);
  return result;
}

}  // namespace mote
