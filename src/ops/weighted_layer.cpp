#include "ops/weighted_layer.h"

#include <algorithm>
#include <cstdlib>

namespace mote {

namespace {

/// Sums of 64 bits stay below this, as the reference's multiplication asks.
constexpr int64_t kWideLimit = int64_t{1} << 47;
constexpr int32_t kLargestWideShift = 7;

/// Operands that were left out, and those beyond the last, have no content and no shape.
bool is_there(Arguments inputs, size_t operand) {
  return operand < inputs.size() && (inputs[operand].constant != nullptr || !inputs[operand].type.shape.empty());
}

std::string_view form_name(WeightedForm form) {
  switch (form) {
    case WeightedForm::kFloat:
      return "float32";
    case WeightedForm::kInt8:
      return "int8 with int8 weights";
    case WeightedForm::kInt8Weights4:
      return "int8 with int4 weights";
    case WeightedForm::kInt16:
      return "int16 with int8 weights and a bias of 64 bits";
    case WeightedForm::kInt16Bias32:
      return "int16 with int8 weights and a bias of 32 bits";
  }
  return "?";
}

int32_t weight_at(const Tensor& weights, size_t index) {
  if (weights.type.dtype == DType::kInt8) return weights.as<int8_t>()[index];
  return rt::WeightsS4::at(weights.data.data(), static_cast<int32_t>(index));
}

/// Of each output's weights.
struct WeightSums {
  std::vector<int64_t> sum, magnitude;
};
WeightSums weight_sums(const Tensor& weights, int32_t axis) {
  const Shape& shape = weights.type.shape;
  const auto channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
  const auto inner = static_cast<size_t>(count(Shape(shape.begin() + axis + 1, shape.end())));
  WeightSums result{std::vector<int64_t>(channels), std::vector<int64_t>(channels)};
  for (size_t i = 0; i < static_cast<size_t>(count(shape)); ++i) {
    const int32_t weight = weight_at(weights, i);
    result.sum[i / inner % channels] += weight;
    result.magnitude[i / inner % channels] += std::abs(weight);
  }
  return result;
}

Result<WeightedForm> form_of(const WeightedOperands& operands, Arguments inputs) {
  const DType input = inputs[operands.input].type.dtype;
  const DType weights = inputs[operands.weights].type.dtype;
  const DType bias = is_there(inputs, operands.bias) ? inputs[operands.bias].type.dtype
                     : input == DType::kFloat32      ? DType::kFloat32
                     : input == DType::kInt16        ? DType::kInt64
                                                     : DType::kInt32;
  if (input == DType::kFloat32 && weights == DType::kFloat32 && bias == DType::kFloat32) return WeightedForm::kFloat;
  if (input == DType::kInt8 && weights == DType::kInt8 && bias == DType::kInt32) return WeightedForm::kInt8;
  if (input == DType::kInt8 && weights == DType::kInt4 && bias == DType::kInt32) return WeightedForm::kInt8Weights4;
  if (input == DType::kInt16 && weights == DType::kInt8 && bias == DType::kInt64) return WeightedForm::kInt16;
  if (input == DType::kInt16 && weights == DType::kInt8 && bias == DType::kInt32) return WeightedForm::kInt16Bias32;
  return fail(ErrorCode::kUnsupported,
              "no kernel for an input of {}, weights of {} and a bias of {}; there are kernels for float32 throughout, "
              "int8 with int8 or int4 weights and an int32 bias, int16 with int8 weights and an int64 bias",
              name(input), name(weights), name(bias));
}

Result<> check_weights(const TensorType& weights, int32_t axis) {
  const Quantization& q = weights.quantization;
  const auto outputs = static_cast<size_t>(weights.shape[static_cast<size_t>(axis)]);
  if (!q.present() || (q.scale.size() != 1 && q.scale.size() != outputs))
    return fail(ErrorCode::kUnsupported, "weights must have one scale or one for each of {} outputs, they are {}",
                outputs, text(weights));
  if (q.per_channel() && q.axis != axis)
    return fail(ErrorCode::kUnsupported,
                "weights with one scale for each index of axis {}; they need one an output (axis {})", q.axis, axis);
  if (std::any_of(q.zero_point.begin(), q.zero_point.end(), [](int32_t z) { return z != 0; }))
    return fail(ErrorCode::kUnsupported, "weights with a zero point that is not 0; quantize them symmetrically");
  return {};
}

/// Rule K3: the largest sum that inputs can bring about, whatever they are.
Result<> check_sum(int64_t bias, int64_t magnitude, const TensorType& input, int64_t limit, size_t output) {
  const int64_t farthest =
      input.dtype == DType::kInt8 ? 128 + std::abs(int64_t{input.quantization.zero_point[0]}) : 32768;
  if (magnitude <= limit / farthest && bias < limit - magnitude * farthest && bias > magnitude * farthest - limit)
    return {};
  return fail(ErrorCode::kUnsupported,
              "output {} could sum to {} steps and a bias of {}, more than the {} bits of an accumulator hold, and the "
              "reference would wrap around; quantize the layer with a larger weight scale there",
              output, magnitude * farthest, bias, limit > INT32_MAX ? 48 : 32);
}

template <class Bias>
Result<Constant> bias_constant(const WeightedOperands& operands, Arguments inputs, const WeightSums& sums, DType dtype,
                               int64_t limit) {
  const TensorType& input = inputs[operands.input].type;
  const int64_t folded = operands.folds_zero_point ? input.quantization.zero_point[0] : 0;
  const Tensor* own = is_there(inputs, operands.bias) ? inputs[operands.bias].constant : nullptr;
  std::vector<Bias> result;
  for (size_t o = 0; o < sums.sum.size(); ++o) {
    const int64_t bias = own != nullptr ? int64_t{own->as<Bias>()[o]} : 0;
    if (limit > 0) MOTE_TRY(check_sum(bias, sums.magnitude[o], input, limit, o));
    result.push_back(static_cast<Bias>(bias - folded * sums.sum[o]));
  }
  return Constant::of<Bias>("bias", dtype, result);
}

Result<std::vector<int32_t>> factors_of(double input_scale, const Quantization& weights, double output_scale,
                                        bool wide) {
  std::vector<int32_t> factors;
  for (const float scale : weights.scale) {
    const rt::Multiplier m = quantize_multiplier(input_scale * static_cast<double>(scale) / output_scale);
    if (m.shift > (wide ? kLargestWideShift : 30))
      return fail(ErrorCode::kUnsupported,
                  "an output scale of {} is too fine for an input of scale {} and weights of scale {}", output_scale,
                  input_scale, scale);
    factors.insert(factors.end(), {m.multiplier, m.shift});
  }
  return factors;
}

/// A constant of its own, or the operand if it is computed at run time.
Operand float_operand(Arguments inputs, size_t operand, std::string_view role, std::vector<Constant>& constants) {
  if (inputs[operand].constant == nullptr) return Operand::input(static_cast<int32_t>(operand));
  constants.push_back({std::string(role), DType::kFloat32, inputs[operand].constant->data});
  return Operand::constant(static_cast<int32_t>(constants.size()) - 1);
}

}  // namespace

Result<> expect_bias(Arguments inputs, const WeightedOperands& operands, int32_t channels) {
  if (is_there(inputs, operands.bias) && count(inputs[operands.bias].type.shape) != channels)
    return fail(ErrorCode::kBadInput, "the bias has shape {}, {} outputs are expected",
                text(inputs[operands.bias].type.shape), channels);
  return {};
}

std::span<const float> bias_of(const std::vector<ConstFloatView>& inputs, const WeightedOperands& operands) {
  return inputs.size() > operands.bias ? inputs[operands.bias].data : std::span<const float>{};
}

namespace internal {

Result<WeightedConstants> weighted_constants(const WeightedOperands& operands, Activation activation, Arguments inputs,
                                             const TensorType& output) {
  WeightedConstants result;
  MOTE_TRY_ASSIGN(result.form, form_of(operands, inputs));
  const auto outputs =
      static_cast<size_t>(inputs[operands.weights].type.shape[static_cast<size_t>(operands.channel_axis)]);
  if (result.form == WeightedForm::kFloat) {
    result.operands.push_back(float_operand(inputs, operands.weights, "weights", result.constants));
    if (is_there(inputs, operands.bias)) {
      result.operands.push_back(float_operand(inputs, operands.bias, "bias", result.constants));
    } else {
      result.operands.push_back(Operand::constant(static_cast<int32_t>(result.constants.size())));
      result.constants.push_back(Constant::of<float>("bias", DType::kFloat32, std::vector<float>(outputs)));
    }
    return result;
  }
  const TensorType& input = inputs[operands.input].type;
  MOTE_TRY(expect_quantized(input, input.dtype, "the input"));
  MOTE_TRY(expect_quantized(output, input.dtype, "the output"));
  if (inputs[operands.weights].constant == nullptr ||
      (is_there(inputs, operands.bias) && inputs[operands.bias].constant == nullptr))
    return fail(ErrorCode::kUnsupported,
                "weights or a bias that are computed at run time; in integers only constant ones are compiled");
  const Tensor& weights = *inputs[operands.weights].constant;
  MOTE_TRY(check_weights(weights.type, operands.channel_axis));
  const WeightSums sums = weight_sums(weights, operands.channel_axis);
  const bool wide = result.form == WeightedForm::kInt16;
  Constant bias;
  if (wide) {
    MOTE_TRY_ASSIGN(bias, bias_constant<int64_t>(operands, inputs, sums, DType::kInt64, kWideLimit));
  } else {
    const int64_t limit = result.form == WeightedForm::kInt16Bias32 ? 0 : int64_t{1} << 31;
    MOTE_TRY_ASSIGN(bias, bias_constant<int32_t>(operands, inputs, sums, DType::kInt32, limit));
  }
  MOTE_TRY_ASSIGN(const std::vector<int32_t> factors,
                  factors_of(static_cast<double>(input.quantization.scale[0]), weights.type.quantization,
                             static_cast<double>(output.quantization.scale[0]), wide));
  result.constants = {{"weights", weights.type.dtype, weights.data},
                      std::move(bias),
                      Constant::of<int32_t>("factors", DType::kInt32, factors)};
  result.operands = {Operand::constant(0), Operand::constant(1), Operand::constant(2)};
  result.input_zero_point = input.quantization.zero_point[0];
  result.end = {factors.size() > 2 ? 2 : 0, output_stage(activation, output)};
  return result;
}

Result<const Kernel*> kernel_of(const WeightedKernels& kernels, WeightedForm form) {
  const Kernel* kernel = kernels[static_cast<size_t>(form)];
  if (kernel != nullptr) return kernel;
  return fail(ErrorCode::kUnsupported, "{} has no kernel here; the reference has none either", form_name(form));
}

}  // namespace internal

}  // namespace mote
