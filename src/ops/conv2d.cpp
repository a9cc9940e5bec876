#include "ops/conv2d.h"

#include "mote/rt/conv2d_f32.h"
#include "mote/rt/conv2d_s8.h"
#include "ops/float_conv.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"
#include "ops/weighted_layer.h"
#include "ops/window.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::conv2d_s8>("conv2d_s8", "Conv2dS8");
constexpr Kernel kFloat = describe_kernel<&rt::conv2d_f32>("conv2d_f32", "Conv2dF32");

Result<Window> window_of(const Conv2d& op, const Shape& input, const Shape& weights) {
  return make_window(input, {.kernel_h = weights[1],
                             .kernel_w = weights[2],
                             .stride_h = op.stride_h,
                             .stride_w = op.stride_w,
                             .dilation_h = op.dilation_h,
                             .dilation_w = op.dilation_w,
                             .padding = op.padding});
}

FloatConv float_conv(const Conv2d& op, const Shape& input, const Shape& weights) {
  return {*window_of(op, input, weights), input[0], input[3], weights[0]};
}

Result<Lowered> lower_int8(const Conv2d& op, const Window& window, Arguments inputs, Arguments outputs) {
  const Tensor& weights = *inputs[1].constant;
  const Quantization& quantization = weights.type.quantization;
  if (quantization.per_channel() && quantization.axis != 0)
    return fail(ErrorCode::kUnsupported,
                "weights with one scale for each index of axis {}; they need one an output (axis 0)",
                quantization.axis);
  const auto filters = static_cast<size_t>(weights.type.shape[0]);
  const std::span<const int8_t> content = weights.as<int8_t>();
  const size_t filter = content.size() / filters;
  std::vector<int64_t> sums(filters);
  for (size_t i = 0; i < content.size(); ++i) sums[i / filter] += content[i];
  const Tensor* bias = inputs.size() > 2 ? inputs[2].constant : nullptr;
  MOTE_TRY_ASSIGN(const ChannelConstants channels,
                  channel_constants(inputs[0].type, weights.type, bias, outputs[0].type, sums));
  const rt::Conv2dS8 parameters{
      .batches = inputs[0].type.shape[0],
      .rows = window.rows,
      .columns = window.columns,
      .input_channels = weights.type.shape[3],
      .output_channels = weights.type.shape[0],
      .input_zero_point = inputs[0].type.quantization.zero_point[0],
      .requantize_stride = channels.factor_stride(),
      .stage = output_stage(op.activation, outputs[0].type.quantization),
  };
  return lower_weighted_int8(kInt8, parameters, weights, channels);
}

Result<Lowered> lower_float(const Conv2d& op, const Window& window, Arguments inputs) {
  const Tensor& weights = *inputs[1].constant;
  const FloatRange range = float_range(op.activation);
  const rt::Conv2dF32 parameters{
      .batches = inputs[0].type.shape[0],
      .rows = window.rows,
      .columns = window.columns,
      .input_channels = weights.type.shape[3],
      .output_channels = weights.type.shape[0],
      .low = range.low,
      .high = range.high,
  };
  return lower_weighted_float(kFloat, parameters, inputs, parameters.output_channels);
}
}  // namespace

Result<std::vector<TensorType>> Conv2d::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 3, "input, weights, bias"));
  const Shape& input = inputs[0].type.shape;
  const Shape& weights = inputs[1].type.shape;
  if (weights.size() != 4)
    return fail(ErrorCode::kBadInput, "weights must be [outputs][height][width][channels], their shape is {}",
                text(weights));
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, input, weights));
  if (weights[3] < 1 || weights[0] < 1 || input[3] < 1)
    return fail(ErrorCode::kBadInput, "no channels: input {}, weights {}", text(input), text(weights));
  if (input[3] != weights[3] && input[3] % weights[3] == 0)
    return fail(ErrorCode::kUnsupported,
                "a convolution in {} groups: the input has {} channels, the weights {}; use depthwise convolution or "
                "one group",
                input[3] / weights[3], input[3], weights[3]);
  if (input[3] != weights[3])
    return fail(ErrorCode::kBadInput, "the input has {} channels, the weights expect {}", input[3], weights[3]);
  if (inputs.size() > 2 && !inputs[2].type.shape.empty() && count(inputs[2].type.shape) != weights[0])
    return fail(ErrorCode::kBadInput, "the bias has shape {}, {} outputs are expected", text(inputs[2].type.shape),
                weights[0]);
  return std::vector<TensorType>{{inputs[0].type.dtype, output_shape(window, input[0], weights[0]), {}}};
}

void Conv2d::forward(ForwardContext& context) const {
  const FloatConv conv = float_conv(*this, context.inputs[0].shape, context.inputs[1].shape);
  const bool has_bias = context.inputs.size() > 2 && !context.inputs[2].data.empty();
  const std::span<float> output = context.outputs[0].data;
  fill_rows(output, has_bias ? context.inputs[2].data : std::span<const float>{}, conv.outputs);
  conv.forward_add(context.inputs[0].data, context.inputs[1].data, output);
  apply_activation(activation, output);
}

void Conv2d::backward(BackwardContext& context) const {
  const FloatConv conv = float_conv(*this, context.inputs[0].shape, context.inputs[1].shape);
  const std::span<const float> gradient =
      masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const std::vector<FloatView>& sums = context.input_gradients;
  if (!sums[1].data.empty()) conv.weights_add(gradient, context.inputs[0].data, sums[1].data);
  if (sums.size() > 2 && !sums[2].data.empty()) add_rows(gradient, sums[2].data);
  if (!sums[0].data.empty()) conv.input_add(gradient, context.inputs[1].data, sums[0].data);
}

QuantizationRule Conv2d::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, weights_operand(0), kBiasOperand});
}

Result<Lowered> Conv2d::lower(Arguments inputs, Arguments outputs) const {
  if (inputs[1].constant == nullptr)
    return fail(ErrorCode::kUnsupported, "weights that are computed at run time; only constant weights are compiled");
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, inputs[0].type.shape, inputs[1].type.shape));
  if (inputs[0].type.dtype == DType::kFloat32 && inputs[1].type.dtype == DType::kFloat32)
    return lower_float(*this, window, inputs);
  return lower_int8(*this, window, inputs, outputs);
}

int64_t Conv2d::macs(Arguments inputs, Arguments outputs) const {
  const Shape& weights = inputs[1].type.shape;
  return count(outputs[0].type.shape) * weights[1] * weights[2] * weights[3];
}

std::vector<OpCase<Conv2d>> Conv2d::cases() {
  constexpr Padding same = Padding::kSame;
  constexpr Padding valid = Padding::kValid;
  constexpr Activation none = Activation::kNone;
  return {
      {"time_valid", {valid, 1, 1, Activation::kRelu}, {{2, 1, 12, 3}, {4, 1, 3, 3}, {4}}},
      {"time_same_stride", {same, 2, 1, none}, {{1, 1, 11, 2}, {8, 1, 5, 2}, {8}}},
      {"image_same", {same, 1, 1, Activation::kRelu6}, {{1, 5, 6, 3}, {4, 3, 3, 3}, {4}}},
      {"image_valid_stride", {valid, 2, 3, none}, {{2, 8, 7, 2}, {3, 2, 3, 2}, {3}}},
      {"pointwise", {same, 1, 1, Activation::kRelu}, {{2, 3, 4, 5}, {6, 1, 1, 5}, {6}}},
      {"pointwise_stride", {valid, 2, 2, none}, {{1, 5, 4, 3}, {2, 1, 1, 3}, {2}}},
      {"one_channel_one_output", {valid, 1, 1, none}, {{1, 4, 3, 1}, {1, 4, 3, 1}, {1}}},
      {"window_larger_than_input", {same, 1, 1, none}, {{1, 2, 2, 2}, {3, 5, 5, 2}, {3}}},
      {"stride_larger_than_window", {same, 4, 3, none}, {{1, 7, 9, 2}, {2, 2, 2, 2}, {2}}},
      {"dilated_same", {same, 1, 1, none, 2, 2}, {{1, 6, 5, 2}, {3, 3, 3, 2}, {3}}},
      {"dilated_valid", {valid, 1, 1, Activation::kReluN1To1, 2, 3}, {{2, 8, 7, 1}, {2, 2, 3, 1}, {2}}},
      {"dilated_off_the_input", {same, 1, 1, none, 2, 2}, {{1, 1, 1, 2}, {2, 2, 2, 2}, {2}}},
      {"no_bias", {valid, 1, 1, none}, {{1, 3, 3, 2}, {2, 2, 2, 2}}},
  };
}

}  // namespace mote
