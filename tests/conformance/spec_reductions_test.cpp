/// The rules V1 to V7 of docs/quantization-spec.md: every integer case of the op against the rule's formula, written
/// here a second time without any of the kernels' shortcuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "example.h"
#include "guarded_run.h"
#include "ops/quantize_math.h"
#include "test_support.h"

namespace mote {
namespace {

/// One case of an op with integer operands, and what its kernels compute.
struct Ran {
  Op op;
  std::vector<Tensor> inputs;
  std::vector<TensorType> types;  ///< of the outputs
  std::vector<int64_t> output;    ///< the first one's stored numbers

  [[nodiscard]] const Shape& shape(size_t i) const { return inputs[i].type.shape; }
  [[nodiscard]] const Quantization& scale(size_t i) const { return inputs[i].type.quantization; }
  [[nodiscard]] double factor(size_t i) const {
    return static_cast<double>(scale(i).scale[0]) / static_cast<double>(types[0].quantization.scale[0]);
  }
  /// An operand's stored numbers.
  [[nodiscard]] std::vector<int64_t> stored(size_t i) const {
    std::vector<int64_t> result;
    for (const float x : as_floats(inputs[i])) result.push_back(static_cast<int64_t>(x));
    return result;
  }
  /// Less the zero point.
  [[nodiscard]] std::vector<int64_t> steps(size_t i) const {
    std::vector<int64_t> result = stored(i);
    for (int64_t& x : result) x -= scale(i).zero_point[0];
    return result;
  }
  [[nodiscard]] int64_t finish(int32_t multiplied) const {
    const rt::OutputStage stage = output_stage(Activation::kNone, types[0]);
    return std::clamp(multiplied + stage.zero_point, stage.low, stage.high);
  }
};

/// Calls visit(op, ran) for every case of T with operands of `dtype`.
template <class T>
void for_each_case(DType dtype, const std::function<void(const T&, const Ran&)>& visit) {
  int compared = 0;
  for (const testing::Example& example : testing::all_examples()) {
    const T* op = std::get_if<T>(&example.op);
    if (op == nullptr) continue;
    MOTE_ASSERT_ASSIGN(const testing::QuantizedExample quantized, testing::quantize(example, dtype));
    const auto& operands = quantized.example.operands;
    if (std::ranges::none_of(operands, [&](const Tensor& t) { return t.type.dtype == dtype; })) continue;
    std::vector<Argument> outputs;
    for (const TensorType& type : quantized.outputs) outputs.push_back({type, nullptr});
    MOTE_ASSERT_ASSIGN(const Lowered lowered, lower(example.op, quantized.example.arguments(), outputs));
    const auto run = testing::run_guarded(lowered, operands, quantized.outputs);
    Ran ran{example.op, operands, quantized.outputs, {}};
    for (const float x : as_floats(run.outputs[0])) ran.output.push_back(static_cast<int64_t>(x));
    SCOPED_TRACE(example.name);
    visit(*op, ran);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

/// The steps that meet in each output, in the input's order.
std::vector<std::vector<int64_t>> groups(const Ran& ran, const std::vector<int64_t>& numbers) {
  const Shape& shape = ran.shape(0);
  std::vector<bool> reduced(shape.size());
  for (const int32_t axis : ran.inputs[1].as<int32_t>())
    reduced[static_cast<size_t>(axis < 0 ? axis + static_cast<int32_t>(shape.size()) : axis)] = true;
  std::vector<std::vector<int64_t>> result(ran.output.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    size_t rest = i;
    size_t target = 0;
    size_t stride = 1;
    for (size_t d = shape.size(); d-- > 0;) {
      const auto extent = static_cast<size_t>(shape[d]);
      if (!reduced[d]) {
        target += rest % extent * stride;
        stride *= extent;
      }
      rest /= extent;
    }
    result[target].push_back(numbers[i]);
  }
  return result;
}

TEST(QuantizationSpec, V1_SumRequantizesTheWholeSum) {
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<Sum>(dtype, [](const Sum&, const Ran& ran) {
      const auto sums = groups(ran, ran.steps(0));
      for (size_t o = 0; o < sums.size(); ++o) {
        const int64_t sum = std::accumulate(sums[o].begin(), sums[o].end(), int64_t{0});
        const rt::Multiplier factor = quantize_multiplier(ran.factor(0));
        EXPECT_EQ(ran.output[o], ran.finish(rt::multiply(static_cast<int32_t>(sum), factor)));
      }
    });
}

TEST(QuantizationSpec, V2_ProductRescalesAfterEachElement) {
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<ReduceProd>(dtype, [](const ReduceProd&, const Ran& ran) {
      const auto factors = groups(ran, ran.steps(0));
      for (size_t o = 0; o < factors.size(); ++o) {
        const double root = std::pow(static_cast<double>(ran.types[0].quantization.scale[0]),
                                     1.0 / static_cast<double>(factors[o].size()));
        const rt::Multiplier f = quantize_multiplier(static_cast<double>(ran.scale(0).scale[0]) / root);
        int64_t product = factors[o][0];
        for (size_t i = 1; i < factors[o].size(); ++i)
          product = rt::multiply_wide(product * factors[o][i], f.multiplier, f.shift);
        EXPECT_EQ(ran.output[o], ran.finish(rt::multiply_wide(product, f.multiplier, f.shift)));
      }
    });
}

TEST(QuantizationSpec, V3_ComparesInStepsOf256ths) {
  for_each_case<Greater>(DType::kInt8, [](const Greater&, const Ran& ran) {
    if (ran.shape(0) != ran.shape(1)) return;
    const auto in_256ths = [&](size_t operand, int64_t x) {
      const rt::Multiplier own = quantize_multiplier(static_cast<double>(ran.scale(operand).scale[0]));
      return rt::multiply(static_cast<int32_t>(x * 256), own);
    };
    const auto a = ran.steps(0);
    const auto b = ran.steps(1);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(ran.output[i], in_256ths(0, a[i]) > in_256ths(1, b[i]) ? 1 : 0);
  });
  for_each_case<LessEqual>(DType::kInt16, [](const LessEqual&, const Ran& ran) {
    if (ran.shape(0) != ran.shape(1)) return;
    for (size_t i = 0; i < ran.output.size(); ++i)
      EXPECT_EQ(ran.output[i], ran.stored(0)[i] <= ran.stored(1)[i] ? 1 : 0);
  });
}

/// Rule V4 along one axis: the two neighbours of output position p and their weights.
struct Neighbours {
  int64_t first, second, first_weight, second_weight;
};
Neighbours neighbours(const ResizeBilinear& op, int64_t input, int64_t output, int64_t p) {
  const bool aligned = op.align_corners && output > 1;
  const int64_t scale =
      aligned ? (1024 * (input - 1) + (output - 1) / 2) / (output - 1) : (1024 * input + output / 2) / output;
  const int64_t a = op.half_pixel_centers ? p * scale + scale / 2 - 512 : p * scale;
  const int64_t first = a / 1024;
  return {first, std::min((a + 1023) / 1024, input - 1), 1024 - (a - 1024 * first), a - 1024 * first};
}

TEST(QuantizationSpec, V4_BilinearWeightsAre1024ths) {
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<ResizeBilinear>(dtype, [](const ResizeBilinear& op, const Ran& ran) {
      const Shape& in = ran.shape(0);
      const Shape& out = ran.types[0].shape;
      const auto input = ran.stored(0);
      size_t o = 0;
      for (int32_t b = 0; b < out[0]; ++b)
        for (int32_t y = 0; y < out[1]; ++y)
          for (int32_t x = 0; x < out[2]; ++x)
            for (int32_t c = 0; c < out[3]; ++c, ++o) {
              const Neighbours rows = neighbours(op, in[1], out[1], y);
              const Neighbours columns = neighbours(op, in[2], out[2], x);
              const auto at = [&](int64_t row, int64_t column) {
                return input[static_cast<size_t>(((b * in[1] + row) * in[2] + column) * in[3] + c)];
              };
              const int64_t sum = at(rows.first, columns.first) * rows.first_weight * columns.first_weight +
                                  at(rows.second, columns.first) * rows.second_weight * columns.first_weight +
                                  at(rows.first, columns.second) * rows.first_weight * columns.second_weight +
                                  at(rows.second, columns.second) * rows.second_weight * columns.second_weight;
              EXPECT_EQ(ran.output[o], std::llround(static_cast<double>(sum) / (1 << 20)));
            }
    });
}

TEST(QuantizationSpec, V5_MatrixProductsSumOffsetOperands) {
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<BatchMatmul>(dtype, [&](const BatchMatmul& op, const Ran& ran) {
      if (ran.shape(0).size() != 2 || op.transpose_a || op.transpose_b) return;
      const auto depth = static_cast<size_t>(ran.shape(0)[1]);
      const auto columns = static_cast<size_t>(ran.shape(1)[1]);
      const auto a = ran.steps(0);
      const auto b = ran.steps(1);
      const rt::Multiplier factor = quantize_multiplier(ran.factor(0) * static_cast<double>(ran.scale(1).scale[0]));
      for (size_t o = 0; o < ran.output.size(); ++o) {
        int64_t sum = 0;
        for (size_t d = 0; d < depth; ++d) sum += a[o / columns * depth + d] * b[d * columns + o % columns];
        const int32_t multiplied = dtype == DType::kInt16 ? rt::multiply_wide(sum, factor.multiplier, factor.shift)
                                                          : rt::multiply(static_cast<int32_t>(sum), factor);
        EXPECT_EQ(ran.output[o], ran.finish(multiplied));
      }
    });
}

TEST(QuantizationSpec, V6_RunningSumsAreRescaledOneByOne) {
  for_each_case<Cumsum>(DType::kInt8, [](const Cumsum& op, const Ran& ran) {
    if (ran.shape(0).size() != 1 && ran.inputs[1].as<int32_t>()[0] != -1) return;
    const auto depth = static_cast<size_t>(ran.shape(0).back());
    const auto input = ran.steps(0);
    for (size_t row = 0; row < input.size(); row += depth) {
      int64_t sum = 0;
      for (size_t d = 0; d < depth; ++d) {
        const size_t at = row + (op.reverse ? depth - 1 - d : d);
        const int64_t with = sum + input[at];
        const int64_t counted = op.exclusive ? sum : with;
        sum = with;
        const bool fits = std::abs(counted) < 4096;
        const rt::Multiplier factor = quantize_multiplier(fits ? ran.factor(0) / (1 << 19) : ran.factor(0));
        EXPECT_EQ(ran.output[at],
                  ran.finish(rt::multiply(static_cast<int32_t>(fits ? counted * (1 << 19) : counted), factor)));
      }
    }
  });
}

TEST(QuantizationSpec, V7_ExtremesAndSelectionsCopyStoredNumbers) {
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<ReduceMax>(dtype, [](const ReduceMax&, const Ran& ran) {
      const auto members = groups(ran, ran.stored(0));
      for (size_t o = 0; o < members.size(); ++o) EXPECT_EQ(ran.output[o], *std::ranges::max_element(members[o]));
    });
  for_each_case<ArgMin>(DType::kInt8, [](const ArgMin&, const Ran& ran) {
    if (ran.inputs[1].as<int32_t>()[0] != -1) return;
    const auto input = ran.stored(0);
    const auto depth = static_cast<size_t>(ran.shape(0).back());
    for (size_t o = 0; o < ran.output.size(); ++o) {
      const auto row = input.begin() + static_cast<ptrdiff_t>(o * depth);
      EXPECT_EQ(ran.output[o], std::min_element(row, row + static_cast<ptrdiff_t>(depth)) - row);
    }
  });
  for (const DType dtype : {DType::kInt8, DType::kInt16})
    for_each_case<SelectV2>(dtype, [](const SelectV2&, const Ran& ran) {
      if (ran.shape(0) != ran.shape(1) || ran.shape(1) != ran.shape(2)) return;
      for (size_t o = 0; o < ran.output.size(); ++o)
        EXPECT_EQ(ran.output[o], ran.inputs[0].data[o] != 0 ? ran.stored(1)[o] : ran.stored(2)[o]);
    });
}

TEST(QuantizationSpec, E2_RunningSumsBeginAtZero) {
  for_each_case<Cumsum>(DType::kInt8, [](const Cumsum& op, const Ran& ran) {
    if (!op.exclusive || op.reverse || ran.inputs[1].as<int32_t>()[0] != 1) return;
    ASSERT_NE(ran.scale(0).zero_point[0], 0);
    for (size_t i = 0; i < static_cast<size_t>(ran.shape(0).back()); ++i)
      EXPECT_EQ(ran.output[i], ran.types[0].quantization.zero_point[0]);
  });
}

}  // namespace
}  // namespace mote
