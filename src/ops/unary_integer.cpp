#include "ops/unary_integer.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/piecewise_s16.h"
#include "mote/rt/roots.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote::unary_ops {

namespace {

constexpr Kernel kPiecewise =
    walking(describe_kernel<&rt::piecewise_s16>("piecewise_s16", "PiecewiseS16"), kElementwise<rt::PiecewiseS16>);
constexpr Kernel kRsqrt =
    walking(describe_kernel<&rt::rsqrt_s16>("rsqrt_s16", "RsqrtS16", "roots"), kElementwise<rt::RsqrtS16>);
constexpr Kernel kSqrt =
    walking(describe_kernel<&rt::sqrt_s16>("sqrt_s16", "SqrtS16", "roots"), kElementwise<rt::SqrtS16>);

float scale(const TensorType& type) {
  return type.quantization.scale[0];
}
int32_t zero_point(const TensorType& type) {
  return type.quantization.zero_point[0];
}

tl::unexpected<Error> not_computed(UnaryKind kind, const TensorType& input) {
  return fail(ErrorCode::kUnsupported, "{} of {} is not computed; keep this part of the model in float32",
              kNames[static_cast<size_t>(kind)].name, text(input));
}

Result<> expect_shift(double factor, int most) {
  if (std::abs(factor) < std::ldexp(1.0, most)) return {};
  return fail(ErrorCode::kUnsupported, "an input scale {} times the output's; one of the two must be wrong", factor);
}

/// Where a clamp of the ReLU family lands: the range 0 to 1 is what the two others leave.
rt::OutputStage stage_of(UnaryKind kind, const TensorType& output) {
  if (kind == UnaryKind::kRelu) return output_stage(Activation::kRelu, output);
  if (kind == UnaryKind::kRelu6) return output_stage(Activation::kRelu6, output);
  rt::OutputStage stage = output_stage(Activation::kReluN1To1, output);
  if (kind == UnaryKind::kRelu0To1) stage.low = output_stage(Activation::kRelu, output).low;
  return stage;
}

bool is_clamp(UnaryKind kind) {
  return kind <= UnaryKind::kRelu0To1;
}

/// Rule N4: the factors on both sides of 0. Leaky ReLU divides scales in float32.
struct Sides {
  double positive, negative;
};
Sides sides(UnaryKind kind, float alpha, const TensorType& input, const TensorType& output) {
  const double exact = static_cast<double>(scale(input)) / static_cast<double>(scale(output));
  if (kind == UnaryKind::kAbs) return {exact, -exact};
  if (kind == UnaryKind::kLeakyRelu)
    return {static_cast<double>(scale(input) / scale(output)),
            static_cast<double>(scale(input) * alpha / scale(output))};
  return {exact, exact};
}

/// Rule N11: 16-bit fixed point. `to_output` and `to_unit` take the input, times 128, to the output's steps and to the
/// scale where 3 is 2^15; each is 15 bits and an exponent.
class HardSwish {
 public:
  static Result<HardSwish> create(const TensorType& input, const TensorType& output) {
    HardSwish result;
    const float fine = (1.0f / 128.0f) * scale(input);
    result.to_output_ = narrowed(static_cast<double>(fine / scale(output)));
    result.to_unit_ = narrowed(static_cast<double>(fine / (3.0f / 32768.0f)));
    if (result.to_output_.shift > 0 || result.to_output_.shift < -15 || result.to_unit_.shift < -15 ||
        result.to_unit_.shift > 30)
      return fail(ErrorCode::kUnsupported, "scales {} and {} of a hard swish are too far apart, or too small or large",
                  scale(input), scale(output));
    result.input_zero_point_ = zero_point(input);
    result.output_zero_point_ = zero_point(output);
    return result;
  }

  [[nodiscard]] int8_t operator()(int32_t i) const {
    const int32_t fine = (i - input_zero_point_) * 128;
    const int32_t scaled = high_product(fine, to_output_.multiplier);
    int32_t unit = fine;
    if (to_unit_.shift > 0) unit = saturated(int64_t{unit} << (to_unit_.shift - 1));
    unit = high_product(unit, to_unit_.multiplier);
    if (to_unit_.shift > 0) unit = saturated(int64_t{unit} * 2);
    if (to_unit_.shift < 0) unit = rt::rounding_divide_by_power_of_two(unit, -to_unit_.shift);
    const int32_t gate = (unit + 32768) >> 1;
    const int32_t product = gate * scaled / 32768;
    const int32_t steps = rt::rounding_divide_by_power_of_two(product, -to_output_.shift);
    return static_cast<int8_t>(std::clamp(steps + output_zero_point_, -128, 127));
  }

 private:
  static rt::Multiplier narrowed(double factor) {
    const rt::Multiplier wide = quantize_multiplier(factor);
    if (wide.multiplier >= INT32_MAX - (1 << 15)) return {INT16_MAX, wide.shift};
    return {(wide.multiplier + (1 << 15)) >> 16, wide.shift};
  }
  static int32_t high_product(int32_t a, int32_t b) { return (a * b + (1 << 14)) >> 15; }
  static int32_t saturated(int64_t x) { return static_cast<int32_t>(std::clamp<int64_t>(x, INT16_MIN, INT16_MAX)); }

  rt::Multiplier to_output_{}, to_unit_{};
  int32_t input_zero_point_ = 0;
  int32_t output_zero_point_ = 0;
};

/// The functions whose tables are computed in float32 (N10, I3); the logarithm of what has none is the least output.
std::function<float(float)> float_function(UnaryKind kind, float parameter, const TensorType& output) {
  if (kind == UnaryKind::kExp) return [](float x) { return std::exp(x); };
  if (kind == UnaryKind::kElu) return [](float x) { return x < 0 ? std::exp(x) - 1.0f : x; };
  if (kind == UnaryKind::kGelu) return [parameter](float x) { return gelu(x, parameter); };
  if (kind != UnaryKind::kLog) return nullptr;
  const int32_t least = output.dtype == DType::kInt16 ? INT16_MIN : INT8_MIN;
  const float none = static_cast<float>(least - zero_point(output)) * scale(output);
  return [none](float x) { return x <= 0 ? none : std::log(x); };
}

/// Rule N10.
Lowered lower_float_table(const TensorType& input, const TensorType& output,
                          const std::function<float(float)>& function) {
  const float inverse = 1 / scale(output);
  return lower_table(input, [&](int32_t i) {
    const float x = scale(input) * static_cast<float>(i - zero_point(input));
    const float steps = std::round(function(x) * inverse) + static_cast<float>(zero_point(output));
    return static_cast<int8_t>(std::clamp(steps, -128.0f, 127.0f));
  });
}

/// The factor of rule N5, with its 20 bits taken off.
Result<rt::Multiplier> rsqrt_factor(const TensorType& input, const TensorType& output) {
  const double factor = 1 / (std::sqrt(static_cast<double>(scale(input))) * static_cast<double>(scale(output)));
  MOTE_TRY(expect_shift(factor, 30));
  rt::Multiplier result = quantize_multiplier(factor);
  result.shift -= 20;
  if (result.shift < -31) return rt::Multiplier{0, 0};
  return result;
}

Lowered one_call(const Kernel& kernel, const auto& parameters) {
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kernel, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

}  // namespace

float gelu(float x, float approximate) {
  constexpr auto kHalfRoot = static_cast<float>(M_SQRT1_2);
  if (approximate == 0) return 0.5f * x * std::erfc(x * -kHalfRoot);
  constexpr auto kFactor = static_cast<float>(M_2_SQRTPI * M_SQRT1_2);
  return 0.5f * x * (1.f + std::tanh(kFactor * (x + 0.044715f * x * x * x)));
}

Result<Lowered> lower_int8(UnaryKind kind, float parameter, const TensorType& input, const TensorType& output) {
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  if (is_clamp(kind)) return lower_requantize(stage_of(kind, output), input, output);
  if (const auto function = float_function(kind, parameter, output)) return lower_float_table(input, output, function);
  const rt::OutputStage stage = output_stage(Activation::kNone, output);
  switch (kind) {
    case UnaryKind::kHardSwish: {
      MOTE_TRY_ASSIGN(const HardSwish function, HardSwish::create(input, output));
      return lower_table(input, function);
    }
    case UnaryKind::kAbs:
    case UnaryKind::kLeakyRelu: {
      const Sides factors = sides(kind, parameter, input, output);
      MOTE_TRY(expect_shift(factors.positive, 22));
      MOTE_TRY(expect_shift(factors.negative, 22));
      const rt::Multiplier positive = quantize_multiplier(factors.positive);
      const rt::Multiplier negative = quantize_multiplier(factors.negative);
      return lower_table(input, [&](int32_t i) {
        const int32_t x = i - zero_point(input);
        const rt::Multiplier& factor = x < 0 ? negative : positive;
        return rt::requantize(x, factor.multiplier, factor.shift, stage);
      });
    }
    case UnaryKind::kRsqrt: {
      MOTE_TRY_ASSIGN(const rt::Multiplier factor, rsqrt_factor(input, output));
      return lower_table(
          input, [&](int32_t i) { return static_cast<int8_t>(rt::rsqrt_steps(i - zero_point(input), factor, stage)); });
    }
    case UnaryKind::kSqrt:
      return lower_table(input, [&](int32_t i) {
        return static_cast<int8_t>(rt::sqrt_steps(i - zero_point(input), scale(input), scale(output), stage));
      });
    default:
      return not_computed(kind, input);
  }
}

Result<Lowered> lower_int16(UnaryKind kind, float parameter, const TensorType& input, const TensorType& output) {
  MOTE_TRY(expect_quantized(input, DType::kInt16, "the input"));
  MOTE_TRY(expect_quantized(output, DType::kInt16, "the output"));
  if (kind != UnaryKind::kElu)
    if (const auto function = float_function(kind, parameter, output))
      return lower_interpolated(input, output, function);
  const rt::OutputStage whole = output_stage(Activation::kNone, output);
  switch (kind) {
    case UnaryKind::kRelu:
    case UnaryKind::kRelu6:
    case UnaryKind::kAbs:
    case UnaryKind::kLeakyRelu: {
      const Sides factors = sides(kind, parameter, input, output);
      MOTE_TRY(expect_shift(factors.positive, 15));
      MOTE_TRY(expect_shift(factors.negative, 15));
      const rt::OutputStage stage = is_clamp(kind) ? stage_of(kind, output) : whole;
      return one_call(kPiecewise, rt::PiecewiseS16{elements(input), quantize_multiplier(factors.positive),
                                                   quantize_multiplier(factors.negative), stage});
    }
    case UnaryKind::kRsqrt: {
      MOTE_TRY_ASSIGN(const rt::Multiplier factor, rsqrt_factor(input, output));
      return one_call(kRsqrt, rt::RsqrtS16{elements(input), factor, whole});
    }
    case UnaryKind::kSqrt:
      return one_call(kSqrt, rt::SqrtS16{elements(input), scale(input), scale(output), whole});
    default:
      return not_computed(kind, input);
  }
}

}  // namespace mote::unary_ops
