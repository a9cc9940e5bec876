#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/rng.h"
#include "plan/arena.h"
#include "plan/check_plan.h"

namespace mote {
namespace {

std::vector<Block> random_blocks(Rng& rng, int count) {
  std::vector<Block> blocks;
  for (int i = 0; i < count; ++i) {
    const auto first = static_cast<int32_t>(rng.below(12));
    blocks.push_back({1 + rng.below(200), first, first + static_cast<int32_t>(rng.below(4))});
  }
  return blocks;
}

/// Pairs that meet in one moment may overlap at a random distance.
std::vector<Overlap> random_overlaps(Rng& rng, const std::vector<Block>& blocks) {
  std::vector<Overlap> overlaps;
  for (size_t over = 0; over < blocks.size(); ++over)
    for (size_t under = 0; under < blocks.size(); ++under)
      if (over != under && blocks[under].last == blocks[over].first && blocks[under].first < blocks[over].first)
        overlaps.push_back({over, under, static_cast<int64_t>(rng.below(80)) - 40});
  return overlaps;
}

void expect_apart(const std::vector<Block>& blocks, const std::vector<Overlap>& overlaps, const ArenaLayout& layout) {
  for (size_t a = 0; a < blocks.size(); ++a) {
    EXPECT_LE(layout.offsets[a] + blocks[a].bytes, layout.bytes);
    EXPECT_EQ(layout.offsets[a] % 4, 0u);
    for (size_t b = 0; b < blocks.size(); ++b) {
      if (a == b || blocks[a].first > blocks[b].last || blocks[b].first > blocks[a].last) continue;
      const auto from = static_cast<int64_t>(layout.offsets[a]);
      const auto to = static_cast<int64_t>(layout.offsets[b]);
      const bool apart =
          from + static_cast<int64_t>(blocks[a].bytes) <= to || to + static_cast<int64_t>(blocks[b].bytes) <= from;
      const bool overlaps_safely = std::any_of(overlaps.begin(), overlaps.end(), [&](const Overlap& o) {
        return (o.over == a && o.under == b && to - from >= o.distance) ||
               (o.over == b && o.under == a && from - to >= o.distance);
      });
      EXPECT_TRUE(apart || overlaps_safely) << a << " at " << from << ", " << b << " at " << to;
    }
  }
}

TEST(Arena, BlocksAliveTogetherKeepApartOrTheirDistance) {
  Rng rng(7);
  for (int round = 0; round < 60; ++round) {
    const std::vector<Block> blocks = random_blocks(rng, 14);
    const std::vector<Overlap> overlaps = round % 2 == 0 ? std::vector<Overlap>{} : random_overlaps(rng, blocks);
    const ArenaLayout layout = lay_out(blocks, overlaps);
    EXPECT_LE(layout.bound, layout.bytes);
    expect_apart(blocks, overlaps, layout);
  }
}

/// All orders of "who is above" of a handful of blocks: the smallest arena there is.
size_t smallest_arena(const std::vector<Block>& blocks, const std::vector<Overlap>& overlaps) {
  size_t best = SIZE_MAX;
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto unit = [](int64_t bytes) { return bytes >= 0 ? (bytes + 3) / 4 * 4 : -(-bytes / 4 * 4); };
  do {  // offsets do not fall along the order, so that each block only has to look back
    std::vector<int64_t> offset(blocks.size());
    size_t top = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      const size_t here = order[i];
      for (size_t j = 0; j < i; ++j) {
        const size_t below = order[j];
        offset[here] = std::max(offset[here], offset[below]);
        if (blocks[here].first > blocks[below].last || blocks[below].first > blocks[here].last) continue;
        const auto bytes = static_cast<int64_t>(blocks[below].bytes);
        int64_t distance = bytes;
        for (const Overlap& o : overlaps) {
          if (o.over == below && o.under == here) distance = std::min(bytes, o.distance);
          if (o.over == here && o.under == below && offset[below] - offset[here] >= o.distance) distance = 0;
        }
        offset[here] = std::max(offset[here], offset[below] + unit(distance));
      }
      top = std::max(top, static_cast<size_t>(offset[here] + unit(static_cast<int64_t>(blocks[here].bytes))));
    }
    const bool is_valid = std::all_of(overlaps.begin(), overlaps.end(), [&](const Overlap& o) {
      const int64_t way = offset[o.under] - offset[o.over];
      return way >= o.distance || -way >= static_cast<int64_t>(blocks[o.under].bytes) ||
             way >= static_cast<int64_t>(blocks[o.over].bytes);
    });
    if (is_valid) best = std::min(best, top);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Arena, FindsTheSmallestOfAFewBlocksAndProvesIt) {
  Rng rng(11);
  for (int round = 0; round < 60; ++round) {
    const std::vector<Block> blocks = random_blocks(rng, 6);
    std::vector<Overlap> overlaps;
    if (round % 2 == 1)
      for (const Overlap& o : random_overlaps(rng, blocks)) overlaps.push_back({o.over, o.under, std::abs(o.distance)});
    const ArenaLayout layout = lay_out(blocks, overlaps);
    EXPECT_EQ(layout.bytes, smallest_arena(blocks, overlaps)) << "round " << round;
    EXPECT_EQ(layout.bound, layout.bytes) << "round " << round;
  }
}

TEST(Arena, AChainNeedsOnlyItsTwoLargestNeighbours) {
  const std::vector<Block> chain{{12, -1, 0}, {16, 0, 1}, {8, 1, 2}, {4, 2, 3}};
  EXPECT_EQ(lay_out(chain).bytes, 28u);
}

TEST(Arena, AChainThatMayOverlapNeedsItsDistances) {
  const std::vector<Block> chain{{100, -1, 0}, {100, 0, 1}, {100, 1, 2}};
  EXPECT_EQ(lay_out(chain, std::vector<Overlap>{{1, 0, 0}, {2, 1, 0}}).bytes, 100u);
  EXPECT_EQ(lay_out(chain, std::vector<Overlap>{{1, 0, 20}, {2, 1, 12}}).bytes, 132u);
  EXPECT_EQ(lay_out(chain, std::vector<Overlap>{{1, 0, 20}, {2, 1, 12}}).bound, 132u);
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
  // The first layer's last output lies where its first input was: nothing reads that any more.
  EXPECT_EQ(plan->arena_bytes, (8 + 15) * 4u);
  EXPECT_EQ(plan->arena_bytes, plan->arena_bound);
  EXPECT_EQ(plan->layers[1].macs, 16 * 4);
}

TEST(Plan, ElementsOfEightBytesLieAtMultiplesOfEight) {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kInt8, {1, 9}, {{0.1f}, {0}, 0}})};
  const ValueId axis = graph.add_constant("axis", int32_tensor({1}, {1}));
  graph.outputs = {*graph.add_node(ArgMax{{DType::kInt64}}, {graph.inputs[0], axis}, "class")};
  const auto plan = make_plan(graph, {.keep_input = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->buffers[static_cast<size_t>(plan->outputs[0].buffer)].offset % 8, 0u);
  EXPECT_EQ(plan->arena_bytes, 16u + 8u);
}

TEST(Plan, KeepInputCostsItsBytesUntilTheEnd) {
  const auto kept = make_plan(dense_chain({16, 16}), {.keep_input = true});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->arena_bytes, (8 + 16 + 15) * 4u);
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
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("overwrites in while"));
}

TEST(CheckPlan, RefusesOneByteLessThanTheDistance) {
  auto plan = make_plan(dense_chain({16}));
  ASSERT_TRUE(plan);
  Buffer& in = plan->buffers[static_cast<size_t>(plan->inputs[0].buffer)];
  Buffer& out = plan->buffers[static_cast<size_t>(plan->outputs[0].buffer)];
  plan->arena_bytes = 200;
  out.offset = 0;
  in.offset = 15 * 4;
  EXPECT_TRUE(check_plan(*plan));
  in.offset -= 1;
  EXPECT_FALSE(check_plan(*plan));
}

TEST(CheckPlan, RefusesToReadWhatALaterCallOverwrote) {
  Graph graph;
  const ValueId in = graph.add_value("in", {DType::kFloat32, {1, 8}, {}});
  graph.inputs = {in};
  const ValueId left = *graph.add_node(Abs{}, {in}, "left");
  const ValueId right = *graph.add_node(Neg{}, {in}, "right");
  graph.outputs = {left, right};
  auto plan = make_plan(graph);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(plan->arena_bytes, 64u);
  Buffer& first = plan->buffers[static_cast<size_t>(plan->outputs[0].buffer)];
  first.offset = plan->buffers[static_cast<size_t>(plan->inputs[0].buffer)].offset;
  const auto refused = check_plan(*plan);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("was overwritten by left"));
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
