#include "ops/pair_ops.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/arithmetic.h"
#include "mote/rt/common_scale.h"
#include "mote/rt/pairwise.h"
#include "mote/rt/product.h"
#include "ops/broadcast.h"
#include "ops/float_math.h"
#include "ops/linear_pair.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote::pair_ops {

namespace {

/// What the output changes by for a change of a and of b.
struct Slopes {
  float by_a, by_b;
};

/// One function: its value and derivative, and the kernels that compute it (none: not in that form). Kernels of the
/// first four are called with the range of the activation in float32 and int32.
struct Row {
  float (*value)(float a, float b);
  Slopes (*slopes)(float a, float b);
  const Kernel* float32;
  const Kernel* int32;
  const Kernel* int8;
  const Kernel* int16;
};

template <auto Function, class Parameters>
constexpr Kernel arithmetic(std::string_view name, std::string_view parameters) {
  return walking(describe_kernel<Function>(name, parameters, "arithmetic"), kBroadcast<Parameters>);
}
template <auto Function>
constexpr Kernel common_scale(std::string_view name) {
  return walking(describe_kernel<Function>(name, "CommonScale", "common_scale"), kBroadcast<rt::CommonScale>);
}
template <auto Function>
constexpr Kernel product(std::string_view name) {
  return walking(describe_kernel<Function>(name, "ProductInteger", "product"), kBroadcast<rt::ProductInteger>);
}
template <auto Function>
constexpr Kernel pairwise(std::string_view name) {
  return walking(describe_kernel<Function>(name, "Pairwise", "pairwise"), kBroadcast<rt::Pairwise>);
}

constexpr Kernel kAddF32 = arithmetic<&rt::add_f32, rt::ArithmeticF32>("add_f32", "ArithmeticF32");
constexpr Kernel kAddS32 = arithmetic<&rt::add_s32, rt::ArithmeticS32>("add_s32", "ArithmeticS32");
constexpr Kernel kAddS8 = common_scale<&rt::add_s8>("add_s8");
constexpr Kernel kLinearS8 = walking(
    describe_kernel<&rt::linear_pair_s8>("linear_pair_s8", "LinearPair", "linear_pair"), kBroadcast<rt::LinearPair>);
constexpr Kernel kLinearRangeS8 =
    walking(describe_kernel<&rt::linear_pair_range_s8>("linear_pair_range_s8", "LinearPair", "linear_pair"),
            kBroadcast<rt::LinearPair>);
constexpr Kernel kAddS16 = common_scale<&rt::add_s16>("add_s16");
constexpr Kernel kSubF32 = arithmetic<&rt::sub_f32, rt::ArithmeticF32>("sub_f32", "ArithmeticF32");
constexpr Kernel kSubS32 = arithmetic<&rt::sub_s32, rt::ArithmeticS32>("sub_s32", "ArithmeticS32");
constexpr Kernel kSubS8 = common_scale<&rt::sub_s8>("sub_s8");
constexpr Kernel kSubS16 = common_scale<&rt::sub_s16>("sub_s16");
constexpr Kernel kMulF32 = arithmetic<&rt::mul_f32, rt::ArithmeticF32>("mul_f32", "ArithmeticF32");
constexpr Kernel kMulS32 = arithmetic<&rt::mul_s32, rt::ArithmeticS32>("mul_s32", "ArithmeticS32");
constexpr Kernel kMulS8 = product<&rt::mul_s8>("mul_s8");
constexpr Kernel kMulS16 = product<&rt::mul_s16>("mul_s16");
constexpr Kernel kDivF32 = arithmetic<&rt::div_f32, rt::ArithmeticF32>("div_f32", "ArithmeticF32");
constexpr Kernel kDivS32 = arithmetic<&rt::div_s32, rt::ArithmeticS32>("div_s32", "ArithmeticS32");
constexpr Kernel kDivS8 = product<&rt::div_s8>("div_s8");
constexpr Kernel kMinimumF32 = pairwise<&rt::minimum_f32>("minimum_f32");
constexpr Kernel kMinimumS32 = pairwise<&rt::minimum_s32>("minimum_s32");
constexpr Kernel kMinimumS8 = pairwise<&rt::minimum_s8>("minimum_s8");
constexpr Kernel kMinimumS16 = pairwise<&rt::minimum_s16>("minimum_s16");
constexpr Kernel kMaximumF32 = pairwise<&rt::maximum_f32>("maximum_f32");
constexpr Kernel kMaximumS32 = pairwise<&rt::maximum_s32>("maximum_s32");
constexpr Kernel kMaximumS8 = pairwise<&rt::maximum_s8>("maximum_s8");
constexpr Kernel kMaximumS16 = pairwise<&rt::maximum_s16>("maximum_s16");
constexpr Kernel kSquaredDifferenceF32 = pairwise<&rt::squared_difference_f32>("squared_difference_f32");
constexpr Kernel kSquaredDifferenceS32 = pairwise<&rt::squared_difference_s32>("squared_difference_s32");
constexpr Kernel kSquaredDifferenceS8 = common_scale<&rt::squared_difference_s8>("squared_difference_s8");
constexpr Kernel kSquaredDifferenceS16 = common_scale<&rt::squared_difference_s16>("squared_difference_s16");
constexpr Kernel kPowF32 = pairwise<&rt::pow_f32>("pow_f32");
constexpr Kernel kPowS32 = pairwise<&rt::pow_s32>("pow_s32");
constexpr Kernel kFloorDivF32 = pairwise<&rt::floor_div_f32>("floor_div_f32");
constexpr Kernel kFloorDivS32 = pairwise<&rt::floor_div_s32>("floor_div_s32");
constexpr Kernel kFloorModF32 = pairwise<&rt::floor_mod_f32>("floor_mod_f32");
constexpr Kernel kFloorModS32 = pairwise<&rt::floor_mod_s32>("floor_mod_s32");

/// By PairKind. Where a and b are equal, the gradient of a minimum or maximum goes to a.
constexpr Row kRows[] = {
    {[](float a, float b) { return a + b; },
     [](float, float) {
       return Slopes{1, 1};
     },  //
     &kAddF32, &kAddS32, &kAddS8, &kAddS16},
    {[](float a, float b) { return a - b; },
     [](float, float) {
       return Slopes{1, -1};
     },  //
     &kSubF32, &kSubS32, &kSubS8, &kSubS16},
    {[](float a, float b) { return a * b; },
     [](float a, float b) {
       return Slopes{b, a};
     },  //
     &kMulF32, &kMulS32, &kMulS8, &kMulS16},
    {[](float a, float b) { return a / b; },
     [](float a, float b) {
       return Slopes{1 / b, -a / (b * b)};
     },  //
     &kDivF32, &kDivS32, &kDivS8, nullptr},
    {[](float a, float b) { return a < b ? a : b; },
     [](float a, float b) {
       return a <= b ? Slopes{1, 0} : Slopes{0, 1};
     },  //
     &kMinimumF32, &kMinimumS32, &kMinimumS8, &kMinimumS16},
    {[](float a, float b) { return a > b ? a : b; },
     [](float a, float b) {
       return a >= b ? Slopes{1, 0} : Slopes{0, 1};
     },  //
     &kMaximumF32, &kMaximumS32, &kMaximumS8, &kMaximumS16},
    {[](float a, float b) { return (a - b) * (a - b); },
     [](float a, float b) {
       return Slopes{2 * (a - b), 2 * (b - a)};
     },  //
     &kSquaredDifferenceF32, &kSquaredDifferenceS32, &kSquaredDifferenceS8, &kSquaredDifferenceS16},
    {[](float a, float b) { return std::pow(a, b); },
     [](float a, float b) {
       return Slopes{b * std::pow(a, b - 1), a > 0 ? std::pow(a, b) * std::log(a) : 0.0f};
     },
     &kPowF32, &kPowS32, nullptr, nullptr},
    {[](float a, float b) { return std::floor(a / b); },
     [](float, float) {
       return Slopes{0, 0};
     },  //
     &kFloorDivF32, &kFloorDivS32, nullptr, nullptr},
    {[](float a, float b) {
       const float rest = std::fmod(a, b);
       return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
     },
     [](float a, float b) {
       return Slopes{1, -std::floor(a / b)};
     },  //
     &kFloorModF32, &kFloorModS32, nullptr, nullptr},
};
static_assert(std::size(kRows) == std::size(kNames));

const Row& row(PairKind kind) {
  return kRows[static_cast<size_t>(kind)];
}
std::string_view name(PairKind kind) {
  return kNames[static_cast<size_t>(kind)].name;
}

double scale(const TensorType& type) {
  return static_cast<double>(type.quantization.scale[0]);
}

tl::unexpected<Error> too_fine(const TensorType& a, const TensorType& b, const TensorType& output) {
  return fail(ErrorCode::kUnsupported, "an output scale of {} is too fine for operands of scale {} and {}",
              scale(output), scale(a), scale(b));
}

/// Rules A1, N1 and N2.
Result<rt::CommonScale> common_scale_parameters(PairKind kind, Activation activation, const TensorType& a,
                                                const TensorType& b, const TensorType& output) {
  const bool squares = kind == PairKind::kSquaredDifference;
  const bool narrow = output.dtype == DType::kInt8;
  rt::CommonScale result{};
  result.fraction_bits = squares ? (narrow ? 7 : 0) : narrow ? 20 : 15;
  const double common = 2 * std::max(scale(a), scale(b));
  const auto one = static_cast<float>(1 << result.fraction_bits);
  const double to_output = squares ? common * common / static_cast<double>(one * one * output.quantization.scale[0])
                                   : common / (static_cast<double>(one) * scale(output));
  if (to_output >= 1) return too_fine(a, b, output);
  result.a_zero_point = a.quantization.zero_point[0];
  result.b_zero_point = b.quantization.zero_point[0];
  result.a_factor = quantize_multiplier(scale(a) / common);
  result.b_factor = quantize_multiplier(scale(b) / common);
  result.output_factor = quantize_multiplier(to_output);
  result.stage = output_stage(activation, output);
  return result;
}

/// What rules A1 and N1 give for every pair of int8.
PairTable table_of(PairKind kind, const rt::CommonScale& p) {
  PairTable table{};
  const rt::common_scale::Join<int8_t, rt::common_scale::Sum> sum{p};
  const rt::common_scale::Join<int8_t, rt::common_scale::Difference> difference{p};
  for (size_t i = 0; i < table.size(); ++i) {
    const auto a = static_cast<int8_t>(static_cast<int>(i / 256) - 128);
    const auto b = static_cast<int8_t>(static_cast<int>(i % 256) - 128);
    table[i] = kind == PairKind::kAdd ? sum(a, b) : difference(a, b);
  }
  return table;
}

/// Sum or difference of int8 in one rounding, where that is exact.
std::optional<rt::LinearPair> linear_parameters(PairKind kind, const rt::CommonScale& p, const TensorType& a,
                                                const TensorType& b, const TensorType& output) {
  if (kind != PairKind::kAdd && kind != PairKind::kSub) return std::nullopt;
  if (output.dtype != DType::kInt8) return std::nullopt;
  const double sign = kind == PairKind::kAdd ? 1 : -1;
  return find_linear_pair(table_of(kind, p), scale(a) / scale(output), sign * scale(b) / scale(output), p.stage.low,
                          p.stage.high);
}

/// Rules A2 and N3. A shift to the left must leave what it shifts inside int32, as the reference needs it too.
Result<rt::ProductInteger> product_parameters(PairKind kind, Activation activation, const TensorType& a,
                                              const TensorType& b, const TensorType& output) {
  const bool divides = kind == PairKind::kDiv;
  const bool narrow = output.dtype == DType::kInt8;
  const double factor =
      divides ? static_cast<double>(a.quantization.scale[0] / (b.quantization.scale[0] * output.quantization.scale[0]))
              : scale(a) * scale(b) / scale(output);
  const int most_shift = divides ? 23 : narrow ? 15 : 1;
  if (factor >= 1 << most_shift) return too_fine(a, b, output);
  rt::ProductInteger result{};
  result.a_zero_point = a.quantization.zero_point[0];
  result.b_zero_point = b.quantization.zero_point[0];
  result.factor = quantize_multiplier(factor);
  result.stage = output_stage(activation, output);
  return result;
}

/// The range of a fused activation among plain int32.
std::pair<int32_t, int32_t> integer_activation(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu:
      return {0, INT32_MAX};
    case Activation::kReluN1To1:
      return {-1, 1};
    case Activation::kRelu6:
      return {0, 6};
  }
  return {INT32_MIN, INT32_MAX};
}

bool has_activation(PairKind kind) {
  return kind <= PairKind::kDiv;
}

Result<> expect_one_scale(const TensorType& operand, const TensorType& output) {
  if (operand.quantization == output.quantization) return {};
  return fail(ErrorCode::kUnsupported,
              "operands and output of a minimum or maximum must share scale and zero point; an operand is {}, the "
              "output {}",
              text(operand), text(output));
}

}  // namespace

Result<std::vector<TensorType>> infer(Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  if (inputs[0].type.dtype != inputs[1].type.dtype)
    return fail(ErrorCode::kUnsupported, "the operands are {} and {}; both must have one type",
                mote::name(inputs[0].type.dtype), mote::name(inputs[1].type.dtype));
  MOTE_TRY_ASSIGN(Shape shape, broadcast_shape(inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, std::move(shape), {}}};
}

void forward(PairKind kind, Activation activation, ForwardContext& context) {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& output = context.outputs[0];
  const auto value = row(kind).value;
  for_each_pair(a.shape, b.shape, output.shape,
                [&](size_t i, size_t j, size_t o) { output.data[o] = value(a.data[i], b.data[j]); });
  if (kind == PairKind::kDiv && context.result == DType::kInt32)
    for (float& quotient : output.data) quotient = std::trunc(quotient);
  apply_activation(activation, output.data);
}

void backward(PairKind kind, Activation activation, BackwardContext& context) {
  const std::span<const float> gradient =
      masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& a_gradient = context.input_gradients[0];
  const FloatView& b_gradient = context.input_gradients[1];
  const auto slopes = row(kind).slopes;
  for_each_pair(a.shape, b.shape, context.outputs[0].shape, [&](size_t i, size_t j, size_t o) {
    const Slopes here = slopes(a.data[i], b.data[j]);
    if (!a_gradient.data.empty()) a_gradient.data[i] += gradient[o] * here.by_a;
    if (!b_gradient.data.empty()) b_gradient.data[j] += gradient[o] * here.by_b;
  });
}

QuantizationRule quantization(PairKind kind) {
  std::vector<OperandRule> operands{kActivationOperand, kActivationOperand};
  if (kind == PairKind::kMinimum || kind == PairKind::kMaximum) return QuantizationRule::shared(operands);
  return QuantizationRule::calibrated(operands);
}

Result<Lowered> lower(PairKind kind, Activation activation, Arguments inputs, Arguments outputs) {
  const TensorType& a = inputs[0].type;
  const TensorType& b = inputs[1].type;
  const TensorType& output = outputs[0].type;
  const Row& kernels = row(kind);
  const auto call = [&](const Kernel& kernel, auto parameters) -> Result<Lowered> {
    MOTE_TRY_ASSIGN(parameters.walk, plan_broadcast(inputs[0], inputs[1]));
    Lowered lowered;
    lowered.calls.push_back(
        KernelCall::make(kernel, parameters, {Operand::input(0), Operand::input(1), Operand::output(0)}));
    return lowered;
  };
  if (a.dtype == DType::kFloat32 && b.dtype == DType::kFloat32) {
    if (!has_activation(kind)) return call(*kernels.float32, rt::Pairwise{});
    const FloatRange range = float_range(activation);
    return call(*kernels.float32, rt::ArithmeticF32{{}, range.low, range.high});
  }
  const bool plain = !a.quantization.present() && !b.quantization.present() && !output.quantization.present();
  if (a.dtype == DType::kInt32 && b.dtype == DType::kInt32 && plain) {
    if (!has_activation(kind)) return call(*kernels.int32, rt::Pairwise{});
    if (kind == PairKind::kAdd && activation != Activation::kNone)
      return fail(ErrorCode::kUnsupported,
                  "an activation is fused into an add of int32, which the reference leaves out; make it a minimum or "
                  "maximum of its own");
    const auto [low, high] = integer_activation(activation);
    return call(*kernels.int32, rt::ArithmeticS32{{}, low, high});
  }
  const DType dtype = a.dtype == DType::kInt16 ? DType::kInt16 : DType::kInt8;
  const Kernel* kernel = dtype == DType::kInt16 ? kernels.int16 : kernels.int8;
  if (kernel == nullptr)
    return fail(ErrorCode::kUnsupported, "{} of {} is not computed; keep this part of the model in float32", name(kind),
                text(a));
  MOTE_TRY(expect_quantized(a, dtype, "the first operand"));
  MOTE_TRY(expect_quantized(b, dtype, "the second operand"));
  MOTE_TRY(expect_quantized(output, dtype, "the output"));
  switch (kind) {
    case PairKind::kMul:
    case PairKind::kDiv: {
      MOTE_TRY_ASSIGN(const rt::ProductInteger parameters, product_parameters(kind, activation, a, b, output));
      return call(*kernel, parameters);
    }
    case PairKind::kMinimum:
    case PairKind::kMaximum:
      MOTE_TRY(expect_one_scale(a, output));
      MOTE_TRY(expect_one_scale(b, output));
      return call(*kernel, rt::Pairwise{});
    default: {
      MOTE_TRY_ASSIGN(const rt::CommonScale parameters, common_scale_parameters(kind, activation, a, b, output));
      if (const auto linear = linear_parameters(kind, parameters, a, b, output))
        return call(linear->low == -128 && linear->high == 127 ? kLinearS8 : kLinearRangeS8, *linear);
      return call(*kernel, parameters);
    }
  }
}

std::vector<Example> examples(PairKind kind) {
  constexpr Activation none = Activation::kNone;
  std::vector<Example> result = {
      {"same", none, {{1, 5, 4, 3}, {1, 5, 4, 3}}, {}}, {"scalar", none, {{2, 3, 4}, {}}, {}},
      {"channels", none, {{1, 6, 5}, {5}}, {}},         {"channels_first", none, {{5}, {2, 6, 5}}, {}},
      {"gate", none, {{2, 3, 3, 4}, {2, 1, 1, 4}}, {}}, {"crossing", none, {{2, 1, 4, 1, 3}, {1, 5, 1, 2, 1}}, {}},
  };
  // Divisors and bases are those for which the functions are smooth.
  std::vector<CaseType> types;
  if (kind == PairKind::kPow) types = {CaseType::within(1, 3), CaseType::within(-2, 2)};
  if (kind == PairKind::kDiv || kind == PairKind::kFloorDiv || kind == PairKind::kFloorMod)
    types = {CaseType::within(-4, 4), CaseType::within(1, 3)};
  for (Example& example : result) example.types = types;
  result.push_back({"scalar_first", none, {{}, {2, 3, 4}}, types});
  if (!types.empty()) {
    result.push_back({"below_zero", none, {{3, 5}, {3, 5}}, {types[0], CaseType::within(-3, -1)}});
  }
  result.push_back({"int32", none, {{2, 1, 7}, {2, 3, 1}}, {{DType::kInt32, -9, 9}, {DType::kInt32, 1, 5}}});
  if (has_activation(kind)) {
    result.push_back({"relu", Activation::kRelu, {{2, 9}, {2, 9}}, types});
    result.push_back({"relu6", Activation::kRelu6, {{1, 7}, {1, 7}}, types});
    if (kind != PairKind::kAdd)
      result.push_back(
          {"int32_relu6", Activation::kRelu6, {{3, 4}, {4}}, {{DType::kInt32, -9, 9}, {DType::kInt32, 1, 5}}});
    result.push_back({"relu_n1_to_1", Activation::kReluN1To1, {{3, 5}, {5}}, types});
  }
  return result;
}

}  // namespace mote::pair_ops
