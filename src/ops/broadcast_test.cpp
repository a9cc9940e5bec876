#include "ops/broadcast.h"

#include <gtest/gtest.h>

#include <numeric>

#include "test_support.h"

namespace mote {
namespace {

using ::testing::HasSubstr;

/// Pairs of elements in the order in which the kernels meet them, as a * 1000 + b.
std::vector<int32_t> walked(const Shape& a, const Shape& b) {
  const rt::Broadcast walk = plan_broadcast(a, b).value();
  std::vector<int32_t> left(static_cast<size_t>(count(a)));
  std::vector<int32_t> right(static_cast<size_t>(count(b)));
  std::iota(left.begin(), left.end(), 0);
  std::iota(right.begin(), right.end(), 0);
  std::vector<int32_t> output(static_cast<size_t>(count(broadcast_shape(a, b).value())), -1);
  rt::broadcast(walk, left.data(), right.data(), output.data(), [](int32_t x, int32_t y) { return x * 1000 + y; });
  return output;
}

std::vector<int32_t> by_index(const Shape& a, const Shape& b) {
  const Shape shape = broadcast_shape(a, b).value();
  std::vector<int32_t> output(static_cast<size_t>(count(shape)), -1);
  for_each_pair(a, b, shape, [&](size_t i, size_t j, size_t o) { output[o] = static_cast<int32_t>(i * 1000 + j); });
  return output;
}

TEST(Broadcast, KernelsAndHostWalkAlike) {
  // Every pair of shapes of five dimensions whose extents are 1 or a number of their own.
  const Shape extents = {2, 3, 2, 4, 3};
  for (unsigned a_bits = 0; a_bits < 32; ++a_bits)
    for (unsigned b_bits = 0; b_bits < 32; ++b_bits) {
      Shape a = extents;
      Shape b = extents;
      for (unsigned d = 0; d < 5; ++d) {
        if ((a_bits >> d & 1) != 0) a[d] = 1;
        if ((b_bits >> d & 1) != 0) b[d] = 1;
      }
      EXPECT_EQ(walked(a, b), by_index(a, b)) << text(a) << " with " << text(b);
    }
}

TEST(Broadcast, CountsByHand) {
  EXPECT_EQ(walked({2, 2}, {2}), (std::vector<int32_t>{0, 1001, 2000, 3001}));
  EXPECT_EQ(walked({2, 1}, {1, 2}), (std::vector<int32_t>{0, 1, 1000, 1001}));
  EXPECT_EQ(walked({}, {3}), (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(walked({}, {}), (std::vector<int32_t>{0}));
}

TEST(Broadcast, ShapesAlignAtTheLastDimension) {
  EXPECT_EQ(broadcast_shape({4, 3}, {3}).value(), (Shape{4, 3}));
  EXPECT_EQ(broadcast_shape({1}, {2, 1, 5}).value(), (Shape{2, 1, 5}));
  EXPECT_THAT(broadcast_shape({4, 3}, {4}), testing::FailsWith(ErrorCode::kBadInput, HasSubstr("3 against 4")));
}

TEST(Broadcast, RefusesMoreTurnsThanKernelsWalk) {
  const Shape a = {2, 1, 2, 1, 2, 1};
  const Shape b = {1, 2, 1, 2, 1, 2};
  EXPECT_THAT(plan_broadcast(a, b), testing::FailsWith(ErrorCode::kUnsupported, HasSubstr("6 turns")));
  EXPECT_TRUE(plan_broadcast({2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2})) << "equal shapes merge, whatever their rank";
}

}  // namespace
}  // namespace mote
