#include "target/vector_depthwise3x3.h"

#include <fmt/format.h>

#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/vector_depthwise3x3.h"
#include "target/depthwise_lines.h"
#include "target/int8_layer.h"

namespace mote {

namespace {

/// The host runs one twin for both strides.
constexpr Kernel kKernel = walking(describe_kernel<&rt::vector_depthwise3x3_s8<1, true>>(
                                       "vector_depthwise3x3_s8", "VectorDepthwise3x3", "vector_depthwise3x3"),
                                   kDepthwiseLinePairs<rt::VectorDepthwise3x3>);

constexpr int32_t kMostDistance = 0xFFFF;  ///< that a byte may lie away, from output to output and from plane to plane

bool fits(const rt::VectorDepthwise3x3& p) {
  for (const rt::WindowAxis& axis : {p.along, p.across})
    if (axis.kernel != 3 || axis.dilation != 1 || axis.padding > 2 || axis.stride != p.along.stride) return false;
  if (p.along.stride != 1 && p.along.stride != 2) return false;
  const int64_t farthest = p.along.stride == 1 ? int64_t{3} * p.output_along + p.output_across  //
                                               : int64_t{7} * p.output_along;
  return farthest <= kMostDistance &&
         (rt::vector_depthwise3x3::kChannelsAtATime - 1) * rt::vector_depthwise3x3::plane_bytes(p.along) <=
             kMostDistance;
}

/// Instructions, about: rounds of eight outputs and what a line costs besides, for each channel; inputs by eights.
int64_t cost(const rt::VectorDepthwise3x3& p) {
  const int32_t round = rt::vector_depthwise3x3::of_a_line(p.along.stride);
  const int32_t lines = p.along.stride == 1 ? (p.across.output + 1) / 2 : p.across.output;
  const int32_t rounds = (p.along.output + round - 1) / round;
  return int64_t{lines} * (int64_t{p.channels} * (50 + (p.along.stride == 1 ? 28 : 34) * rounds) +
                           (p.channels + 7) / 8 * (60 + int64_t{9} * p.along.input));
}

/// `down`: lines run down the image, along its rows.
rt::VectorDepthwise3x3 parameters_of(const rt::DepthwiseConv2dInteger& p, bool down) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t pixel = s.input_channels;
  const int32_t input_row = s.columns.input * pixel, output_row = s.columns.output * pixel;
  const rt::OutputStage& stage = p.end.stage;
  if (down)
    return {s.batches, s.rows, s.columns, input_row, pixel, output_row, pixel, pixel, p.input_zero_point, stage};
  return {s.batches, s.columns, s.rows, pixel, input_row, pixel, output_row, pixel, p.input_zero_point, stage};
}

}  // namespace

std::optional<Lowered> vector_depthwise3x3(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kHelium) return std::nullopt;
  const auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.multiplier != 1) return std::nullopt;
  const rt::VectorDepthwise3x3 right = parameters_of(p, false), down = parameters_of(p, true);
  if (!fits(right) && !fits(down)) return std::nullopt;
  const bool runs_down = !fits(right) || (fits(down) && cost(down) < cost(right));
  const rt::VectorDepthwise3x3& chosen = runs_down ? down : right;
  const size_t channels = layer->bias.size();
  std::vector<int8_t> weights;
  std::vector<int32_t> finish;
  for (size_t c = 0; c < channels; ++c) {
    int32_t bias = layer->bias[c];
    for (size_t along = 0; along < 3; ++along)
      for (size_t across = 0; across < 3; ++across) {
        const int8_t w = layer->weights[(runs_down ? along * 3 + across : across * 3 + along) * channels + c];
        weights.push_back(w);
        bias -= p.input_zero_point * w;
      }
    const size_t factor = c * static_cast<size_t>(layer->factor_stride);
    if (layer->factors[factor + 1] > 0) return std::nullopt;
    finish.insert(finish.end(), {bias, layer->factors[factor], layer->factors[factor + 1]});
  }
  Lowered result;
  result.constants = {Constant::of<int8_t>("weights", DType::kInt8, weights),
                      Constant::of<int32_t>("finish", DType::kInt32, finish)};
  result.scratch.push_back(static_cast<size_t>(rt::vector_depthwise3x3::scratch_bytes(chosen.along, chosen.channels)));
  const std::vector<Operand>& old = lowered.calls[0].operands;
  result.calls.push_back(KernelCall::make(
      kKernel, chosen, {old.front(), Operand::constant(0), Operand::constant(1), Operand::scratch(0), old.back()}));
  const bool ties = target.optimize == Optimize::kSize || chosen.stage.low < chosen.stage.zero_point;
  result.calls.back().template_arguments = fmt::format("<{}, {}>", chosen.along.stride, ties);
  return result;
}

}  // namespace mote
