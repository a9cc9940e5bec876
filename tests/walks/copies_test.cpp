/// Concatenations and parts without copies give the bytes that copies give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "network.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::Network;
using testing::run;

size_t moves(const Plan& plan) {
  return static_cast<size_t>(std::count_if(plan.calls.begin(), plan.calls.end(), [](const BoundCall& call) {
    return call.call.kernel->name.starts_with("move_");
  }));
}

/// Two layers joined along an axis, and one behind them. With `keeps` the parts are outputs too, so they stay apart.
Graph joining_network(int32_t axis, bool keeps) {
  Network net;
  const ValueId in = net.input({1, 6, 5, 3});
  const ValueId left = net.convolution(in, 4, 3, 1, Padding::kSame);
  const ValueId right = net.convolution(in, 4, 1, 1, Padding::kSame);
  Concatenation op{};
  op.axis = axis;
  const ValueId joined = net.layer(op, {left, right});
  const ValueId last = net.convolution(joined, 2, 3, 1, Padding::kValid);
  return keeps ? net.finish({last, left, right}) : net.finish({last});
}

TEST(Copies, ProducersWriteIntoTheConcatenation) {
  MOTE_ASSERT_ASSIGN(const Plan without, make_plan(joining_network(1, false)));
  MOTE_ASSERT_ASSIGN(const Plan with, make_plan(joining_network(1, true)));
  EXPECT_EQ(moves(without), 0u);
  EXPECT_EQ(moves(with), 2u);
  EXPECT_EQ(run(without), run(with));
}

TEST(Copies, StayWhereThePartsAreNotBlocks) {
  MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(joining_network(3, false)));
  MOTE_ASSERT_ASSIGN(const Plan kept, make_plan(joining_network(3, true)));
  EXPECT_EQ(moves(plan), 2u);
  EXPECT_EQ(run(plan), run(kept));
}

}  // namespace
}  // namespace mote
