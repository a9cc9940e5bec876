#include "ops/conv2d.h"

#include "mote/rt/conv2d.h"
#include "ops/float_conv.h"
#include "ops/float_math.h"
#include "ops/weighted_layer.h"
#include "ops/window.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kFloat =
    walking(describe_kernel<&rt::conv2d_f32>("conv2d_f32", "Conv2dF32", "conv2d"), kSlidingWindow<rt::Conv2dF32>);
constexpr Kernel kInt8 =
    walking(describe_kernel<&rt::conv2d_s8>("conv2d_s8", "Conv2dInteger", "conv2d"), kSlidingWindow<rt::Conv2dInteger>);
constexpr Kernel kInt8Weights4 = walking(describe_kernel<&rt::conv2d_s8_s4>("conv2d_s8_s4", "Conv2dInteger", "conv2d"),
                                         kSlidingWindow<rt::Conv2dInteger>);
constexpr Kernel kInt16 = walking(describe_kernel<&rt::conv2d_s16>("conv2d_s16", "Conv2dInteger", "conv2d"),
                                  kSlidingWindow<rt::Conv2dInteger>);
constexpr Kernel kInt16Bias32 =
    walking(describe_kernel<&rt::conv2d_s16_b32>("conv2d_s16_b32", "Conv2dInteger", "conv2d"),
            kSlidingWindow<rt::Conv2dInteger>);
constexpr WeightedKernels kKernels = {&kFloat, &kInt8, &kInt8Weights4, &kInt16, &kInt16Bias32};
constexpr WeightedOperands kOperands{};

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
  return {*window_of(op, input, weights), input[0], weights[3], weights[0] / (input[3] / weights[3])};
}

/// One group of a grouped convolution: an equal part of the channels of input and output, and the filters between.
struct Group {
  int64_t index, count;

  /// The group's channels of all pixels, close together; all of them if there is one group.
  [[nodiscard]] std::vector<float> gather(std::span<const float> pixels, int64_t channels) const {
    std::vector<float> part(pixels.size() / static_cast<size_t>(count));
    for_each_element(pixels.size(), channels, [&](size_t whole, size_t own) { part[own] = pixels[whole]; });
    return part;
  }
  /// Adds them back to where they were.
  void scatter_add(std::span<const float> part, int64_t channels, std::span<float> pixels) const {
    for_each_element(pixels.size(), channels, [&](size_t whole, size_t own) { pixels[whole] += part[own]; });
  }
  /// The group's filters lie together.
  template <class T>
  [[nodiscard]] std::span<T> filters(std::span<T> weights) const {
    const size_t size = weights.size() / static_cast<size_t>(count);
    return weights.subspan(static_cast<size_t>(index) * size, size);
  }

 private:
  template <class Visit>
  void for_each_element(size_t size, int64_t channels, Visit&& visit) const {
    const auto all = static_cast<size_t>(channels);
    const size_t own = all / static_cast<size_t>(count);
    for (size_t pixel = 0; pixel < size / all; ++pixel)
      for (size_t c = 0; c < own; ++c) visit(pixel * all + static_cast<size_t>(index) * own + c, pixel * own + c);
  }
};
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
  if (input[3] % weights[3] != 0)
    return fail(ErrorCode::kBadInput, "the input has {} channels, the weights expect {}", input[3], weights[3]);
  if (weights[0] % (input[3] / weights[3]) != 0)
    return fail(ErrorCode::kBadInput, "{} outputs do not divide into {} groups (input of {} channels, weights of {})",
                weights[0], input[3] / weights[3], input[3], weights[3]);
  MOTE_TRY(expect_bias(inputs, kOperands, weights[0]));
  return std::vector<TensorType>{{inputs[0].type.dtype, output_shape(window, input[0], weights[0]), {}}};
}

void Conv2d::forward(ForwardContext& context) const {
  const Shape& input = context.inputs[0].shape;
  const Shape& weights = context.inputs[1].shape;
  const FloatConv conv = float_conv(*this, input, weights);
  const int64_t groups = input[3] / weights[3];
  const std::span<float> output = context.outputs[0].data;
  fill_rows(output, bias_of(context.inputs, kOperands), weights[0]);
  if (groups == 1) {
    conv.forward_add(context.inputs[0].data, context.inputs[1].data, output);
  } else {
    for (int64_t i = 0; i < groups; ++i) {
      const Group group{i, groups};
      std::vector<float> part(output.size() / static_cast<size_t>(groups));
      conv.forward_add(group.gather(context.inputs[0].data, input[3]), group.filters(context.inputs[1].data), part);
      group.scatter_add(part, weights[0], output);
    }
  }
  apply_activation(activation, output);
}

void Conv2d::backward(BackwardContext& context) const {
  const Shape& input = context.inputs[0].shape;
  const Shape& weights = context.inputs[1].shape;
  const FloatConv conv = float_conv(*this, input, weights);
  const int64_t groups = input[3] / weights[3];
  const std::span<const float> gradient =
      masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const std::vector<FloatView>& sums = context.input_gradients;
  if (sums.size() > 2 && !sums[2].data.empty()) add_rows(gradient, sums[2].data);
  if (groups == 1) {
    if (!sums[1].data.empty()) conv.weights_add(gradient, context.inputs[0].data, sums[1].data);
    if (!sums[0].data.empty()) conv.input_add(gradient, context.inputs[1].data, sums[0].data);
    return;
  }
  for (int64_t i = 0; i < groups; ++i) {
    const Group group{i, groups};
    const std::vector<float> own = group.gather(gradient, weights[0]);
    if (!sums[1].data.empty())
      conv.weights_add(own, group.gather(context.inputs[0].data, input[3]), group.filters(sums[1].data));
    if (sums[0].data.empty()) continue;
    std::vector<float> part(sums[0].data.size() / static_cast<size_t>(groups));
    conv.input_add(own, group.filters(context.inputs[1].data), part);
    group.scatter_add(part, input[3], sums[0].data);
  }
}

QuantizationRule Conv2d::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, weights_operand(0), kBiasOperand});
}

Result<Lowered> Conv2d::lower(Arguments inputs, Arguments outputs) const {
  const Shape& input = inputs[0].type.shape;
  const Shape& weights = inputs[1].type.shape;
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, input, weights));
  const rt::ConvShape shape{input[0], window.rows, window.columns, input[3], weights[3], weights[0]};
  return lower_weighted(kKernels, kOperands, shape, activation, inputs, outputs);
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
      {"groups", {same, 1, 2, Activation::kRelu}, {{2, 4, 5, 6}, {4, 3, 3, 3}, {4}}},
      {"groups_of_one_channel", {valid, 1, 1, none, 2, 1}, {{1, 4, 6, 3}, {6, 2, 2, 1}, {6}}},
      {"no_bias", {valid, 1, 1, none}, {{1, 3, 3, 2}, {2, 2, 2, 2}}},
  };
}

}  // namespace mote
