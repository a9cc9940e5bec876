#include "ops/unary_ops.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <numbers>

#include "mote/rt/clamp_f32.h"
#include "mote/rt/unary_f32.h"
#include "mote/rt/unary_s32.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "ops/unary_integer.h"
#include "target/walks.h"

namespace mote::unary_ops {

namespace {

/// One function: its value, its derivative given the value, and the kernels for plain numbers (none: not in that form).
struct Row {
  float (*value)(float x, float parameter);
  float (*slope)(float x, float value, float parameter);
  const Kernel* float32;
  const Kernel* int32;
};

template <auto Function>
constexpr Kernel unary(std::string_view name) {
  return walking(describe_kernel<Function>(name, "UnaryF32", "unary_f32"), kElementwise<rt::UnaryF32>);
}
constexpr Kernel kClamp = walking(describe_kernel<&rt::clamp_f32>("clamp_f32", "ClampF32"), kElementwise<rt::ClampF32>);
constexpr Kernel kLeakyRelu =
    walking(describe_kernel<&rt::leaky_relu_f32>("leaky_relu_f32", "LeakyReluF32", "unary_f32"),
            kElementwise<rt::LeakyReluF32>);
constexpr Kernel kHardSwish = unary<&rt::hard_swish_f32>("hard_swish_f32");
constexpr Kernel kElu = unary<&rt::elu_f32>("elu_f32");
constexpr Kernel kGelu = unary<&rt::gelu_f32>("gelu_f32");
constexpr Kernel kGeluTanh = unary<&rt::gelu_tanh_f32>("gelu_tanh_f32");
constexpr Kernel kAbs = unary<&rt::abs_f32>("abs_f32");
constexpr Kernel kAbsS32 =
    walking(describe_kernel<&rt::abs_s32>("abs_s32", "UnaryS32", "unary_s32"), kElementwise<rt::UnaryS32>);
constexpr Kernel kNeg = unary<&rt::neg_f32>("neg_f32");
constexpr Kernel kNegS32 =
    walking(describe_kernel<&rt::neg_s32>("neg_s32", "UnaryS32", "unary_s32"), kElementwise<rt::UnaryS32>);
constexpr Kernel kSquare = unary<&rt::square_f32>("square_f32");
constexpr Kernel kSqrt = unary<&rt::sqrt_f32>("sqrt_f32");
constexpr Kernel kRsqrt = unary<&rt::rsqrt_f32>("rsqrt_f32");
constexpr Kernel kExp = unary<&rt::exp_f32>("exp_f32");
constexpr Kernel kLog = unary<&rt::log_f32>("log_f32");
constexpr Kernel kSin = unary<&rt::sin_f32>("sin_f32");
constexpr Kernel kCos = unary<&rt::cos_f32>("cos_f32");
constexpr Kernel kFloor = unary<&rt::floor_f32>("floor_f32");
constexpr Kernel kCeil = unary<&rt::ceil_f32>("ceil_f32");
constexpr Kernel kRound = unary<&rt::round_f32>("round_f32");

template <int kLow, int kHigh>
constexpr Row clamped() {
  return {[](float x, float) { return std::clamp(x, static_cast<float>(kLow), static_cast<float>(kHigh)); },
          [](float x, float, float) { return x > kLow && x < kHigh ? 1.0f : 0.0f; }, &kClamp, nullptr};
}

/// The inner function of the approximate GELU.
float gelu_inner(float x) {
  return 2 * std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float> * (x + 0.044715f * x * x * x);
}

float gelu_slope(float x, float, float approximate) {
  if (approximate == 0)
    return 0.5f * std::erfc(-x / std::numbers::sqrt2_v<float>) +
           x * std::exp(-0.5f * x * x) * std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float>;
  const float inner = std::tanh(gelu_inner(x));
  const float inner_slope =
      2 * std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float> * (1 + 3 * 0.044715f * x * x);
  return 0.5f * (1 + inner) + 0.5f * x * (1 - inner * inner) * inner_slope;
}

float flat(float, float, float) {
  return 0;
}

/// By UnaryKind.
constexpr Row kRows[] = {
    {[](float x, float) { return std::max(x, 0.0f); }, [](float x, float, float) { return x > 0 ? 1.0f : 0.0f; },
     &kClamp, nullptr},
    clamped<0, 6>(),
    clamped<-1, 1>(),
    clamped<0, 1>(),
    {[](float x, float alpha) { return x > 0 ? x : x * alpha; },
     [](float x, float, float alpha) { return x > 0 ? 1.0f : alpha; }, &kLeakyRelu, nullptr},
    {[](float x, float) { return x * std::clamp(x + 3, 0.0f, 6.0f) / 6; },
     [](float x, float, float) { return x <= -3  ? 0.0f
                                        : x >= 3 ? 1.0f
                                                 : (2 * x + 3) / 6; }, &kHardSwish, nullptr},
    {[](float x, float) { return x < 0 ? std::expm1(x) : x; },
     [](float x, float value, float) { return x < 0 ? value + 1 : 1.0f; }, &kElu, nullptr},
    {gelu, gelu_slope, &kGelu, nullptr},
    {[](float x, float) { return std::abs(x); }, [](float x, float, float) { return x < 0 ? -1.0f : 1.0f; }, &kAbs,
     &kAbsS32},
    {[](float x, float) { return -x; }, [](float, float, float) { return -1.0f; }, &kNeg, &kNegS32},
    {[](float x, float) { return x * x; }, [](float x, float, float) { return 2 * x; }, &kSquare, nullptr},
    {[](float x, float) { return std::sqrt(x); }, [](float, float value, float) { return 0.5f / value; }, &kSqrt,
     nullptr},
    {[](float x, float) { return 1 / std::sqrt(x); }, [](float x, float value, float) { return -0.5f * value / x; },
     &kRsqrt, nullptr},
    {[](float x, float) { return std::exp(x); }, [](float, float value, float) { return value; }, &kExp, nullptr},
    {[](float x, float) { return std::log(x); }, [](float x, float, float) { return 1 / x; }, &kLog, nullptr},
    {[](float x, float) { return std::sin(x); }, [](float x, float, float) { return std::cos(x); }, &kSin, nullptr},
    {[](float x, float) { return std::cos(x); }, [](float x, float, float) { return -std::sin(x); }, &kCos, nullptr},
    {[](float x, float) { return std::floor(x); }, flat, &kFloor, nullptr},
    {[](float x, float) { return std::ceil(x); }, flat, &kCeil, nullptr},
    {[](float x, float) { return std::nearbyint(x); }, flat, &kRound, nullptr},
};
static_assert(std::size(kRows) == std::size(kNames));

const Row& row(UnaryKind kind) {
  return kRows[static_cast<size_t>(kind)];
}

Lowered one_call(const Kernel& kernel, const auto& parameters) {
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kernel, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

FloatRange clamp_range(UnaryKind kind) {
  if (kind == UnaryKind::kRelu6) return {0, 6};
  if (kind == UnaryKind::kReluN1To1) return {-1, 1};
  if (kind == UnaryKind::kRelu0To1) return {0, 1};
  return {0, FLT_MAX};
}

Lowered lower_float(UnaryKind kind, float parameter, int32_t count) {
  if (kind == UnaryKind::kLeakyRelu) return one_call(kLeakyRelu, rt::LeakyReluF32{count, parameter});
  if (kind == UnaryKind::kGelu && parameter != 0) return one_call(kGeluTanh, rt::UnaryF32{count});
  if (row(kind).float32 != &kClamp) return one_call(*row(kind).float32, rt::UnaryF32{count});
  const FloatRange range = clamp_range(kind);
  return one_call(kClamp, rt::ClampF32{count, range.low, range.high});
}

}  // namespace

void forward(UnaryKind kind, float parameter, ForwardContext& context) {
  const auto input = context.inputs[0].data;
  const auto output = context.outputs[0].data;
  const auto value = row(kind).value;
  for (size_t i = 0; i < input.size(); ++i) output[i] = value(input[i], parameter);
}

void backward(UnaryKind kind, float parameter, BackwardContext& context) {
  const auto result = context.input_gradients[0].data;
  const auto input = context.inputs[0].data;
  const auto output = context.outputs[0].data;
  const auto gradient = context.output_gradients[0].data;
  const auto slope = row(kind).slope;
  for (size_t i = 0; i < result.size(); ++i) result[i] += gradient[i] * slope(input[i], output[i], parameter);
}

QuantizationRule quantization(UnaryKind, Arguments) {
  return QuantizationRule::calibrated({kActivationOperand});
}

Result<Lowered> lower(UnaryKind kind, float parameter, Arguments inputs, Arguments outputs) {
  const TensorType& input = inputs[0].type;
  const TensorType& output = outputs[0].type;
  if (input.dtype == DType::kFloat32) return lower_float(kind, parameter, elements(input));
  if (input.dtype == DType::kInt32 && row(kind).int32 != nullptr && !input.quantization.present())
    return one_call(*row(kind).int32, rt::UnaryS32{elements(input)});
  if (input.dtype == DType::kInt16) return lower_int16(kind, parameter, input, output);
  return lower_int8(kind, parameter, input, output);
}

std::vector<CaseType> domain(UnaryKind kind) {
  if (kind == UnaryKind::kSqrt || kind == UnaryKind::kRsqrt || kind == UnaryKind::kLog) return {CaseType::within(1, 6)};
  return {};
}

}  // namespace mote::unary_ops
