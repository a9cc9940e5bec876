#include "ops/fully_connected.h"

#include "mote/rt/fully_connected.h"
#include "ops/float_gemm.h"
#include "ops/float_math.h"
#include "ops/weighted_layer.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr std::string_view kHeader = "fully_connected";
constexpr std::string_view kInteger = "FullyConnectedInteger";
constexpr Kernel kFloat =
    walking(describe_kernel<&rt::fully_connected_f32>("fully_connected_f32", "FullyConnectedF32", kHeader),
            kMatrixRows<rt::FullyConnectedF32>);
constexpr Kernel kInt8 = walking(describe_kernel<&rt::fully_connected_s8>("fully_connected_s8", kInteger, kHeader),
                                 kMatrixRows<rt::FullyConnectedInteger>);
constexpr Kernel kInt8Weights4 =
    walking(describe_kernel<&rt::fully_connected_s8_s4>("fully_connected_s8_s4", kInteger, kHeader),
            kMatrixRows<rt::FullyConnectedInteger>);
constexpr Kernel kInt16 = walking(describe_kernel<&rt::fully_connected_s16>("fully_connected_s16", kInteger, kHeader),
                                  kMatrixRows<rt::FullyConnectedInteger>);
constexpr Kernel kInt16Bias32 =
    walking(describe_kernel<&rt::fully_connected_s16_b32>("fully_connected_s16_b32", kInteger, kHeader),
            kMatrixRows<rt::FullyConnectedInteger>);
constexpr WeightedKernels kKernels = {&kFloat, &kInt8, &kInt8Weights4, &kInt16, &kInt16Bias32};
constexpr WeightedOperands kOperands{};

int32_t depth_of(const Shape& weights) {
  return weights[1];
}
int32_t outputs_of(const Shape& weights) {
  return weights[0];
}
int32_t batches_of(const Shape& input, const Shape& weights) {
  return static_cast<int32_t>(count(input) / depth_of(weights));
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
  MOTE_TRY(expect_bias(inputs, kOperands, outputs_of(weights)));
  Shape output = {batches_of(input, weights), outputs_of(weights)};
  if (keep_dimensions) {
    output = input;
    output.back() = outputs_of(weights);
  }
  return std::vector<TensorType>{{inputs[0].type.dtype, output, {}}};
}

void FullyConnected::forward(ForwardContext& context) const {
  const int64_t depth = context.inputs[1].shape[1], rows = context.inputs[1].shape[0];
  fill_rows(context.outputs[0].data, bias_of(context.inputs, kOperands), rows);
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
  const Shape& weights = inputs[1].type.shape;
  const rt::MatrixShape shape{batches_of(inputs[0].type.shape, weights), depth_of(weights), outputs_of(weights)};
  return lower_weighted(kKernels, kOperands, shape, activation, inputs, outputs);
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
