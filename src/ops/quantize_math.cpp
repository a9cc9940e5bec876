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
  if (exponent > 30) return {INT32_MAX, 30};
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

}  // namespace mote
