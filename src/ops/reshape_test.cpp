#include "ops/reshape.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;

Tensor shape_operand(const Shape& extents) {
  Tensor tensor(TensorType{DType::kInt32, {static_cast<int32_t>(extents.size())}, {}});
  std::ranges::copy(extents, tensor.as<int32_t>().begin());
  return tensor;
}

Argument input(Shape shape) {
  return {{DType::kInt8, std::move(shape), {}}, nullptr};
}

Result<Shape> inferred(const Reshape& op, std::vector<Argument> arguments) {
  MOTE_TRY_ASSIGN(const auto types, op.infer(arguments));
  return types[0].shape;
}

TEST(Reshape, AnOpenExtentFollowsTheBatch) {
  const Reshape flatten{{-1, 6}};
  EXPECT_EQ(inferred(flatten, {input({1, 2, 3})}).value(), (Shape{1, 6}));
  EXPECT_EQ(inferred(flatten, {input({32, 2, 3})}).value(), (Shape{32, 6}));
}

TEST(Reshape, TheOperandWinsOverTheAttribute) {
  const Tensor operand = shape_operand({3, 2});
  EXPECT_EQ(inferred({{6}}, {input({1, 6}), {operand.type, &operand}}).value(), (Shape{3, 2}));
}

TEST(Reshape, TheAttributeHelpsWhereTheOperandIsNotKnown) {
  const Argument unknown{{DType::kInt32, {2}, {}}, nullptr};
  EXPECT_EQ(inferred({{6, 1}}, {input({1, 6}), unknown}).value(), (Shape{6, 1}));
  EXPECT_THAT(inferred({}, {input({1, 6}), unknown}), FailsWith(ErrorCode::kUnsupported, HasSubstr("at run time")));
}

TEST(Reshape, RefusesShapesThatDoNotFit) {
  const auto refused = [](const Shape& shape, std::string_view why) {
    EXPECT_THAT(inferred({shape}, {input({2, 5})}), FailsWith(ErrorCode::kBadInput, HasSubstr(std::string(why))));
  };
  refused({3, 3}, "2x5 has 10 elements, the wanted shape 3x3 has 9");
  refused({-1, 3}, "does not divide 10 elements");
  refused({-1, -1}, "does not divide");
  refused({-1, 0}, "does not divide");
  refused({-2, 5}, "not positive");
  refused({0, 10}, "not positive");
  refused({}, "10 elements");
}

TEST(Reshape, RefusesAShapeOfAnotherType) {
  Tensor wide(TensorType{DType::kInt64, {1}, {}});
  EXPECT_THAT(inferred({}, {input({1, 6}), {wide.type, &wide}}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("must be int32, it is int64")));
}

}  // namespace
}  // namespace mote
