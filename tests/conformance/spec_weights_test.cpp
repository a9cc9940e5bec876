/// The rules of docs/quantization-spec.md for weights in other forms than int8 beside int8: transposed convolution,
/// int4, int16 activations, and sums that no accumulator holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "example.h"
#include "guarded_run.h"
#include "ops/quantize_math.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::QuantizedExample;

std::vector<Argument> arguments_of(const std::vector<TensorType>& types) {
  std::vector<Argument> result;
  for (const TensorType& type : types) result.push_back({type, nullptr});
  return result;
}

/// What the kernels of one layer make of its operands.
std::vector<int64_t> computed(const testing::Example& example, const std::vector<TensorType>& outputs) {
  const auto lowered = lower(example.op, example.arguments(), arguments_of(outputs));
  EXPECT_TRUE(lowered) << example.name << ": " << lowered.error().text();
  if (!lowered) return {};
  const auto run = testing::run_guarded(*lowered, example.operands, outputs);
  EXPECT_THAT(run.violations, ::testing::IsEmpty()) << example.name;
  std::vector<int64_t> result;
  const Tensor& output = run.outputs[0];
  for (size_t i = 0; i < static_cast<size_t>(count(output.type.shape)); ++i)
    result.push_back(output.type.dtype == DType::kInt16 ? output.as<int16_t>()[i] : output.as<int8_t>()[i]);
  return result;
}

/// Where a layer keeps its operands.
struct Places {
  size_t input = 0, weights = 1, bias = 2;
};

/// One layer's integers by name.
class Layer {
 public:
  Layer(const testing::Example& example, const Places& places, TensorType output, Activation activation)
      : example_(example), places_(places), output_(std::move(output)), stage_(output_stage(activation, output_)) {}

  [[nodiscard]] const Shape& input_shape() const { return type(places_.input).shape; }
  [[nodiscard]] const Shape& weights_shape() const { return type(places_.weights).shape; }
  [[nodiscard]] int64_t input(size_t i) const {
    const Tensor& tensor = example_.operands[places_.input];
    const int64_t stored = is_int16() ? tensor.as<int16_t>()[i] : tensor.as<int8_t>()[i];
    return stored - tensor.type.quantization.zero_point[0];
  }
  [[nodiscard]] int64_t weight(size_t i) const { return example_.operands[places_.weights].as<int8_t>()[i]; }
  [[nodiscard]] int64_t bias(size_t i) const {
    if (!has_bias()) return 0;
    const Tensor& tensor = example_.operands[places_.bias];
    return tensor.type.dtype == DType::kInt64 ? tensor.as<int64_t>()[i] : tensor.as<int32_t>()[i];
  }
  [[nodiscard]] int64_t finish(int64_t sum, size_t channel) const {
    const auto& scales = type(places_.weights).quantization.scale;
    const rt::Multiplier factor = quantize_multiplier(static_cast<double>(type(places_.input).quantization.scale[0]) *
                                                      static_cast<double>(scales[scales.size() == 1 ? 0 : channel]) /
                                                      static_cast<double>(output_.quantization.scale[0]));
    const bool wide = is_int16() && (!has_bias() || type(places_.bias).dtype == DType::kInt64);
    const auto narrow = static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(sum)));
    const int32_t scaled =
        wide ? rt::multiply_wide(sum, factor.multiplier, factor.shift) : rt::multiply(narrow, factor);
    return rt::clamp(scaled + stage_.zero_point, stage_.low, stage_.high);
  }

 private:
  [[nodiscard]] const TensorType& type(size_t operand) const { return example_.operands[operand].type; }
  [[nodiscard]] bool has_bias() const { return example_.operands.size() > places_.bias; }
  [[nodiscard]] bool is_int16() const { return type(places_.input).dtype == DType::kInt16; }

  const testing::Example& example_;
  Places places_;
  TensorType output_;
  rt::OutputStage stage_;
};

/// Calls check(op, the case in integers) for every case of op T in this form.
template <class T, class Check>
void for_each_case(DType activations, Check&& check) {
  int cases = 0;
  for (const testing::Example& example : testing::all_examples()) {
    const T* op = std::get_if<T>(&example.op);
    if (op == nullptr) continue;
    MOTE_ASSERT_ASSIGN(const QuantizedExample quantized, testing::quantize(example, activations));
    check(*op, quantized);
    ++cases;
  }
  EXPECT_GT(cases, 0);
}

/// Padding before the first output, by the reference's own words: of a convolution from the output to the input.
int32_t padding_before(const TransposeConv& op, int32_t output, int32_t kernel, int32_t stride) {
  const int32_t inputs =
      op.padding == Padding::kSame ? (output + stride - 1) / stride : (output + stride - kernel) / stride;
  return std::max((inputs - 1) * stride + kernel - output, 0) / 2;
}

std::vector<int64_t> spread(const TransposeConv& op, const Layer& layer, const Shape& output) {
  const Shape& in = layer.input_shape();
  const Shape& w = layer.weights_shape();
  const int32_t top = padding_before(op, output[1], w[1], op.stride_h);
  const int32_t left = padding_before(op, output[2], w[2], op.stride_w);
  std::vector<int64_t> sums(static_cast<size_t>(count(output)));
  size_t from = 0;
  for (int32_t b = 0; b < in[0]; ++b)
    for (int32_t v = 0; v < in[1]; ++v)
      for (int32_t u = 0; u < in[2]; ++u)
        for (int32_t c = 0; c < in[3]; ++c, ++from)
          for (int32_t o = 0; o < w[0]; ++o)
            for (int32_t i = 0; i < w[1]; ++i)
              for (int32_t j = 0; j < w[2]; ++j) {
                const int32_t y = v * op.stride_h - top + i;
                const int32_t x = u * op.stride_w - left + j;
                if (y < 0 || y >= output[1] || x < 0 || x >= output[2]) continue;
                sums[static_cast<size_t>(((b * output[1] + y) * output[2] + x) * output[3] + o)] +=
                    layer.input(from) * layer.weight(static_cast<size_t>(((o * w[1] + i) * w[2] + j) * w[3] + c));
              }
  for (size_t i = 0; i < sums.size(); ++i) {
    const size_t channel = i % static_cast<size_t>(output[3]);
    sums[i] = layer.finish(sums[i] + layer.bias(channel), channel);
  }
  return sums;
}

TEST(QuantizationSpec, K1_TransposedConvolutionSpreadsItsInputs) {
  for (const DType activations : {DType::kInt8, DType::kInt16})
    for_each_case<TransposeConv>(activations, [](const TransposeConv& op, const QuantizedExample& quantized) {
      const Layer layer(quantized.example, {2, 1, 3}, quantized.outputs[0], op.activation);
      EXPECT_EQ(computed(quantized.example, quantized.outputs), spread(op, layer, quantized.outputs[0].shape))
          << quantized.example.name;
    });
}

/// The same numbers, packed two a byte.
Tensor packed(const Tensor& weights) {
  TensorType type = weights.type;
  type.dtype = DType::kInt4;
  Tensor result(type);
  for (size_t i = 0; i < weights.data.size(); ++i)
    result.data[i / 2] = static_cast<uint8_t>(result.data[i / 2] | (weights.data[i] & 15) << (i % 2 * 4));
  return result;
}

TEST(QuantizationSpec, K2_Int4WeightsCountAsInt8) {
  const auto check = [](const auto&, const QuantizedExample& quantized) {
    testing::Example wide = quantized.example;
    for (int8_t& weight : wide.operands[1].as<int8_t>())
      weight = static_cast<int8_t>(weight / 16 == 7 ? -8 : weight / 16);
    testing::Example narrow = wide;
    narrow.operands[1] = packed(wide.operands[1]);
    EXPECT_EQ(computed(narrow, quantized.outputs), computed(wide, quantized.outputs)) << wide.name;
  };
  for_each_case<Conv2d>(DType::kInt8, check);
  for_each_case<DepthwiseConv2d>(DType::kInt8, check);
  for_each_case<FullyConnected>(DType::kInt8, check);
}

/// A fully connected layer of `depth` weights of 127 into one output, with this bias.
Result<Lowered> lower_dense(DType activations, int32_t depth, int32_t zero_point, int64_t bias) {
  Tensor weights(TensorType{DType::kInt8, {1, depth}, {{0.01f}, {0}, 0}});
  std::fill(weights.data.begin(), weights.data.end(), uint8_t{127});
  const bool wide = activations == DType::kInt16;
  Tensor stored(TensorType{wide ? DType::kInt64 : DType::kInt32, {1}, {{0.001f}, {0}, 0}});
  if (wide)
    stored.as<int64_t>()[0] = bias;
  else
    stored.as<int32_t>()[0] = static_cast<int32_t>(bias);
  const std::vector<Argument> inputs = {{{activations, {1, depth}, {{0.1f}, {zero_point}, 0}}, nullptr},
                                        {weights.type, &weights},
                                        {stored.type, &stored}};
  return lower(FullyConnected{}, inputs, arguments_of({{activations, {1, 1}, {{1000.0f}, {0}, 0}}}));
}

TEST(QuantizationSpec, K3_SumsThatCouldOverflowAreRefused) {
  const auto refused = testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("bits of an accumulator"));
  const int64_t reach = int64_t{4096} * 127 * (128 + 100);
  EXPECT_THAT(lower_dense(DType::kInt8, 4096, -100, (int64_t{1} << 31) - 1 - reach), testing::Succeeds());
  EXPECT_THAT(lower_dense(DType::kInt8, 4096, -100, (int64_t{1} << 31) - reach), refused);
  EXPECT_THAT(lower_dense(DType::kInt8, 4096, 100, reach - (int64_t{1} << 31)), refused);
  EXPECT_THAT(lower_dense(DType::kInt8, 66000, 127, 0), testing::Succeeds());
  EXPECT_THAT(lower_dense(DType::kInt8, 67000, 127, 0), refused);
  const int64_t wide_reach = int64_t{4096} * 127 * 32768;
  EXPECT_THAT(lower_dense(DType::kInt16, 4096, 0, (int64_t{1} << 47) - 1 - wide_reach), testing::Succeeds());
  EXPECT_THAT(lower_dense(DType::kInt16, 4096, 0, (int64_t{1} << 47) - wide_reach), refused);
  EXPECT_THAT(lower_dense(DType::kInt16, 4, 0, INT64_MIN), refused);
}

std::vector<int64_t> dense(const FullyConnected& op, const testing::Example& example, const TensorType& output) {
  const Layer layer(example, {}, output, op.activation);
  const auto outputs = static_cast<size_t>(layer.weights_shape()[0]);
  const auto depth = static_cast<size_t>(layer.weights_shape()[1]);
  std::vector<int64_t> result;
  for (size_t i = 0; i < static_cast<size_t>(count(output.shape)); ++i) {
    int64_t sum = layer.bias(i % outputs);
    for (size_t d = 0; d < depth; ++d)
      sum += layer.input(i / outputs * depth + d) * layer.weight(i % outputs * depth + d);
    result.push_back(layer.finish(sum, i % outputs));
  }
  return result;
}

TEST(QuantizationSpec, K4_Int16LayersSumIn64BitsOrModulo32) {
  for_each_case<FullyConnected>(DType::kInt16, [](const FullyConnected& op, const QuantizedExample& quantized) {
    const TensorType& output = quantized.outputs[0];
    EXPECT_EQ(computed(quantized.example, quantized.outputs), dense(op, quantized.example, output))
        << quantized.example.name;
    if (quantized.example.operands.size() < 3) return;
    testing::Example narrow = quantized.example;
    Tensor bias(TensorType{DType::kInt32, narrow.operands[2].type.shape, narrow.operands[2].type.quantization});
    for (size_t i = 0; i < bias.as<int32_t>().size(); ++i) bias.as<int32_t>()[i] = INT32_MAX - static_cast<int32_t>(i);
    narrow.operands[2] = bias;
    EXPECT_EQ(computed(narrow, quantized.outputs), dense(op, narrow, output)) << narrow.name << " at the edge of int32";
  });
  for_each_case<DepthwiseConv2d>(DType::kInt16, [](const DepthwiseConv2d&, const QuantizedExample& quantized) {
    if (quantized.example.operands.size() < 3) return;
    testing::Example narrow = quantized.example;
    narrow.operands[2] = Tensor(TensorType{DType::kInt32, narrow.operands[2].type.shape, {{0.1f}, {0}, 0}});
    EXPECT_THAT(lower(narrow.op, narrow.arguments(), arguments_of(quantized.outputs)),
                testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("bias of 32 bits")));
  });
}

}  // namespace
}  // namespace mote
