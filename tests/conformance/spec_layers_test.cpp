/// The rules of docs/quantization-spec.md for whole layers: every int8 case of the op against the rule's formula,
/// written here a second time without any of the kernels' shortcuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "example.h"
#include "guarded_run.h"
#include "ops/quantize_math.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::QuantizedExample;

/// The int8 inputs of an op with weights, by name.
struct Layer {
  const QuantizedExample& from;
  [[nodiscard]] const Shape& shape(size_t i) const { return from.example.operands[i].type.shape; }
  [[nodiscard]] int32_t zero_point() const { return from.example.operands[0].type.quantization.zero_point[0]; }
  [[nodiscard]] int32_t input(size_t i) const { return from.example.operands[0].as<int8_t>()[i]; }
  [[nodiscard]] int32_t weight(size_t i) const { return from.example.operands[1].as<int8_t>()[i]; }
  [[nodiscard]] int32_t bias(size_t i) const {
    return from.example.operands.size() > 2 ? from.example.operands[2].as<int32_t>()[i] : 0;
  }
  [[nodiscard]] const Shape& output() const { return from.outputs[0].shape; }

  /// Rules Q3 to Q6 for the sum of channel c.
  [[nodiscard]] int8_t finish(int32_t sum, size_t c, Activation activation) const {
    const auto& scales = from.example.operands[1].type.quantization.scale;
    const Quantization& out = from.outputs[0].quantization;
    const rt::Multiplier factor = quantize_multiplier(
        static_cast<double>(from.example.operands[0].type.quantization.scale[0]) *
        static_cast<double>(scales[scales.size() == 1 ? 0 : c]) / static_cast<double>(out.scale[0]));
    const rt::OutputStage stage = output_stage(activation, out);
    return rt::requantize(sum, factor.multiplier, factor.shift, stage);
  }
};

/// Compares the kernels of every case of op T with `expected`, which computes all elements of the first output.
template <class T>
void compare(const std::function<std::vector<int8_t>(const T&, const Layer&)>& expected) {
  int compared = 0;
  for (const testing::Example& example : testing::all_examples()) {
    const T* op = std::get_if<T>(&example.op);
    if (op == nullptr) continue;
    MOTE_ASSERT_ASSIGN(const QuantizedExample quantized, testing::quantize(example));
    const std::vector<Argument> outputs = {{quantized.outputs[0], nullptr}};
    MOTE_ASSERT_ASSIGN(const Lowered lowered, lower(example.op, quantized.example.arguments(), outputs));
    const auto run = testing::run_guarded(lowered, quantized.example.operands, quantized.outputs);
    const auto computed = run.outputs[0].as<int8_t>();
    EXPECT_EQ(std::vector<int8_t>(computed.begin(), computed.end()), expected(*op, Layer{quantized})) << example.name;
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

/// Rule W2 for one axis.
struct Axis {
  int32_t size, kernel, stride, dilation;
  Padding padding;
  [[nodiscard]] int32_t reach() const { return (kernel - 1) * dilation + 1; }
  [[nodiscard]] int32_t outputs() const {
    const int32_t room = padding == Padding::kSame ? size : size - reach() + 1;
    return (room + stride - 1) / stride;
  }
  [[nodiscard]] int32_t before() const {
    return padding == Padding::kSame ? std::max((outputs() - 1) * stride + reach() - size, 0) / 2 : 0;
  }
  /// The input that tap k of output o reads; -1 in the padding.
  [[nodiscard]] int32_t at(int32_t o, int32_t k) const {
    const int32_t i = o * stride - before() + k * dilation;
    return i >= 0 && i < size ? i : -1;
  }
};

/// Calls visit(batch, y, x) for each output position, in order.
void for_each_position(const Shape& output, const std::function<void(int32_t, int32_t, int32_t)>& visit) {
  for (int32_t b = 0; b < output[0]; ++b)
    for (int32_t y = 0; y < output[1]; ++y)
      for (int32_t x = 0; x < output[2]; ++x) visit(b, y, x);
}

/// The index of [b][y][x][c] in a tensor of this shape.
size_t at(const Shape& shape, int32_t b, int32_t y, int32_t x, int32_t c) {
  return static_cast<size_t>(((b * shape[1] + y) * shape[2] + x) * shape[3] + c);
}

TEST(QuantizationSpec, C1_FullyConnectedSumsOffsetInputs) {
  compare<FullyConnected>([](const FullyConnected& op, const Layer& layer) {
    std::vector<int8_t> result;
    const auto outputs = static_cast<size_t>(layer.shape(1)[0]);
    const auto depth = static_cast<size_t>(layer.shape(1)[1]);
    const auto batches = static_cast<size_t>(count(layer.shape(0))) / depth;
    for (size_t b = 0; b < batches; ++b)
      for (size_t o = 0; o < outputs; ++o) {
        int32_t sum = layer.bias(o);
        for (size_t d = 0; d < depth; ++d)
          sum += (layer.input(b * depth + d) - layer.zero_point()) * layer.weight(o * depth + d);
        result.push_back(layer.finish(sum, o, op.activation));
      }
    return result;
  });
}

TEST(QuantizationSpec, W1_ConvolutionPaddingIsTheZeroPoint) {
  compare<Conv2d>([](const Conv2d& op, const Layer& layer) {
    const Shape& input = layer.shape(0);
    const Shape& weights = layer.shape(1);
    const Axis rows{input[1], weights[1], op.stride_h, op.dilation_h, op.padding};
    const Axis columns{input[2], weights[2], op.stride_w, op.dilation_w, op.padding};
    std::vector<int8_t> result;
    for_each_position(layer.output(), [&](int32_t b, int32_t y, int32_t x) {
      for (int32_t o = 0; o < weights[0]; ++o) {
        int32_t sum = layer.bias(static_cast<size_t>(o));
        const int32_t first = o / (weights[0] * weights[3] / input[3]) * weights[3];  // channel of the output's group
        for (int32_t i = 0; i < weights[1]; ++i)
          for (int32_t j = 0; j < weights[2]; ++j)
            for (int32_t c = 0; c < weights[3]; ++c) {
              const int32_t row = rows.at(y, i);
              const int32_t column = columns.at(x, j);
              if (row < 0 || column < 0) continue;  // zero point - zero point
              sum += (layer.input(at(input, b, row, column, first + c)) - layer.zero_point()) *
                     layer.weight(at(weights, o, i, j, c));
            }
        result.push_back(layer.finish(sum, static_cast<size_t>(o), op.activation));
      }
    });
    return result;
  });
}

TEST(QuantizationSpec, C2_DepthwiseTakesChannelOverMultiplier) {
  compare<DepthwiseConv2d>([](const DepthwiseConv2d& op, const Layer& layer) {
    const Shape& input = layer.shape(0);
    const Shape& weights = layer.shape(1);
    const int32_t multiplier = weights[3] / input[3];
    const Axis rows{input[1], weights[1], op.stride_h, op.dilation_h, op.padding};
    const Axis columns{input[2], weights[2], op.stride_w, op.dilation_w, op.padding};
    std::vector<int8_t> result;
    for_each_position(layer.output(), [&](int32_t b, int32_t y, int32_t x) {
      for (int32_t o = 0; o < weights[3]; ++o) {
        int32_t sum = layer.bias(static_cast<size_t>(o));
        for (int32_t i = 0; i < weights[1]; ++i)
          for (int32_t j = 0; j < weights[2]; ++j) {
            const int32_t row = rows.at(y, i);
            const int32_t column = columns.at(x, j);
            if (row < 0 || column < 0) continue;
            sum += (layer.input(at(input, b, row, column, o / multiplier)) - layer.zero_point()) *
                   layer.weight(at(weights, 0, i, j, o));
          }
        result.push_back(layer.finish(sum, static_cast<size_t>(o), op.activation));
      }
    });
    return result;
  });
}

TEST(QuantizationSpec, W2_WindowsOfBothPaddings) {
  const auto infer_extent = [](int32_t size, int32_t kernel, int32_t stride, Padding padding) {
    MaxPool2d pool;
    pool.padding = padding;
    pool.stride_w = stride;
    pool.stride_h = 1;
    pool.filter_w = kernel;
    pool.filter_h = 1;
    const Argument input{{DType::kFloat32, {1, 1, size, 1}, {}}, nullptr};
    return pool.infer({&input, 1}).value()[0].shape[2];
  };
  EXPECT_EQ(infer_extent(7, 3, 2, Padding::kSame), 4);
  EXPECT_EQ(infer_extent(7, 3, 2, Padding::kValid), 3);
  for (int32_t size = 1; size < 12; ++size)
    for (int32_t kernel = 1; kernel <= size; ++kernel)
      for (int32_t stride = 1; stride < 5; ++stride)
        for (const Padding padding : {Padding::kSame, Padding::kValid}) {
          const Axis axis{size, kernel, stride, 1, padding};
          EXPECT_EQ(infer_extent(size, kernel, stride, padding), axis.outputs());
        }
}

/// All elements that a pooling window sees, and what becomes of them.
template <class T>
std::vector<int8_t> pooled(const T& op, const Layer& layer, int32_t (*reduce)(const std::vector<int32_t>&)) {
  const Shape& input = layer.shape(0);
  const Axis rows{input[1], op.filter_h, op.stride_h, 1, op.padding};
  const Axis columns{input[2], op.filter_w, op.stride_w, 1, op.padding};
  const rt::OutputStage stage = output_stage(op.activation, layer.from.outputs[0].quantization);
  std::vector<int8_t> result;
  for_each_position(layer.output(), [&](int32_t b, int32_t y, int32_t x) {
    for (int32_t c = 0; c < input[3]; ++c) {
      std::vector<int32_t> seen;
      for (int32_t i = 0; i < op.filter_h; ++i)
        for (int32_t j = 0; j < op.filter_w; ++j)
          if (rows.at(y, i) >= 0 && columns.at(x, j) >= 0)
            seen.push_back(layer.input(at(input, b, rows.at(y, i), columns.at(x, j), c)));
      result.push_back(static_cast<int8_t>(std::clamp(reduce(seen), stage.low, stage.high)));
    }
  });
  return result;
}

TEST(QuantizationSpec, P1_AveragePoolRoundsTiesAwayFromZero) {
  compare<AveragePool2d>([](const AveragePool2d& op, const Layer& layer) {
    return pooled(op, layer, [](const std::vector<int32_t>& seen) {
      double sum = 0;
      for (const int32_t x : seen) sum += x;
      return static_cast<int32_t>(std::round(sum / static_cast<double>(seen.size())));
    });
  });
}

TEST(QuantizationSpec, P2_MaxPoolIgnoresThePadding) {
  compare<MaxPool2d>([](const MaxPool2d& op, const Layer& layer) {
    return pooled(op, layer,
                  [](const std::vector<int32_t>& seen) { return *std::max_element(seen.begin(), seen.end()); });
  });
}

TEST(QuantizationSpec, M1_MeanDividesInsideTheFactor) {
  compare<Mean>([](const Mean&, const Layer& layer) {
    const Shape& input = layer.shape(0);
    const auto rank = static_cast<int32_t>(input.size());
    std::vector<bool> reduced(input.size());
    for (const int32_t axis : layer.from.example.operands[1].as<int32_t>())
      reduced[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
    int32_t taps = 1;
    for (size_t d = 0; d < input.size(); ++d) taps *= reduced[d] ? input[d] : 1;
    std::vector<int32_t> sums(static_cast<size_t>(count(input) / taps), -taps * layer.zero_point());
    for (size_t i = 0; i < static_cast<size_t>(count(input)); ++i) {
      size_t rest = i;
      size_t kept = 0;
      size_t stride = 1;
      for (size_t d = input.size(); d-- > 0;) {
        const auto extent = static_cast<size_t>(input[d]);
        if (!reduced[d]) {
          kept += rest % extent * stride;
          stride *= extent;
        }
        rest /= extent;
      }
      sums[kept] += layer.input(i);
    }
    const Quantization& out = layer.from.outputs[0].quantization;
    rt::Multiplier factor =
        quantize_multiplier(static_cast<double>(layer.from.example.operands[0].type.quantization.scale[0]) /
                            static_cast<double>(out.scale[0]));
    int32_t bits = 0;
    while ((taps >> bits) > 1) ++bits;
    bits = std::min({bits, 32, 31 + factor.shift});
    factor.multiplier = static_cast<int32_t>((int64_t{factor.multiplier} << bits) / taps);
    factor.shift -= bits;
    std::vector<int8_t> result;
    for (const int32_t sum : sums)
      result.push_back(rt::requantize(sum, factor.multiplier, factor.shift, output_stage(Activation::kNone, out)));
    return result;
  });
}

TEST(QuantizationSpec, Z1_ReshapeKeepsTheBytes) {
  compare<Reshape>([](const Reshape&, const Layer& layer) {
    const auto bytes = layer.from.example.operands[0].as<int8_t>();
    return std::vector<int8_t>(bytes.begin(), bytes.end());
  });
}

TEST(QuantizationSpec, E1_Relu6IsRescaledAsLiteRtDoes) {
  compare<Relu6>([](const Relu6&, const Layer& layer) {
    const Quantization& in = layer.from.example.operands[0].type.quantization;
    const Quantization& out = layer.from.outputs[0].quantization;
    const rt::Multiplier factor =
        quantize_multiplier(static_cast<double>(in.scale[0]) / static_cast<double>(out.scale[0]));
    const rt::OutputStage stage = output_stage(Activation::kRelu6, out);
    std::vector<int8_t> result;
    for (size_t i = 0; i < static_cast<size_t>(count(layer.shape(0))); ++i)
      result.push_back(rt::requantize(layer.input(i) - layer.zero_point(), factor.multiplier, factor.shift, stage));
    return result;
  });
}

}  // namespace
}  // namespace mote
