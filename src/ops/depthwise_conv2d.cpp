#include "ops/depthwise_conv2d.h"

#include "mote/rt/depthwise_conv2d.h"
#include "ops/float_math.h"
#include "ops/weighted_layer.h"
#include "ops/window.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr std::string_view kHeader = "depthwise_conv2d";
constexpr std::string_view kInteger = "DepthwiseConv2dInteger";
constexpr Kernel kFloat =
    walking(describe_kernel<&rt::depthwise_conv2d_f32>("depthwise_conv2d_f32", "DepthwiseConv2dF32", kHeader),
            kSlidingWindow<rt::DepthwiseConv2dF32>);
constexpr Kernel kInt8 = walking(describe_kernel<&rt::depthwise_conv2d_s8>("depthwise_conv2d_s8", kInteger, kHeader),
                                 kSlidingWindow<rt::DepthwiseConv2dInteger>);
constexpr Kernel kInt8Weights4 =
    walking(describe_kernel<&rt::depthwise_conv2d_s8_s4>("depthwise_conv2d_s8_s4", kInteger, kHeader),
            kSlidingWindow<rt::DepthwiseConv2dInteger>);
constexpr Kernel kInt16 = walking(describe_kernel<&rt::depthwise_conv2d_s16>("depthwise_conv2d_s16", kInteger, kHeader),
                                  kSlidingWindow<rt::DepthwiseConv2dInteger>);
constexpr WeightedKernels kKernels = {&kFloat, &kInt8, &kInt8Weights4, &kInt16, nullptr};
constexpr WeightedOperands kOperands{.channel_axis = 3, .folds_zero_point = false};

Result<Window> window_of(const DepthwiseConv2d& op, const Shape& input, const Shape& weights) {
  return make_window(input, {.kernel_h = weights[1],
                             .kernel_w = weights[2],
                             .stride_h = op.stride_h,
                             .stride_w = op.stride_w,
                             .dilation_h = op.dilation_h,
                             .dilation_w = op.dilation_w,
                             .padding = op.padding});
}

rt::DepthwiseShape shape_of(const DepthwiseConv2d& op, const Shape& input, const Shape& weights) {
  const Window window = *window_of(op, input, weights);
  return {input[0], window.rows, window.columns, input[3], weights[3] / input[3]};
}

/// Calls visit(input index, weight index, output index) for every product.
template <class Visit>
void for_each_product(const rt::DepthwiseShape& p, Visit&& visit) {
  const int32_t channels = p.input_channels * p.multiplier;
  size_t out = 0;
  for (int32_t b = 0; b < p.batches; ++b)
    for (int32_t y = 0; y < p.rows.output; ++y)
      for (int32_t x = 0; x < p.columns.output; ++x, out += static_cast<size_t>(channels)) {
        const rt::Taps rows = rt::taps_of(p.rows, y), columns = rt::taps_of(p.columns, x);
        for (int32_t i = rows.first; i < rows.last; ++i)
          for (int32_t j = columns.first; j < columns.last; ++j) {
            const int64_t row = int64_t{b} * p.rows.input + rows.start + i * p.rows.dilation;
            const int64_t column = columns.start + j * p.columns.dilation;
            const auto in = static_cast<size_t>((row * p.columns.input + column) * p.input_channels);
            const auto weight = static_cast<size_t>((i * p.columns.kernel + j) * channels);
            for (int32_t o = 0; o < channels; ++o)
              visit(in + static_cast<size_t>(o / p.multiplier), weight + static_cast<size_t>(o),
                    out + static_cast<size_t>(o));
          }
      }
}
}  // namespace

Result<std::vector<TensorType>> DepthwiseConv2d::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 3, "input, weights, bias"));
  const Shape& input = inputs[0].type.shape;
  const Shape& weights = inputs[1].type.shape;
  if (weights.size() != 4 || weights[0] != 1)
    return fail(ErrorCode::kBadInput, "weights must be [1][height][width][channels], their shape is {}", text(weights));
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, input, weights));
  if (input[3] < 1 || weights[3] % input[3] != 0)
    return fail(ErrorCode::kBadInput, "{} output channels are no multiple of the input's {}", weights[3], input[3]);
  if (depth_multiplier != 0 && int64_t{depth_multiplier} * input[3] != weights[3])
    return fail(ErrorCode::kBadInput, "a depth multiplier of {} does not fit {} input and {} output channels",
                depth_multiplier, input[3], weights[3]);
  MOTE_TRY(expect_bias(inputs, kOperands, weights[3]));
  return std::vector<TensorType>{{inputs[0].type.dtype, output_shape(window, input[0], weights[3]), {}}};
}

void DepthwiseConv2d::forward(ForwardContext& context) const {
  const auto output = context.outputs[0].data;
  fill_rows(output, bias_of(context.inputs, kOperands), context.inputs[1].shape[3]);
  const auto input = context.inputs[0].data, weights = context.inputs[1].data;
  for_each_product(shape_of(*this, context.inputs[0].shape, context.inputs[1].shape),
                   [&](size_t in, size_t weight, size_t out) { output[out] += input[in] * weights[weight]; });
  apply_activation(activation, output);
}

void DepthwiseConv2d::backward(BackwardContext& context) const {
  const auto gradient = masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const auto input = context.inputs[0].data, weights = context.inputs[1].data;
  const auto input_gradient = context.input_gradients[0].data, weight_gradient = context.input_gradients[1].data;
  const auto p = shape_of(*this, context.inputs[0].shape, context.inputs[1].shape);
  if (!weight_gradient.empty())
    for_each_product(
        p, [&](size_t in, size_t weight, size_t out) { weight_gradient[weight] += gradient[out] * input[in]; });
  if (!input_gradient.empty())
    for_each_product(
        p, [&](size_t in, size_t weight, size_t out) { input_gradient[in] += gradient[out] * weights[weight]; });
  if (context.inputs.size() > 2 && !context.input_gradients[2].data.empty())
    add_rows(gradient, context.input_gradients[2].data);
}

QuantizationRule DepthwiseConv2d::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, weights_operand(3), kBiasOperand});
}

Result<Lowered> DepthwiseConv2d::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY(window_of(*this, inputs[0].type.shape, inputs[1].type.shape));
  return lower_weighted(kKernels, kOperands, shape_of(*this, inputs[0].type.shape, inputs[1].type.shape), activation,
                        inputs, outputs);
}

int64_t DepthwiseConv2d::macs(Arguments inputs, Arguments outputs) const {
  const Shape& weights = inputs[1].type.shape;
  return count(outputs[0].type.shape) * weights[1] * weights[2];
}

std::vector<OpCase<DepthwiseConv2d>> DepthwiseConv2d::cases() {
  constexpr Padding same = Padding::kSame;
  constexpr Padding valid = Padding::kValid;
  constexpr Activation none = Activation::kNone;
  return {
      {"image_same", {same, 1, 1, 1, Activation::kRelu}, {{1, 5, 6, 4}, {1, 3, 3, 4}, {4}}},
      {"stride", {same, 2, 2, 1, Activation::kRelu6}, {{2, 7, 8, 3}, {1, 3, 3, 3}, {3}}},
      {"multiplier", {valid, 1, 1, 3, none}, {{1, 4, 5, 2}, {1, 2, 3, 6}, {6}}},
      {"one_channel_many_outputs", {same, 2, 2, 8, none}, {{1, 9, 7, 1}, {1, 5, 3, 8}, {8}}},
      {"time", {same, 1, 1, 0, none}, {{2, 1, 9, 2}, {1, 1, 5, 2}, {2}}},
      {"window_larger_than_input", {same, 1, 1, 1, none}, {{1, 2, 2, 3}, {1, 5, 5, 3}, {3}}},
      {"stride_larger_than_window", {valid, 4, 3, 1, none}, {{1, 7, 9, 2}, {1, 2, 2, 2}, {2}}},
      {"dilated", {same, 1, 1, 1, none, 2, 2}, {{1, 6, 5, 2}, {1, 3, 3, 2}, {2}}},
      {"no_bias", {valid, 1, 1, 1, none}, {{1, 3, 3, 2}, {1, 2, 2, 2}}},
  };
}

}  // namespace mote
