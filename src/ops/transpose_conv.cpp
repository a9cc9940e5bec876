#include "ops/transpose_conv.h"

#include <algorithm>

#include "mote/rt/transpose_conv.h"
#include "ops/float_conv.h"
#include "ops/float_math.h"
#include "ops/weighted_layer.h"
#include "ops/window.h"

namespace mote {

namespace {
constexpr std::string_view kHeader = "transpose_conv";
constexpr Kernel kFloat = describe_kernel<&rt::transpose_conv_f32>("transpose_conv_f32", "Conv2dF32", kHeader);
constexpr Kernel kInt8 = describe_kernel<&rt::transpose_conv_s8>("transpose_conv_s8", "Conv2dInteger", kHeader);
constexpr Kernel kInt16 = describe_kernel<&rt::transpose_conv_s16>("transpose_conv_s16", "Conv2dInteger", kHeader);
constexpr WeightedKernels kKernels = {&kFloat, &kInt8, nullptr, &kInt16, nullptr};
constexpr size_t kShape = 0, kWeights = 1, kInput = 2, kBias = 3;
constexpr WeightedOperands kOperands{.input = kInput, .weights = kWeights, .bias = kBias, .folds_zero_point = false};

constexpr int32_t kLargestExtent = 1 << 20;

/// Rule K1. The padding is the convolution's that reads the output, as the reference computes it: its output extent is
/// rounded towards zero, also where the window does not fit.
Result<rt::WindowAxis> make_axis(int32_t input, int32_t output, int32_t kernel, int32_t stride, Padding padding,
                                 std::string_view axis) {
  if (output < 1 || kernel < 1 || stride < 1 || input < 1)
    return fail(ErrorCode::kBadInput,
                "extents and stride along the {} must be at least 1: input {}, output {}, kernel {}, stride {}", axis,
                input, output, kernel, stride);
  if (std::max({input, output, kernel, stride}) > kLargestExtent)
    return fail(ErrorCode::kUnsupported,
                "along the {}: input {}, output {}, kernel {}, stride {}; at most {} are supported", axis, input,
                output, kernel, stride, kLargestExtent);
  if (padding != Padding::kSame && padding != Padding::kValid)
    return fail(ErrorCode::kBadInput, "padding {} is neither SAME (0) nor VALID (1)", static_cast<int>(padding));
  const int64_t windows =
      padding == Padding::kSame ? (output + stride - 1) / stride : (output + stride - kernel) / stride;
  const int64_t missing = std::max<int64_t>(0, (windows - 1) * stride + kernel - output);
  return rt::WindowAxis{input, output, kernel, stride, 1, static_cast<int32_t>(missing / 2)};
}

/// Height and width of the output: the constant operand's, or those that were declared.
Result<std::pair<int32_t, int32_t>> output_extents(const TransposeConv& op, const Argument& shape) {
  if (shape.constant == nullptr) {
    if (op.output_h > 0) return std::pair(op.output_h, op.output_w);
    return fail(ErrorCode::kUnsupported,
                "an output shape that is computed at run time; convert the model with fixed shapes");
  }
  if (shape.type.dtype != DType::kInt32 || count(shape.type.shape) != 4)
    return fail(ErrorCode::kBadInput, "the output shape must be int32[4], it is {}", text(shape.type));
  const auto extents = shape.constant->as<int32_t>();
  return std::pair(extents[1], extents[2]);
}

Result<Window> window_of(const TransposeConv& op, const Argument& shape, const Shape& weights, const Shape& input) {
  MOTE_TRY_ASSIGN(const auto extents, output_extents(op, shape));
  Window window{};
  MOTE_TRY_ASSIGN(window.rows, make_axis(input[1], extents.first, weights[1], op.stride_h, op.padding, "height"));
  MOTE_TRY_ASSIGN(window.columns, make_axis(input[2], extents.second, weights[2], op.stride_w, op.padding, "width"));
  return window;
}

/// The convolution whose adjoint this is: from the output's pixels and channels to the input's.
struct Forward {
  FloatConv conv;
  int64_t taps;

  Forward(const TransposeConv& op, const Shape& output, const Shape& weights, const Shape& input) {
    const auto axis = [&](size_t i, int32_t stride) {
      rt::WindowAxis result = *make_axis(input[i], output[i], weights[i], stride, op.padding, "");
      std::swap(result.input, result.output);
      return result;
    };
    conv = {{axis(1, op.stride_h), axis(2, op.stride_w)}, input[0], output[3], input[3]};
    taps = conv.window.taps();
  }

  /// Between weights [outputs][taps][channels] and those of the convolution, [channels][taps][outputs].
  template <class Visit>
  void for_each_weight(Visit&& visit) const {
    const int64_t outputs = conv.channels, channels = conv.outputs;
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t t = 0; t < taps; ++t)
        for (int64_t c = 0; c < channels; ++c)
          visit(static_cast<size_t>((o * taps + t) * channels + c), static_cast<size_t>((c * taps + t) * outputs + o));
  }
  [[nodiscard]] std::vector<float> turned(std::span<const float> weights) const {
    std::vector<float> result(weights.size());
    for_each_weight([&](size_t own, size_t theirs) { result[theirs] = weights[own]; });
    return result;
  }
};
}  // namespace

Result<std::vector<TensorType>> TransposeConv::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 3, 4, "output shape, weights, input, bias"));
  const Shape& weights = inputs[kWeights].type.shape;
  const Shape& input = inputs[kInput].type.shape;
  if (weights.size() != 4)
    return fail(ErrorCode::kBadInput, "weights must be [outputs][height][width][channels], their shape is {}",
                text(weights));
  if (input.size() != 4)
    return fail(ErrorCode::kBadInput, "the input must have 4 extents (batch, height, width, channels), its shape is {}",
                text(input));
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, inputs[kShape], weights, input));
  if (input[3] != weights[3] || weights[3] < 1 || weights[0] < 1)
    return fail(ErrorCode::kBadInput, "the input has {} channels, the weights expect {}", input[3], weights[3]);
  if (inputs[kShape].constant != nullptr && inputs[kShape].constant->as<int32_t>()[3] != weights[0])
    return fail(ErrorCode::kBadInput, "the output shape has {} channels, the weights yield {}",
                inputs[kShape].constant->as<int32_t>()[3], weights[0]);
  MOTE_TRY(expect_bias(inputs, kOperands, weights[0]));
  return std::vector<TensorType>{
      {inputs[kInput].type.dtype, {input[0], window.rows.output, window.columns.output, weights[0]}, {}}};
}

void TransposeConv::forward(ForwardContext& context) const {
  const FloatView& output = context.outputs[0];
  const Forward forward(*this, output.shape, context.inputs[kWeights].shape, context.inputs[kInput].shape);
  fill_rows(output.data, bias_of(context.inputs, kOperands), output.shape[3]);
  forward.conv.input_add(context.inputs[kInput].data, forward.turned(context.inputs[kWeights].data), output.data);
  apply_activation(activation, output.data);
}

void TransposeConv::backward(BackwardContext& context) const {
  const ConstFloatView& weights = context.inputs[kWeights];
  const Forward forward(*this, context.outputs[0].shape, weights.shape, context.inputs[kInput].shape);
  const std::span<const float> gradient =
      masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const std::vector<FloatView>& sums = context.input_gradients;
  if (!sums[kInput].data.empty()) forward.conv.forward_add(gradient, forward.turned(weights.data), sums[kInput].data);
  if (!sums[kWeights].data.empty()) {
    std::vector<float> turned(weights.data.size());
    forward.conv.weights_add(context.inputs[kInput].data, gradient, turned);
    forward.for_each_weight([&](size_t own, size_t theirs) { sums[kWeights].data[own] += turned[theirs]; });
  }
  if (sums.size() > kBias && !sums[kBias].data.empty()) add_rows(gradient, sums[kBias].data);
}

QuantizationRule TransposeConv::quantization(Arguments) const {
  return QuantizationRule::calibrated({kKeptOperand, weights_operand(0), kActivationOperand, kBiasOperand});
}

Result<Lowered> TransposeConv::lower(Arguments inputs, Arguments outputs) const {
  const Shape& weights = inputs[kWeights].type.shape;
  const Shape& input = inputs[kInput].type.shape;
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, inputs[kShape], weights, input));
  const rt::ConvShape shape{input[0], window.rows, window.columns, input[3], weights[3], weights[0]};
  return lower_weighted(kKernels, kOperands, shape, activation, inputs, outputs);
}

int64_t TransposeConv::macs(Arguments inputs, Arguments) const {
  const Shape& weights = inputs[kWeights].type.shape;
  return count(inputs[kInput].type.shape) * weights[0] * weights[1] * weights[2];
}

std::vector<OpCase<TransposeConv>> TransposeConv::cases() {
  constexpr Padding same = Padding::kSame;
  constexpr Padding valid = Padding::kValid;
  constexpr Activation none = Activation::kNone;
  const auto to = [](const Shape& output) {
    Tensor shape(TensorType{DType::kInt32, {4}, {}});
    std::copy(output.begin(), output.end(), shape.as<int32_t>().begin());
    return std::vector<std::pair<size_t, Tensor>>{{kShape, shape}};
  };
  return {
      {"upsample_same", {same, 2, 2, none}, {{4}, {3, 3, 3, 2}, {1, 4, 5, 2}, {3}}, to({1, 8, 10, 3})},
      {"upsample_odd", {same, 2, 3, none}, {{4}, {2, 4, 3, 3}, {2, 2, 3, 3}, {2}}, to({2, 5, 5, 2})},
      {"time_valid", {valid, 2, 1, none}, {{4}, {4, 1, 4, 3}, {1, 1, 6, 3}, {4}}, to({1, 1, 14, 4})},
      {"image_valid", {valid, 2, 1, none}, {{4}, {2, 3, 4, 5}, {1, 1, 5, 5}, {2}}, to({1, 3, 12, 2})},
      {"stride_one", {same, 1, 1, none}, {{4}, {2, 3, 3, 1}, {2, 4, 3, 1}, {2}}, to({2, 4, 3, 2})},
      {"stride_larger_than_window", {valid, 3, 4, none}, {{4}, {2, 2, 2, 2}, {1, 2, 3, 2}, {2}}, to({1, 8, 9, 2})},
      {"one_pixel", {same, 2, 2, none}, {{4}, {3, 5, 5, 2}, {1, 1, 1, 2}, {3}}, to({1, 2, 2, 3})},
      {"no_bias", {same, 2, 2, none}, {{4}, {3, 2, 2, 2}, {1, 3, 3, 2}}, to({1, 6, 6, 3})},
  };
}

}  // namespace mote
