#include "ops/svdf.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/svdf.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::svdf_f32>("svdf_f32", "SvdfF32", "svdf");
constexpr Kernel kInt8 = describe_kernel<&rt::svdf_s8>("svdf_s8", "SvdfS8", "svdf");
constexpr Kernel kInt8WithInt16State = describe_kernel<&rt::svdf_s8_s16>("svdf_s8_s16", "SvdfS8", "svdf");

rt::SvdfSizes sizes_of(const Svdf& op, const Shape& input, const Shape& features, const Shape& times) {
  return {.batches = input[0], .inputs = input[1], .filters = features[0], .rank = op.rank, .memory = times[1]};
}

rt::SvdfSizes sizes_of(const Svdf& op, Arguments inputs) {
  return sizes_of(op, inputs[Svdf::kInput].type.shape, inputs[Svdf::kFeatures].type.shape,
                  inputs[Svdf::kTimes].type.shape);
}

Result<> expect_shape(const Argument& operand, const Shape& expected, std::string_view what) {
  if (operand.type.shape == expected) return {};
  return fail(ErrorCode::kBadInput, "{} of shape {}, {} is expected", what, text(operand.type.shape), text(expected));
}

/// The bias, or zeros in its place.
Constant bias_of(Arguments inputs, int32_t units) {
  const DType dtype = inputs[Svdf::kInput].type.dtype == DType::kFloat32 ? DType::kFloat32 : DType::kInt32;
  const Tensor* bias = inputs[Svdf::kBias].constant;
  return {"bias", dtype, bias != nullptr ? bias->data : std::vector<uint8_t>(static_cast<size_t>(units) * 4)};
}

Result<> expect_constants(Arguments inputs, DType features, DType times, DType bias) {
  for (const auto& [place, dtype] :
       {std::pair{Svdf::kFeatures, features}, {Svdf::kTimes, times}, {Svdf::kBias, bias}}) {
    if (place == Svdf::kBias && inputs[place].left_out) continue;
    if (inputs[place].constant == nullptr)
      return fail(ErrorCode::kUnsupported, "operand {} is computed at run time; only constant weights are compiled",
                  static_cast<size_t>(place));
    if (inputs[place].type.dtype != dtype)
      return fail(ErrorCode::kUnsupported, "operand {} is {}, {} is expected beside an input of {}",
                  static_cast<size_t>(place), name(inputs[place].type.dtype), name(dtype),
                  name(inputs[Svdf::kInput].type.dtype));
  }
  return {};
}

float scale_of(const TensorType& type) {
  return type.quantization.scale[0];
}

Result<> expect_one_scale(const Argument& operand, std::string_view what) {
  const Quantization& q = operand.type.quantization;
  if (q.scale.size() == 1 && q.zero_point[0] == 0) return {};
  return fail(ErrorCode::kUnsupported, "{} need one scale and the zero point 0, they are {}", what, text(operand.type));
}

/// A bias is in steps of state times time weights; the reference allows this much between the two.
constexpr double kBiasScaleTolerance = 1e-5;

Result<> expect_bias_scale(Arguments inputs) {
  const Argument& bias = inputs[Svdf::kBias];
  if (bias.left_out || !bias.type.quantization.present()) return {};
  const auto product = static_cast<double>(scale_of(inputs[Svdf::kState].type)) *
                       static_cast<double>(scale_of(inputs[Svdf::kTimes].type));
  const auto scale = static_cast<double>(scale_of(bias.type));
  if (std::abs(scale - product) < kBiasScaleTolerance) return {};
  return fail(ErrorCode::kUnsupported,
              "the bias has scale {}, that of the state times that of the time weights is {}; convert the model again",
              scale, product);
}

/// Minus the input's zero point times the sum of each filter's weights.
std::vector<int32_t> offsets_of(const Tensor& features, int32_t zero_point) {
  const auto weights = features.as<int8_t>();
  const auto depth = static_cast<size_t>(features.type.shape[1]);
  std::vector<int32_t> result;
  for (size_t row = 0; row < weights.size(); row += depth) {
    int64_t sum = 0;
    for (const int8_t w : weights.subspan(row, depth)) sum += w;
    result.push_back(static_cast<int32_t>(-zero_point * sum));
  }
  return result;
}

Result<Lowered> lower_integer(const Svdf& op, Arguments inputs, const TensorType& output) {
  const TensorType& input = inputs[Svdf::kInput].type;
  const TensorType& state = inputs[Svdf::kState].type;
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  if (state.dtype != DType::kInt8 && state.dtype != DType::kInt16)
    return fail(ErrorCode::kUnsupported, "a state of {}; int8 and int16 are supported", name(state.dtype));
  MOTE_TRY(expect_constants(inputs, DType::kInt8, state.dtype, DType::kInt32));
  MOTE_TRY(expect_quantized(state, state.dtype, "the state"));
  MOTE_TRY(expect_one_scale(inputs[Svdf::kFeatures], "the feature weights"));
  MOTE_TRY(expect_one_scale(inputs[Svdf::kTimes], "the time weights"));
  MOTE_TRY(expect_bias_scale(inputs));
  // Products and quotients are float32, as in the reference.
  const float features_scale = scale_of(inputs[Svdf::kFeatures].type),
              times_scale = scale_of(inputs[Svdf::kTimes].type);
  const float to_state = scale_of(input) * features_scale / scale_of(state);
  const float to_output = scale_of(state) * times_scale / scale_of(output);
  const bool wide = state.dtype == DType::kInt16;
  rt::SvdfS8 p{};
  p.sizes = sizes_of(op, inputs);
  p.state_factor = quantize_multiplier(static_cast<double>(to_state));
  p.state_stage = {state.quantization.zero_point[0], wide ? -32768 : -128, wide ? 32767 : 127};
  p.output_factor = quantize_multiplier(static_cast<double>(to_output));
  p.stage = {output.quantization.zero_point[0], -128, 127};

  const Tensor& features = *inputs[Svdf::kFeatures].constant;
  Lowered lowered;
  lowered.constants = {
      {"features", DType::kInt8, features.data},
      Constant::of<int32_t>("offsets", DType::kInt32, offsets_of(features, input.quantization.zero_point[0])),
      {"times", state.dtype, inputs[Svdf::kTimes].constant->data},
      bias_of(inputs, p.sizes.filters / p.sizes.rank)};
  lowered.calls.push_back(
      KernelCall::make(wide ? kInt8WithInt16State : kInt8, p,
                       {Operand::input(Svdf::kInput), Operand::constant(0), Operand::constant(1), Operand::constant(2),
                        Operand::constant(3), Operand::state(Svdf::kState), Operand::output(0)}));
  return lowered;
}
}  // namespace

Result<std::vector<TensorType>> Svdf::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 5, 5, "input, feature weights, time weights, bias, state"));
  const Shape& input = inputs[kInput].type.shape;
  const Shape& features = inputs[kFeatures].type.shape;
  const Shape& times = inputs[kTimes].type.shape;
  if (input.size() != 2 || features.size() != 2 || times.size() != 2)
    return fail(ErrorCode::kBadInput, "input, feature weights and time weights must be matrices, they are {}, {}, {}",
                text(input), text(features), text(times));
  if (rank < 1 || features[0] % rank != 0)
    return fail(ErrorCode::kBadInput, "{} filters do not divide into outputs of rank {}", features[0], rank);
  MOTE_TRY(expect_shape(inputs[kFeatures], {features[0], input[1]}, "feature weights"));
  MOTE_TRY(expect_shape(inputs[kTimes], {features[0], times[1]}, "time weights"));
  if (!inputs[kBias].left_out) MOTE_TRY(expect_shape(inputs[kBias], {features[0] / rank}, "a bias"));
  MOTE_TRY(checked_count({input[0], features[0], times[1]}));
  MOTE_TRY(expect_shape(inputs[kState], {input[0], features[0] * times[1]}, "a state"));
  return std::vector<TensorType>{{inputs[kInput].type.dtype, {input[0], features[0] / rank}, {}}};
}

void Svdf::forward(ForwardContext& context) const {
  const rt::SvdfSizes s =
      sizes_of(*this, context.inputs[kInput].shape, context.inputs[kFeatures].shape, context.inputs[kTimes].shape);
  const auto at = [](int32_t i) { return static_cast<size_t>(i); };
  std::vector<float> state(context.inputs[kState].data.begin(), context.inputs[kState].data.end());
  const std::span<const float> input = context.inputs[kInput].data, features = context.inputs[kFeatures].data,
                               times = context.inputs[kTimes].data, bias = context.inputs[kBias].data;
  const std::span<float> output = context.outputs[0].data;
  const size_t units = at(s.filters / s.rank);
  for (size_t i = 0; i < output.size(); ++i) output[i] = bias.empty() ? 0 : bias[i % units];
  for (size_t row = 0; row < at(s.batches * s.filters); ++row) {
    const size_t filter = row % at(s.filters), batch = row / at(s.filters);
    const std::span<float> memory = std::span(state).subspan(row * at(s.memory), at(s.memory));
    std::rotate(memory.begin(), memory.begin() + 1, memory.end());
    memory.back() = 0;
    for (size_t i = 0; i < at(s.inputs); ++i)
      memory.back() += features[filter * at(s.inputs) + i] * input[batch * at(s.inputs) + i];
    for (size_t m = 0; m < memory.size(); ++m) output[row / at(s.rank)] += times[filter * at(s.memory) + m] * memory[m];
  }
  apply_activation(clamp, output);
  if (context.states.size() > kState)
    std::copy_n(state.begin(), context.states[kState].data.size(), context.states[kState].data.begin());
}

QuantizationRule Svdf::quantization(Arguments) const {
  return QuantizationRule::calibrated(
      {kActivationOperand, weights_operand(-1), weights_operand(-1), kBiasOperand, kStateOperand});
}

Result<Lowered> Svdf::lower(Arguments inputs, Arguments outputs) const {
  if (inputs[kInput].type.dtype != DType::kFloat32) return lower_integer(*this, inputs, outputs[0].type);
  MOTE_TRY(expect_constants(inputs, DType::kFloat32, DType::kFloat32, DType::kFloat32));
  if (inputs[kState].type.dtype != DType::kFloat32)
    return fail(ErrorCode::kUnsupported, "a state of {} beside a float input", name(inputs[kState].type.dtype));
  const rt::SvdfSizes sizes = sizes_of(*this, inputs);
  const FloatRange range = float_range(clamp);
  Lowered lowered;
  lowered.constants = {{"features", DType::kFloat32, inputs[kFeatures].constant->data},
                       {"times", DType::kFloat32, inputs[kTimes].constant->data},
                       bias_of(inputs, sizes.filters / sizes.rank)};
  lowered.calls.push_back(KernelCall::make(kFloat, rt::SvdfF32{sizes, range.low, range.high},
                                           {Operand::input(kInput), Operand::constant(0), Operand::constant(1),
                                            Operand::constant(2), Operand::state(kState), Operand::output(0)}));
  return lowered;
}

int64_t Svdf::macs(Arguments inputs, Arguments) const {
  return (count(inputs[kFeatures].type.shape) + count(inputs[kTimes].type.shape)) * inputs[kInput].type.shape[0];
}

std::vector<OpCase<Svdf>> Svdf::cases() {
  return {
      {"rank1", {}, {{1, 7}, {5, 7}, {5, 4}, {5}, {1, 20}}},
      {"rank2_batch", {2, Activation::kRelu}, {{3, 4}, {6, 4}, {6, 3}, {3}, {3, 18}}},
      {"no_bias", {3, Activation::kRelu6}, {{1, 5}, {3, 5}, {3, 2}, kLeftOut, {1, 6}}},
      {"no_memory", {1}, {{2, 3}, {4, 3}, {4, 1}, {4}, {2, 4}}},
  };
}

}  // namespace mote
