/// The rules of docs/quantization-spec.md for ops that move numbers or change their type: each test's name begins with
/// its rule.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "guarded_run.h"
#include "ops/all_ops.h"
#include "ops/movement.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

const Quantization kScale{{0.5f}, {-7}, 0};

template <class T>
Tensor tensor(DType dtype, Shape shape, const std::vector<T>& content, Quantization quantization = {}) {
  Tensor result(TensorType{dtype, std::move(shape), std::move(quantization)});
  std::ranges::copy(content, result.as<T>().begin());
  return result;
}

/// Int8 elements 1, 2, 3, ... with kScale.
Tensor counted(Shape shape) {
  std::vector<int8_t> content(static_cast<size_t>(count(shape)));
  std::iota(content.begin(), content.end(), int8_t{1});
  return tensor(DType::kInt8, std::move(shape), content, kScale);
}

/// The op's outputs for these operands; operand i is constant if `constant[i]`. Outputs have `output`'s quantization.
Result<std::vector<Tensor>> computed(const Op& op, const std::vector<Tensor>& operands, std::vector<bool> constant,
                                     const Quantization& output = kScale) {
  constant.resize(operands.size());
  std::vector<Argument> inputs;
  for (size_t i = 0; i < operands.size(); ++i)
    inputs.push_back({operands[i].type, constant[i] ? &operands[i] : nullptr});
  MOTE_TRY_ASSIGN(std::vector<TensorType> types, infer(op, inputs));
  std::vector<Argument> outputs;
  for (TensorType& type : types) {
    if (type.dtype == DType::kInt8) type.quantization = output;
    outputs.push_back({type, nullptr});
  }
  MOTE_TRY_ASSIGN(const Lowered lowered, lower(op, inputs, outputs));
  testing::GuardedRun run = testing::run_guarded(lowered, operands, types);
  EXPECT_THAT(run.violations, ::testing::IsEmpty());
  return std::move(run.outputs);
}

std::vector<int> bytes(const Tensor& result) {
  const auto elements = result.as<int8_t>();
  return {elements.begin(), elements.end()};
}

TEST(QuantizationSpec, Z2_WhatMovesKeepsItsBytes) {
  const Tensor order = int32_tensor({2}, {1, 0});
  MOTE_ASSERT_ASSIGN(const auto turned, computed(Transpose{}, {counted({2, 3}), order}, {false, true}));
  EXPECT_THAT(bytes(turned[0]), ElementsAre(1, 4, 2, 5, 3, 6));
  for (const DType dtype : {DType::kBool, DType::kFloat16, DType::kInt32, DType::kFloat32, DType::kInt64}) {
    Tensor input(TensorType{dtype, {2, 3}, {}});
    std::iota(input.data.begin(), input.data.end(), uint8_t{0});
    const auto size = static_cast<size_t>(bits(dtype) / 8);
    MOTE_ASSERT_ASSIGN(const auto moved, computed(Transpose{}, {input, order}, {false, true}));
    for (size_t i = 0; i < 6; ++i)
      for (size_t b = 0; b < size; ++b)
        EXPECT_EQ(moved[0].data[i * size + b], input.data[(i % 2 * 3 + i / 2) * size + b]) << name(dtype);
  }
  EXPECT_THAT(computed(Transpose{}, {counted({2, 3}), order}, {false, true}, {{0.25f}, {-7}, 0}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("must keep its scale")));
}

TEST(QuantizationSpec, Z3_PadsWithTheZeroPoint) {
  const Tensor paddings = int32_tensor({1, 2}, {1, 2});
  MOTE_ASSERT_ASSIGN(const auto zeros, computed(Pad{}, {counted({2}), paddings}, {false, true}));
  EXPECT_THAT(bytes(zeros[0]), ElementsAre(-7, 1, 2, -7, -7));
  const Tensor value = tensor<int8_t>(DType::kInt8, {}, {99}, kScale);
  MOTE_ASSERT_ASSIGN(const auto values, computed(PadV2{}, {counted({2}), paddings, value}, {false, true, false}));
  EXPECT_THAT(bytes(values[0]), ElementsAre(99, 1, 2, 99, 99));
}

TEST(QuantizationSpec, Z4_JoinsOnlyWhatHasOneScale) {
  Concatenation join;
  MOTE_ASSERT_ASSIGN(const auto joined, computed(join, {counted({2}), counted({1})}, {}));
  EXPECT_THAT(bytes(joined[0]), ElementsAre(1, 2, 1));
  Tensor other = counted({2});
  other.type.quantization.scale[0] = 0.25f;
  EXPECT_THAT(computed(join, {counted({2}), other}, {}), FailsWith(ErrorCode::kUnsupported, HasSubstr("operand 1")));
  join.fused_activation = Activation::kRelu;
  EXPECT_THAT(computed(join, {counted({2}), counted({1})}, {}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("activation")));
}

TEST(QuantizationSpec, Z5_StridedSliceClampsThenCounts) {
  const auto slice = [](const StridedSlice& op, int32_t begin, int32_t end, int32_t stride) {
    const Tensor input = counted({6});
    auto result =
        computed(op, {input, int32_tensor({1}, {begin}), int32_tensor({1}, {end}), int32_tensor({1}, {stride})},
                 {false, true, true, true});
    return result ? bytes((*result)[0]) : std::vector<int>{};
  };
  StridedSlice op;
  EXPECT_THAT(slice(op, 1, 100, 2), ElementsAre(2, 4, 6));
  EXPECT_THAT(slice(op, -100, 2, 1), ElementsAre(1, 2));
  EXPECT_THAT(slice(op, -1, -100, -2), ElementsAre(6, 4, 2));
  EXPECT_THAT(slice(op, 3, 3, 1), ElementsAre());  // refused: empty
  op.begin_mask = op.end_mask = 1;
  EXPECT_THAT(slice(op, 3, 3, -4), ElementsAre(6, 2));
  op = {};
  op.offset = true;
  EXPECT_THAT(slice(op, 2, 3, 1), ElementsAre(3, 4, 5));
  op = {};
  op.shrink_axis_mask = 1;
  EXPECT_THAT(slice(op, -2, 0, 1), ElementsAre(5));
}

TEST(QuantizationSpec, Z6_MirrorsWithAndWithoutTheBorder) {
  const std::vector<Tensor> operands = {counted({3}), int32_tensor({1, 2}, {2, 1})};
  MirrorPad op;
  MOTE_ASSERT_ASSIGN(const auto reflected, computed(op, operands, {false, true}));
  EXPECT_THAT(bytes(reflected[0]), ElementsAre(3, 2, 1, 2, 3, 2));
  op.mode = MirrorMode::kSymmetric;
  MOTE_ASSERT_ASSIGN(const auto repeated, computed(op, operands, {false, true}));
  EXPECT_THAT(bytes(repeated[0]), ElementsAre(2, 1, 1, 2, 3, 3));
}

TEST(QuantizationSpec, Z7_ThePlaceInABlockIsTheBatch) {
  const Tensor block = int32_tensor({1}, {2});
  const Tensor around = int32_tensor({1, 2}, {1, 0});
  MOTE_ASSERT_ASSIGN(const auto batches,
                     computed(SpaceToBatchNd{}, {counted({1, 5, 1}), block, around}, {false, true, true}));
  EXPECT_EQ(batches[0].type.shape, (Shape{2, 3, 1}));
  EXPECT_THAT(bytes(batches[0]), ElementsAre(-7, 2, 4, 1, 3, 5));
  MOTE_ASSERT_ASSIGN(const auto back, computed(BatchToSpaceNd{}, {batches[0], block, around}, {false, true, true}));
  EXPECT_THAT(bytes(back[0]), ElementsAre(1, 2, 3, 4, 5));
}

TEST(QuantizationSpec, Z8_IndicesOutsideBecomeTheNearest) {
  const Tensor indices = int32_tensor({3}, {-5, 1, 9});
  MOTE_ASSERT_ASSIGN(const auto picked, computed(Gather{}, {counted({3, 2}), indices}, {}));
  EXPECT_THAT(bytes(picked[0]), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(computed(Gather{}, {counted({3, 2}), indices}, {false, true}),
              FailsWith(ErrorCode::kBadInput, HasSubstr("index -5 of 3")));
  const Tensor vectors = int32_tensor({2, 2}, {2, 1, 7, -1});
  MOTE_ASSERT_ASSIGN(const auto elements, computed(GatherNd{}, {counted({3, 2}), vectors}, {}));
  EXPECT_THAT(bytes(elements[0]), ElementsAre(6, 5));
}

TEST(QuantizationSpec, Z9_NearestPixelInFloat32) {
  const auto rows = [](const ResizeNearest& op, int32_t from, int32_t to) {
    auto result = computed(op, {counted({1, from, 1, 1}), int32_tensor({2}, {to, 1})}, {false, true});
    return result ? bytes((*result)[0]) : std::vector<int>{};
  };
  EXPECT_THAT(rows({}, 3, 5), ElementsAre(1, 1, 2, 2, 3));             // floor(0, 0.6, 1.2, 1.8, 2.4)
  EXPECT_THAT(rows({true, false}, 3, 5), ElementsAre(1, 2, 2, 3, 3));  // round(0, 0.5, 1, 1.5, 2), ties away
  EXPECT_THAT(rows({false, true}, 5, 2), ElementsAre(2, 4));           // floor(1.25, 3.75)
}

TEST(QuantizationSpec, Z10_CastsSaturateRealsAndWrapIntegers) {
  const Tensor reals =
      tensor<float>(DType::kFloat32, {5}, {1.9f, -1.9f, 300, -1e30f, std::numeric_limits<float>::quiet_NaN()});
  MOTE_ASSERT_ASSIGN(const auto narrow, computed(Cast{DType::kFloat32, DType::kInt8}, {reals}, {}));
  EXPECT_THAT(bytes(narrow[0]), ElementsAre(1, -1, 127, -128, 0));
  const Tensor wide = tensor<int32_t>(DType::kInt32, {3}, {300, -129, 7});
  MOTE_ASSERT_ASSIGN(const auto wrapped, computed(Cast{DType::kInt32, DType::kInt8}, {wide}, {}));
  EXPECT_THAT(bytes(wrapped[0]), ElementsAre(44, 127, 7));
  MOTE_ASSERT_ASSIGN(const auto truths,
                     computed(Cast{DType::kInt32, DType::kBool}, {tensor<int32_t>(DType::kInt32, {2}, {256, 0})}, {}));
  EXPECT_EQ(truths[0].data, (std::vector<uint8_t>{1, 0}));
  EXPECT_THAT(computed(Cast{DType::kInt8, DType::kFloat32}, {counted({2})}, {}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("dequantize")));
}

TEST(QuantizationSpec, Z11_ZerosAreBytesOfZero) {
  MOTE_ASSERT_ASSIGN(const auto zeros, computed(ZerosLike{}, {counted({3})}, {}, {{0.1f}, {0}, 0}));
  EXPECT_THAT(bytes(zeros[0]), ElementsAre(0, 0, 0));
  EXPECT_THAT(computed(ZerosLike{}, {counted({3})}, {}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("zero point -7")));
}

}  // namespace
}  // namespace mote
