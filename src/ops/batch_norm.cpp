#include "ops/batch_norm.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mote {

namespace {
constexpr size_t kOperands = 5;

/// Adds term(element, channel) of every element to its channel's sum; rows of `sums.size()` elements.
template <class Term>
void add_by_channel(size_t elements, std::span<double> sums, Term&& term) {
  const size_t channels = sums.size();
  for (size_t row = 0; row < elements; row += channels)
    for (size_t c = 0; c < channels; ++c) sums[c] += static_cast<double>(term(row + c, c));
}

/// Mean and variance of every channel. Two passes: a large mean must not swallow the variance.
void batch_statistics(std::span<const float> input, std::span<float> mean, std::span<float> variance) {
  thread_local std::vector<double> sums;
  const size_t channels = mean.size();
  const double rows = static_cast<double>(input.size() / channels);
  sums.assign(channels, 0);
  add_by_channel(input.size(), sums, [&](size_t i, size_t) { return input[i]; });
  for (size_t c = 0; c < channels; ++c) mean[c] = static_cast<float>(sums[c] / rows);
  sums.assign(channels, 0);
  add_by_channel(input.size(), sums, [&](size_t i, size_t c) { return (input[i] - mean[c]) * (input[i] - mean[c]); });
  for (size_t c = 0; c < channels; ++c) variance[c] = static_cast<float>(sums[c] / rows);
}

bool has_gradient(const BackwardContext& context, size_t output) {
  return context.output_gradients.size() > output && !context.output_gradients[output].data.empty();
}
}  // namespace

BatchNorm::Affine BatchNorm::inference_form(std::span<const float> scale, std::span<const float> offset,
                                            std::span<const float> mean, std::span<const float> variance) const {
  Affine result;
  for (size_t c = 0; c < scale.size(); ++c) {
    const float factor = scale[c] / std::sqrt(variance[c] + epsilon);
    result.factor.push_back(factor);
    result.offset.push_back(offset[c] - mean[c] * factor);
  }
  return result;
}

Result<std::vector<TensorType>> BatchNorm::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, kOperands, kOperands, "input, scale, offset, mean, variance"));
  constexpr std::array<std::string_view, kOperands> names{"input", "scale", "offset", "mean", "variance"};
  const TensorType& input = inputs[0].type;
  if (input.shape.empty()) return fail(ErrorCode::kBadInput, "batch normalization of a scalar; it needs channels");
  const int32_t channels = input.shape.back();
  for (size_t i = 0; i < kOperands; ++i)
    if (inputs[i].type.dtype != DType::kFloat32)
      return fail(ErrorCode::kUnsupported, "the {} is {}; batch normalization exists in float32 only", names[i],
                  name(inputs[i].type.dtype));
  for (size_t i = 1; i < kOperands; ++i)
    if (inputs[i].type.shape != Shape{channels})
      return fail(ErrorCode::kBadInput, "the {} has shape {}, the input's {} channels need {}", names[i],
                  text(inputs[i].type.shape), channels, channels);
  if (!(momentum >= 0 && momentum < 1))
    return fail(ErrorCode::kBadInput, "a momentum of {}; it must be at least 0 and less than 1", momentum);
  if (!(epsilon > 0) || !std::isfinite(epsilon))
    return fail(ErrorCode::kBadInput, "an epsilon of {}; it must be positive", epsilon);
  const TensorType statistic{DType::kFloat32, {channels}, {}};
  return std::vector<TensorType>{{DType::kFloat32, input.shape, {}}, statistic, statistic};
}

void BatchNorm::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  const auto mean = context.outputs[kBatchMean].data;
  const auto variance = context.outputs[kBatchVariance].data;
  if (context.training) {
    batch_statistics(input, mean, variance);
  } else {
    std::ranges::copy(context.inputs[kRunningMean].data, mean.begin());
    std::ranges::copy(context.inputs[kRunningVariance].data, variance.begin());
  }
  const auto scale = context.inputs[1].data;
  const auto offset = context.inputs[2].data;
  thread_local std::vector<float> factor;
  factor.resize(scale.size());
  for (size_t c = 0; c < scale.size(); ++c) factor[c] = scale[c] / std::sqrt(variance[c] + epsilon);
  float* output = context.outputs[0].data.data();
  for (size_t row = 0; row < input.size(); row += scale.size())
    for (size_t c = 0; c < scale.size(); ++c) output[row + c] = (input[row + c] - mean[c]) * factor[c] + offset[c];
}

// With n positions, x' = (x - mean) / deviation and g the derivative by the output:
// by scale: sum of g x'; by offset: sum of g; by x: scale / deviation * (g - mean of g - x' * mean of g x').
void BatchNorm::backward(BackwardContext& context) const {
  const auto input = context.inputs[0].data;
  const auto scale = context.inputs[1].data;
  const auto mean = context.outputs[kBatchMean].data;
  const auto variance = context.outputs[kBatchVariance].data;
  const auto gradient = context.output_gradients[0].data;
  const size_t channels = scale.size();
  const double rows = static_cast<double>(input.size() / channels);

  thread_local std::vector<double> by_scale, by_offset;
  thread_local std::vector<float> inverse;
  inverse.resize(channels);
  for (size_t c = 0; c < channels; ++c) inverse[c] = 1 / std::sqrt(variance[c] + epsilon);
  const float* deviations = inverse.data();
  by_scale.assign(channels, 0);
  by_offset.assign(channels, 0);
  add_by_channel(input.size(), by_scale,
                 [&](size_t i, size_t c) { return gradient[i] * (input[i] - mean[c]) * deviations[c]; });
  add_by_channel(input.size(), by_offset, [&](size_t i, size_t) { return gradient[i]; });

  const auto add_to = [&](size_t operand, const std::vector<double>& sums) {
    const auto result = context.input_gradients[operand].data;
    for (size_t c = 0; c < result.size(); ++c) result[c] += static_cast<float>(sums[c]);
  };
  add_to(1, by_scale);
  add_to(2, by_offset);
  const auto result = context.input_gradients[0].data;
  if (result.empty()) return;

  // By x, every channel is factor * g + slope * (x - mean) + constant.
  thread_local std::vector<float> factor, slope, constant;
  for (auto* of_channel : {&factor, &slope, &constant}) of_channel->resize(channels);
  for (size_t c = 0; c < channels; ++c) {
    factor[c] = scale[c] * inverse[c];
    slope[c] = -factor[c] * inverse[c] * static_cast<float>(by_scale[c] / rows);
    constant[c] = -factor[c] * static_cast<float>(by_offset[c] / rows);
    if (has_gradient(context, kBatchMean))
      constant[c] += context.output_gradients[kBatchMean].data[c] / static_cast<float>(rows);
    if (has_gradient(context, kBatchVariance))
      slope[c] += 2 * context.output_gradients[kBatchVariance].data[c] / static_cast<float>(rows);
  }
  const float *a = factor.data(), *b = slope.data(), *d = constant.data();
  for (size_t row = 0; row < input.size(); row += channels)
    for (size_t c = 0; c < channels; ++c)
      result[row + c] += a[c] * gradient[row + c] + b[c] * (input[row + c] - mean[c]) + d[c];
}

QuantizationRule BatchNorm::quantization(Arguments) const {
  return QuantizationRule::calibrated(
      {kActivationOperand, weights_operand(-1), kBiasOperand, kKeptOperand, kKeptOperand});
}

Result<Lowered> BatchNorm::lower(Arguments, Arguments) const {
  return fail(ErrorCode::kUnsupported,
              "batch normalization exists in training only; fold it into the layer in front before compiling");
}

std::vector<OpCase<BatchNorm>> BatchNorm::cases() {
  const auto running = [](std::vector<float> mean, std::vector<float> variance) {
    const Shape shape{static_cast<int32_t>(mean.size())};
    return std::vector<std::pair<size_t, Tensor>>{{kRunningMean, float_tensor(shape, mean)},
                                                  {kRunningVariance, float_tensor(shape, variance)}};
  };
  return {
      {"rows", {}, {{12, 3}, {3}, {3}, {3}, {3}}, running({0.5f, -1, 0}, {1, 0.25f, 4})},
      {"image", {0.5f, 1e-2f}, {{2, 3, 4, 2}, {2}, {2}, {2}, {2}}, running({0, 2}, {0.5f, 9})},
      {"time_one_channel", {}, {{3, 1, 5, 1}, {1}, {1}, {1}, {1}}, running({-0.25f}, {1.5f})},
  };
}

}  // namespace mote
