#include "target/vector_depthwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "mote/rt/vector_depthwise.h"
#include "mote/rt/vector_depthwise_channels.h"
#include "target/depthwise_lines.h"
#include "target/int8_layer.h"

namespace mote {

namespace {

/// Lines of each remainder pass over the whole image, and with a multiplier pixels move apart.
void steps_of_planes(const void* parameters, size_t operand, const StepVisitor& visit) {
  const auto& p = *static_cast<const rt::VectorDepthwise*>(parameters);
  const int64_t outputs = int64_t{p.along.output} * p.across.output * p.channels * p.multiplier;
  if (p.multiplier != 1 || p.across.dilation != 1)
    return visit({0, int64_t{p.batches} * p.along.input * p.across.input * p.channels, p.batches * outputs});
  kDepthwiseLines<rt::VectorDepthwise>.steps(parameters, operand, visit);
}
constexpr Access kPlanesAccess{steps_of_planes, &depthwise_lines::kRows<rt::VectorDepthwise>, nullptr,
                               depthwise_lines::grain<rt::VectorDepthwise>};

/// A pixel's blocks of channels one after the other, each from its own inputs.
void steps_of_blocks(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::DepthwiseShape& shape = static_cast<const rt::VectorDepthwiseChannels*>(parameters)->shape;
  const int64_t channels = shape.input_channels, block = rt::vector_depthwise_channels::kBlock;
  walks::windows_together(walks::windows_of(shape), 1, [&](const AccessStep& pixel) {
    for (int64_t c = 0; c < channels; c += block)
      visit({pixel.first + c, pixel.end - channels + std::min(c + block, channels), pixel.written + c});
  });
}
constexpr Access kChannelsAccess{steps_of_blocks, &kWindowRows<rt::VectorDepthwiseChannels>};

/// The host runs one twin of each for all.
constexpr Kernel kPlanes = walking(describe_kernel<&rt::vector_depthwise_s8<1, 1, 0, true>>(
                                       "vector_depthwise_s8", "VectorDepthwise", "vector_depthwise"),
                                   kPlanesAccess);
constexpr Kernel kChannels =
    walking(describe_kernel<&rt::vector_depthwise_channels_s8<1, true>>(
                "vector_depthwise_channels_s8", "VectorDepthwiseChannels", "vector_depthwise_channels"),
            kChannelsAccess);

constexpr int32_t kMostDistance = 0xFFFF;  ///< that a byte may lie away, from output to output and from plane to plane
constexpr int32_t kMostImmediate = 127;

bool fits(const rt::VectorDepthwise& p) {
  for (const rt::WindowAxis& axis : {p.along, p.across})
    if ((axis.dilation > 1 && axis.stride > 1) || axis.padding > (axis.kernel - 1) * axis.dilation) return false;
  return rt::vector_depthwise::loads(p) * p.shared <= rt::vector_depthwise::kVectors &&
         int64_t{7} * p.along.dilation * p.output_along <= kMostDistance &&
         (rt::vector_depthwise::kChannelsAtATime - 1) * rt::vector_depthwise::plane_bytes(p) <= kMostDistance;
}

/// Instructions for four outputs, about.
int64_t cost_of_four(const rt::VectorDepthwise& p) {
  return 4 / p.shared * rt::vector_depthwise::loads(p) * (1 + p.shared) + 9;
}
/// Instructions, about: outputs by fours and what a line costs besides, for each channel; inputs by eights; where the
/// weights go.
int64_t cost(const rt::VectorDepthwise& p) {
  int64_t of_a_line = 0;
  for (int32_t i = 0; i < p.along.dilation; ++i) {
    const int32_t outputs = rt::vector_depthwise::of_remainder(p.along.output, p.along.dilation, i);
    of_a_line += 45 + (outputs + 3) / 4 * cost_of_four(p);
  }
  return p.batches * (int64_t{p.across.output} * p.channels * p.multiplier * of_a_line +
                      (p.channels + 7) / 8 *
                          (int64_t{p.across.output} * 120 + int64_t{p.across.input} * (60 + 6 * p.along.input))) +
         int64_t{7} * p.across.kernel * rt::vector_depthwise::taps(p) * p.shared;
}

/// `down`: lines run down the image, along its rows. Nothing if that does not fit.
std::optional<rt::VectorDepthwise> planes_of(const rt::DepthwiseConv2dInteger& p, bool down, bool may_share) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t pixel = s.input_channels, output_pixel = pixel * s.multiplier;
  const int32_t row = s.columns.input * pixel, output_row = s.columns.output * output_pixel;
  rt::VectorDepthwise result{s.batches,          s.columns,  s.rows, pixel,        row,
                             output_pixel,       output_row, pixel,  s.multiplier, 1,
                             p.input_zero_point, p.end.stage};
  if (down) {
    std::swap(result.along, result.across);
    std::swap(result.input_along, result.input_across);
    std::swap(result.output_along, result.output_across);
  }
  std::optional<rt::VectorDepthwise> best;
  for (const int32_t shared : {1, 2, 4}) {
    result.shared = shared;
    if (!fits(result) || (shared > 1 && (!may_share || shared * rt::vector_depthwise::step(result) > kMostImmediate)))
      continue;
    if (!best || cost_of_four(result) < cost_of_four(*best)) best = result;
  }
  return best;
}

/// Bias, multiplier and shift, with the input's zero point taken into the bias.
struct Finish {
  int32_t bias, multiplier, shift;
};
std::optional<std::vector<Finish>> finish_of(const Int8Layer& layer, int32_t input_zero_point) {
  std::vector<Finish> result;
  const size_t channels = layer.bias.size();
  for (size_t c = 0; c < channels; ++c) {
    const size_t factor = c * static_cast<size_t>(layer.factor_stride);
    Finish finish{layer.bias[c], layer.factors[factor], layer.factors[factor + 1]};
    if (finish.shift > 0) return std::nullopt;
    for (size_t at = c; at < layer.weights.size(); at += channels) finish.bias -= input_zero_point * layer.weights[at];
    result.push_back(finish);
  }
  return result;
}

/// An output and its inputs that lie where the portable kernel's do.
Lowered call_of(const Lowered& lowered, KernelCall call, std::vector<Constant> constants, size_t scratch) {
  Lowered result;
  const std::vector<Operand>& old = lowered.calls[0].operands;
  call.operands = {old.front(), Operand::constant(0), Operand::constant(1), old.back()};
  if (scratch > 0) {
    result.scratch.push_back(scratch);
    call.operands.insert(call.operands.end() - 1, Operand::scratch(0));
  }
  result.constants = std::move(constants);
  result.calls.push_back(std::move(call));
  return result;
}

Lowered by_planes(const Lowered& lowered, const Int8Layer& layer, const std::vector<Finish>& finish,
                  const rt::VectorDepthwise& p, bool down, bool least_code) {
  const auto along = static_cast<size_t>(p.along.kernel), across = static_cast<size_t>(p.across.kernel);
  std::vector<int8_t> weights;
  std::vector<int32_t> numbers;
  for (size_t c = 0; c < finish.size(); ++c) {
    for (size_t i = 0; i < along; ++i)
      for (size_t j = 0; j < across; ++j)
        weights.push_back(layer.weights[(down ? i * across + j : j * along + i) * finish.size() + c]);
    numbers.insert(numbers.end(), {finish[c].bias, finish[c].multiplier, finish[c].shift});
  }
  KernelCall call = KernelCall::make(kPlanes, p, {});
  const int32_t step = rt::vector_depthwise::step(p);
  const bool ties = least_code || p.stage.low < p.stage.zero_point;
  call.template_arguments = fmt::format("<{}, {}, {}, {}>", rt::vector_depthwise::loads(p), p.shared,
                                        least_code || step > kMostImmediate ? 0 : step, ties);
  return call_of(
      lowered, std::move(call),
      {Constant::of<int8_t>("weights", DType::kInt8, weights), Constant::of<int32_t>("finish", DType::kInt32, numbers)},
      static_cast<size_t>(rt::vector_depthwise::scratch_bytes(p)));
}

bool has_whole_windows(const rt::DepthwiseShape& shape) {
  const auto are_whole = [](const rt::WindowAxis& axis) {
    const rt::WholeWindows whole(axis);
    return whole.first == 0 && whole.count == axis.output;
  };
  return are_whole(shape.rows) && are_whole(shape.columns);
}

/// Whether the products of so many taps, one behind the other in a row, fit an int16 in every channel.
bool fits_int16(const Int8Layer& layer, size_t row_taps, size_t group) {
  constexpr int32_t kMostWeight = 255;  // times 128 less than 2^15
  const size_t channels = layer.bias.size(), taps = layer.weights.size() / channels;
  for (size_t c = 0; c < channels; ++c)
    for (size_t row = 0; row < taps; row += row_taps)
      for (size_t first = 0; first + group <= row_taps; first += group) {
        int32_t sum = 0;
        for (size_t i = 0; i < group; ++i) sum += std::abs(layer.weights[(row + first + i) * channels + c]);
        if (sum > kMostWeight) return false;
      }
  return true;
}

/// Instructions of a row of taps.
int64_t cost_of_row(int32_t taps, int32_t group) {
  return taps / group * (8 * group + 6) + taps % group * 14 + 5;
}
int64_t cost(const rt::VectorDepthwiseChannels& p) {
  const rt::DepthwiseShape& s = p.shape;
  const int64_t rows = int64_t{s.batches} * s.rows.output;
  const int64_t of_a_window = rt::vector_depthwise_channels::axis_of_rows(s).kernel *
                              cost_of_row(rt::vector_depthwise_channels::axis_of_taps(s).kernel, p.group);
  return rows * (100 + s.columns.output * (20 + (s.input_channels + 15) / 16 * (of_a_window + 50)));
}

std::optional<rt::VectorDepthwiseChannels> channels_of(const rt::DepthwiseConv2dInteger& p, const Int8Layer& layer,
                                                       Optimize optimize) {
  if (p.shape.multiplier != 1 || !has_whole_windows(p.shape)) return std::nullopt;
  const int32_t most = optimize == Optimize::kSize ? 2 : optimize == Optimize::kBalanced ? 3 : 6;
  const int32_t taps = rt::vector_depthwise_channels::axis_of_taps(p.shape).kernel;
  rt::VectorDepthwiseChannels result{p.shape, p.end.stage, 1};
  for (int32_t group = 2; group <= most; ++group)
    if (cost_of_row(taps, group) < cost_of_row(taps, result.group) &&
        fits_int16(layer, static_cast<size_t>(taps), static_cast<size_t>(group)))
      result.group = group;
  return result;
}

Lowered by_channels(const Lowered& lowered, const Int8Layer& layer, const std::vector<Finish>& finish,
                    const rt::VectorDepthwiseChannels& p, bool least_code) {
  using namespace rt::vector_depthwise_channels;
  const size_t channels = finish.size(), taps = layer.weights.size() / channels;
  std::vector<int8_t> weights;
  std::vector<int32_t> numbers;
  for (size_t first = 0; first < channels; first += kBlock) {
    for (size_t tap = 0; tap < taps; ++tap)
      for (size_t c = first; c < std::min(first + kBlock, channels); ++c)
        weights.push_back(layer.weights[tap * channels + c]);
    const auto of_the_block = [&](int32_t i) {
      const size_t c = first + static_cast<size_t>(channel_of(i));
      return c < channels ? finish[c] : Finish{};
    };
    for (int32_t i = 0; i < kBlock; ++i) numbers.push_back(of_the_block(i).bias);
    for (int32_t i = 0; i < kBlock; ++i) numbers.push_back(of_the_block(i).multiplier);
    int8_t shifts[kBlock];
    for (int32_t i = 0; i < kBlock; ++i) shifts[i] = static_cast<int8_t>(of_the_block(i).shift);
    numbers.resize(numbers.size() + kBlock / 4);
    std::memcpy(&*numbers.end() - kBlock / 4, shifts, sizeof shifts);
  }
  KernelCall call = KernelCall::make(kChannels, p, {});
  call.template_arguments = fmt::format("<{}, {}>", p.group, least_code || p.stage.low < p.stage.zero_point);
  return call_of(
      lowered, std::move(call),
      {Constant::of<int8_t>("weights", DType::kInt8, weights), Constant::of<int32_t>("finish", DType::kInt32, numbers)},
      0);
}

}  // namespace

std::optional<Lowered> vector_depthwise(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kHelium) return std::nullopt;
  const auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.input_channels == 1) return std::nullopt;  // better as the convolution it is
  const auto finish = finish_of(*layer, p.input_zero_point);
  if (!finish) return std::nullopt;
  const bool least_code = target.optimize == Optimize::kSize;
  const auto right = planes_of(p, false, !least_code), down = planes_of(p, true, !least_code);
  const bool runs_down = !right || (down && cost(*down) < cost(*right));
  const auto& planes = runs_down ? down : right;
  const auto channels = channels_of(p, *layer, target.optimize);
  if (channels && (!planes || cost(*channels) < cost(*planes)))
    return by_channels(lowered, *layer, *finish, *channels, least_code);
  if (!planes) return std::nullopt;
  return by_planes(lowered, *layer, *finish, *planes, runs_down, least_code);
}

}  // namespace mote
