#include "ops/fully_connected.h"

#include "mote/rt/fully_connected_f32.h"
#include "mote/rt/fully_connected_s8.h"
#include "ops/float_gemm.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"
#include "ops/weighted_layer.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::fully_connected_s8>("fully_connected_s8", "FullyConnectedS8");
constexpr Kernel kFloat = describe_kernel<&rt::fully_connected_f32>("fully_connected_f32", "FullyConnectedF32");

int32_t depth_of(const Shape& weights) {
  return weights[1];
}
int32_t outputs_of(const Shape& weights) {
  return weights[0];
}
int32_t batches_of(const Shape& input, const Shape& weights) {
  return static_cast<int32_t>(count(input) / depth_of(weights));
}

Result<Lowered> lower_int8(const FullyConnected& op, Arguments inputs, Arguments outputs) {
  const Tensor& weights = *inputs[1].constant;
  const auto rows = static_cast<size_t>(outputs_of(weights.type.shape));
  const auto depth = static_cast<size_t>(depth_of(weights.type.shape));
  std::vector<int64_t> sums(rows);
  for (size_t i = 0; i < rows * depth; ++i) sums[i / depth] += weights.as<int8_t>()[i];
  const Tensor* bias = inputs.size() > 2 ? inputs[2].constant : nullptr;
  MOTE_TRY_ASSIGN(const ChannelConstants channels,
                  channel_constants(inputs[0].type, weights.type, bias, outputs[0].type, sums));
  const rt::FullyConnectedS8 parameters{
      .batches = batches_of(inputs[0].type.shape, weights.type.shape),
      .depth = static_cast<int32_t>(depth),
      .outputs = static_cast<int32_t>(rows),
      .factor_stride = channels.factor_stride(),
      .stage = output_stage(op.activation, outputs[0].type.quantization),
  };
  return lower_weighted_int8(kInt8, parameters, weights, channels);
}

Result<Lowered> lower_float(const FullyConnected& op, Arguments inputs) {
  const Tensor& weights = *inputs[1].constant;
  const FloatRange range = float_range(op.activation);
  const rt::FullyConnectedF32 parameters{
      .batches = batches_of(inputs[0].type.shape, weights.type.shape),
      .depth = depth_of(weights.type.shape),
      .outputs = outputs_of(weights.type.shape),
      .low = range.low,
      .high = range.high,
  };
  return lower_weighted_float(kFloat, parameters, inputs, parameters.outputs);
}
}  // namespace

Result<std::vector<TensorType>> FullyConnected::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 3, "input, weights, bias"));
  const Shape& input = inputs[0].type.shape;
  const Shape& weights = inputs[1].type.shape;
  if (weights.size() != 2)
    return fail(ErrorCode::kBadInput, "weights must be [outputs][depth], their shape is {}", text(weights));
  if (input.empty() || count(input) % depth_of(weights) != 0)
    return fail(ErrorCode::kBadInput, "an input of shape {} does not divide into rows of {} (weights {})", text(input),
                depth_of(weights), text(weights));
  if (keep_dimensions && input.back() != depth_of(weights))
    return fail(ErrorCode::kBadInput, "the input's last extent is {}, the weights expect {}", input.back(),
                depth_of(weights));
  if (inputs.size() > 2 && !inputs[2].type.shape.empty() && count(inputs[2].type.shape) != outputs_of(weights))
    return fail(ErrorCode::kBadInput, "the bias has shape {}, {} outputs are expected", text(inputs[2].type.shape),
                outputs_of(weights));
  Shape output = {batches_of(input, weights), outputs_of(weights)};
  if (keep_dimensions) {
    output = input;
    output.back() = outputs_of(weights);
  }
  return std::vector<TensorType>{{inputs[0].type.dtype, output, {}}};
}

void FullyConnected::forward(ForwardContext& context) const {
  const int64_t depth = context.inputs[1].shape[1], rows = context.inputs[1].shape[0];
  const bool has_bias = context.inputs.size() > 2 && !context.inputs[2].data.empty();
  fill_rows(context.outputs[0].data, has_bias ? context.inputs[2].data : std::span<const float>{}, rows);
  const int64_t batches = static_cast<int64_t>(context.outputs[0].data.size()) / rows;
  multiply_by_transposed_add(batches, rows, depth, context.inputs[0].data.data(), depth, context.inputs[1].data.data(),
                             depth, context.outputs[0].data.data(), rows);
  apply_activation(activation, context.outputs[0].data);
}

void FullyConnected::backward(BackwardContext& context) const {
  const int64_t depth = context.inputs[1].shape[1], rows = context.inputs[1].shape[0];
  const std::span<const float> gradient =
      masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const int64_t batches = static_cast<int64_t>(gradient.size()) / rows;
  if (!context.input_gradients[0].data.empty())
    multiply_add(batches, depth, rows, gradient.data(), rows, context.inputs[1].data.data(), depth,
                 context.input_gradients[0].data.data(), depth);
  if (!context.input_gradients[1].data.empty())
    multiply_transposed_add(batches, depth, rows, gradient.data(), rows, context.inputs[0].data.data(), depth,
                            context.input_gradients[1].data.data(), depth);
  if (context.inputs.size() > 2 && !context.input_gradients[2].data.empty())
    add_rows(gradient, context.input_gradients[2].data);
}

QuantizationRule FullyConnected::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, weights_operand(0), kBiasOperand});
}

Result<Lowered> FullyConnected::lower(Arguments inputs, Arguments outputs) const {
  if (inputs[1].constant == nullptr)
    return fail(ErrorCode::kUnsupported, "weights that are computed at run time; only constant weights are compiled");
  if (inputs[0].type.dtype == DType::kFloat32 && inputs[1].type.dtype == DType::kFloat32)
    return lower_float(*this, inputs);
  return lower_int8(*this, inputs, outputs);
}

int64_t FullyConnected::macs(Arguments inputs, Arguments) const {
  return count(inputs[0].type.shape) * outputs_of(inputs[1].type.shape);
}

std::vector<OpCase<FullyConnected>> FullyConnected::cases() {
  return {
      {"plain", {}, {{1, 12}, {16, 12}, {16}}},
      {"relu_batch", {Activation::kRelu}, {{3, 5}, {7, 5}, {7}}},
      {"relu6_single", {Activation::kRelu6}, {{1, 1}, {1, 1}, {1}}},
      {"no_bias", {}, {{2, 9}, {3, 9}}},
      {"keep_dimensions", {Activation::kNone, true}, {{1, 4, 6}, {5, 6}, {5}}},
  };
}

}  // namespace mote
