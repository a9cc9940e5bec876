#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "plan/arena.h"
#include "plan/check_plan.h"

namespace mote {
namespace {

std::vector<Buffer> random_buffers(Rng& rng, int count) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < count; ++i) {
    const auto first = static_cast<int32_t>(rng.below(12));
    buffers.push_back(
        {fmt::format("b{}", i), 1 + rng.below(200), 0, first, first + static_cast<int32_t>(rng.below(4))});
  }
  return buffers;
}

TEST(Arena, BuffersAliveTogetherNeverShareAByte) {
  Rng rng(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Buffer> buffers = random_buffers(rng, 14);
    const size_t bytes = place_buffers(buffers);
    EXPECT_GE(bytes, arena_lower_bound(buffers));
    for (const Buffer& a : buffers) {
      EXPECT_LE(a.offset + a.bytes, bytes);
      EXPECT_EQ(a.offset % 4, 0u);
      for (const Buffer& b : buffers) {
        if (&a == &b || a.first > b.last || b.first > a.last) continue;
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
      }
    }
  }
}

TEST(Arena, AChainNeedsOnlyItsTwoLargestNeighbours) {
  std::vector<Buffer> chain{{"a", 12, 0, -1, 0}, {"b", 16, 0, 0, 1}, {"c", 8, 0, 1, 2}, {"d", 4, 0, 2, 3}};
  EXPECT_EQ(place_buffers(chain), 28u);
}

/// A fully connected float layer chain: input 8, then `widths`.
Graph dense_chain(const std::vector<int32_t>& widths) {
  Graph graph;
  graph.name = "chain";
  ValueId last = graph.add_value("in", {DType::kFloat32, {1, 8}, {}});
  graph.inputs = {last};
  int32_t depth = 8;
  for (const int32_t width : widths) {
    const ValueId weights = graph.add_constant("w", Tensor({DType::kFloat32, {width, depth}, {}}));
    last = *graph.add_node(FullyConnected{}, {last, weights}, fmt::format("dense{}", width));
    depth = width;
  }
  graph.outputs = {last};
  return graph;
}

TEST(Plan, PlacesInputsOutputsAndLayers) {
  const auto plan = make_plan(dense_chain({16, 4}));
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->layers.size(), 2u);
  EXPECT_EQ(plan->arena_bytes, (8 + 16) * 4u);
  EXPECT_EQ(plan->arena_bytes, plan->arena_bound);
  EXPECT_EQ(plan->layers[1].macs, 16 * 4);
}

TEST(Plan, KeepInputCostsItsBytesUntilTheEnd) {
  const auto kept = make_plan(dense_chain({16, 16}), {.keep_input = true});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->arena_bytes, (8 + 16 + 16) * 4u);
}

TEST(CheckPlan, RefusesAPlanWhoseBuffersWereMovedOntoEachOther) {
  auto plan = make_plan(dense_chain({16, 4}));
  ASSERT_TRUE(plan);
  ASSERT_TRUE(check_plan(*plan));
  const int32_t input = plan->inputs[0].buffer;
  plan->arena_bytes = 1000;
  for (Buffer& b : plan->buffers) b.offset = plan->buffers[static_cast<size_t>(input)].offset;
  const auto refused = check_plan(*plan);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("was overwritten by"));
}

TEST(CheckPlan, RefusesABufferPastTheEndOfTheArena) {
  auto plan = make_plan(dense_chain({16, 4}));
  plan->arena_bytes -= 4;
  EXPECT_FALSE(check_plan(*plan));
}

TEST(Plan, NamesTheLayerThatCannotBeCompiled) {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kInt16, {1, 4}, {{0.1f}, {0}, 0}})};
  graph.outputs = {*graph.add_node(Softmax{}, {graph.inputs[0]}, "probabilities")};
  const auto plan = make_plan(graph);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().text(), testing::HasSubstr("op 0 (softmax probabilities)"));
}

}  // namespace
}  // namespace mote
