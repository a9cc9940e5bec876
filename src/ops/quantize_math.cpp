#include "ops/quantize_math.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace mote {

rt::Multiplier quantize_multiplier(double factor) {
  if (factor == 0) return {0, 0};
  int exponent = 0;
  const double mantissa = std::frexp(factor, &exponent);
  int64_t fixed = static_cast<int64_t>(std::round(mantissa * 2147483648.0));
  if (fixed == int64_t{1} << 31) {
    fixed /= 2;
    ++exponent;
  }
  if (exponent < -31) return {0, 0};
  return {static_cast<int32_t>(fixed), exponent};
}

rt::OutputStage output_stage(Activation activation, const Quantization& output) {
  const float scale = output.scale.at(0);
  const int32_t zero_point = output.zero_point.at(0);
  const auto steps = [&](float value) {
    const float quotient = std::round(value / scale);
    return static_cast<int32_t>(std::clamp(static_cast<float>(zero_point) + quotient, -1e9f, 1e9f));
  };
  rt::OutputStage stage{zero_point, -128, 127};
  if (activation == Activation::kRelu) stage.low = std::max(stage.low, steps(0));
  if (activation == Activation::kRelu6) {
    stage.low = std::max(stage.low, steps(0));
    stage.high = std::min(stage.high, steps(6));
  }
  if (activation == Activation::kReluN1To1) {
    stage.low = std::max(stage.low, steps(-1));
    stage.high = std::min(stage.high, steps(1));
  }
  return stage;
}

FloatRange float_range(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      return {0, FLT_MAX};
    case Activation::kReluN1To1:
      return {-1, 1};
    case Activation::kRelu6:
      return {0, 6};
  }
  return {-FLT_MAX, FLT_MAX};
}

Result<> expect_quantized(const TensorType& type, DType dtype, std::string_view what) {
  if (type.dtype != dtype)
    return fail(ErrorCode::kUnsupported, "{} is {}, this op runs on {} here; convert the model to full {}", what,
                name(type.dtype), name(dtype), name(dtype));
  const Quantization& q = type.quantization;
  if (q.scale.size() != 1 || q.zero_point.size() != 1 || !(q.scale[0] > 0) || !std::isfinite(q.scale[0]))
    return fail(ErrorCode::kBadInput, "{} needs one positive scale and one zero point, it has {}", what, text(type));
  if (dtype == DType::kInt8 && (q.zero_point[0] < -128 || q.zero_point[0] > 127))
    return fail(ErrorCode::kBadInput, "zero point {} of {} is outside int8", q.zero_point[0], what);
  return {};
}

Result<ChannelConstants> channel_constants(const TensorType& input, const TensorType& weights, const Tensor* bias,
                                           const TensorType& output, std::span<const int64_t> weight_sums) {
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  const size_t channels = weight_sums.size();
  const Quantization& w = weights.quantization;
  if (weights.dtype != DType::kInt8 || !w.present() || (w.scale.size() != 1 && w.scale.size() != channels))
    return fail(ErrorCode::kUnsupported,
                "weights must be int8 with one scale or one for each of {} channels, they are {}", channels,
                text(weights));
  if (std::any_of(w.zero_point.begin(), w.zero_point.end(), [](int32_t z) { return z != 0; }))
    return fail(ErrorCode::kUnsupported, "weights with a zero point that is not 0; quantize them symmetrically");
  if (bias != nullptr && (bias->type.dtype != DType::kInt32 || bias->as<int32_t>().size() != channels))
    return fail(ErrorCode::kUnsupported, "the bias must be int32 with {} elements, it is {}", channels,
                text(bias->type));

  const double input_scale = static_cast<double>(input.quantization.scale[0]);
  ChannelConstants result;
  for (size_t c = 0; c < channels; ++c) {
    const int64_t own = bias != nullptr ? bias->as<int32_t>()[c] : 0;
    result.bias.push_back(static_cast<int32_t>(own - input.quantization.zero_point[0] * weight_sums[c]));
  }
  for (const float scale : w.scale) {
    const rt::Multiplier m = quantize_multiplier(input_scale * static_cast<double>(scale) /
                                                 static_cast<double>(output.quantization.scale[0]));
    result.factors.insert(result.factors.end(), {m.multiplier, m.shift});
  }
  return result;
}

}  // namespace mote
