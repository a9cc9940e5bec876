#include "ops/quantize_math.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <iterator>

namespace mote {

namespace {
constexpr int32_t kLargestWideShift = 7;  // of rule I1
}  // namespace

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

IntegerRange integer_range(DType dtype) {
  switch (dtype) {
    case DType::kInt4:
      return {-8, 7};
    case DType::kInt8:
      return {-128, 127};
    case DType::kBool:
      return {0, 1};
    case DType::kUint8:
      return {0, 255};
    case DType::kInt16:
      return {-32768, 32767};
    default:
      return {INT32_MIN, INT32_MAX};
  }
}

rt::OutputStage output_stage(Activation activation, const TensorType& output) {
  const float scale = output.quantization.scale.at(0);
  const int32_t zero_point = output.quantization.zero_point.at(0);
  const auto [least, most] = integer_range(output.dtype);
  const auto steps = [&](float value) {
    const float quotient = std::round(value / scale);
    return static_cast<int32_t>(std::clamp(static_cast<float>(zero_point) + quotient, -1e9f, 1e9f));
  };
  rt::OutputStage stage{zero_point, least, most};
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

rt::OutputStage output_stage(Activation activation, const Quantization& output) {
  return output_stage(activation, TensorType{DType::kInt8, {}, output});
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

Result<> expect_scale(const TensorType& type, std::string_view what) {
  const Quantization& q = type.quantization;
  if (q.scale.size() != 1 || q.zero_point.size() != 1 || !(q.scale[0] > 0) || !std::isfinite(q.scale[0]))
    return fail(ErrorCode::kBadInput, "{} needs one positive scale and one zero point, it has {}", what, text(type));
  const IntegerRange range = integer_range(type.dtype);
  if (q.zero_point[0] < range.low || q.zero_point[0] > range.high)
    return fail(ErrorCode::kBadInput, "zero point {} of {} is outside {}", q.zero_point[0], what, name(type.dtype));
  return {};
}

Result<> expect_quantized(const TensorType& type, DType dtype, std::string_view what) {
  if (type.dtype != dtype)
    return fail(ErrorCode::kUnsupported, "{} is {}, this op runs on {} here; convert the model to full {}", what,
                name(type.dtype), name(dtype), name(dtype));
  MOTE_TRY(expect_scale(type, what));
  if (dtype == DType::kInt16 && type.quantization.zero_point[0] != 0)
    return fail(ErrorCode::kUnsupported,
                "{} is int16 with zero point {}; int16 activations are symmetric, convert the model with zero point 0",
                what, type.quantization.zero_point[0]);
  return {};
}

Result<ChannelConstants> channel_constants(const TensorType& input, const TensorType& weights, const Tensor* bias,
                                           const TensorType& output, std::span<const int64_t> weight_sums,
                                           DType activations) {
  MOTE_TRY(expect_quantized(input, activations, "the input"));
  MOTE_TRY(expect_quantized(output, activations, "the output"));
  const size_t channels = weight_sums.size();
  const Quantization& w = weights.quantization;
  if (weights.dtype != DType::kInt8 || !w.present() || (w.scale.size() != 1 && w.scale.size() != channels))
    return fail(ErrorCode::kUnsupported,
                "weights must be int8 with one scale or one for each of {} channels, they are {}", channels,
                text(weights));
  if (std::any_of(w.zero_point.begin(), w.zero_point.end(), [](int32_t z) { return z != 0; }))
    return fail(ErrorCode::kUnsupported, "weights with a zero point that is not 0; quantize them symmetrically");
  const bool wide = bias != nullptr && bias->type.dtype == DType::kInt64 && activations == DType::kInt16;
  if (bias != nullptr &&
      ((bias->type.dtype != DType::kInt32 && !wide) || count(bias->type.shape) != std::ssize(weight_sums)))
    return fail(ErrorCode::kUnsupported, "the bias must be {} with {} elements, it is {}",
                activations == DType::kInt16 ? "int64 or int32" : "int32", channels, text(bias->type));

  const double input_scale = static_cast<double>(input.quantization.scale[0]);
  ChannelConstants result;
  if (wide) {
    const auto own = bias->as<int64_t>();
    result.wide_bias.assign(own.begin(), own.end());
  }
  for (size_t c = 0; c < channels && !wide; ++c) {
    const int64_t own = bias != nullptr ? bias->as<int32_t>()[c] : 0;
    result.bias.push_back(static_cast<int32_t>(own - input.quantization.zero_point[0] * weight_sums[c]));
  }
  for (const float scale : w.scale) {
    const rt::Multiplier m = quantize_multiplier(input_scale * static_cast<double>(scale) /
                                                 static_cast<double>(output.quantization.scale[0]));
    if (wide && m.shift > kLargestWideShift)
      return fail(ErrorCode::kUnsupported,
                  "an output scale of {} is too fine for an input of scale {} and weights of {}",
                  output.quantization.scale[0], input_scale, scale);
    result.factors.insert(result.factors.end(), {m.multiplier, m.shift});
  }
  return result;
}

}  // namespace mote
