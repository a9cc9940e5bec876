/// Layers that are computed in bands of rows give the bytes that they give as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network.h"
#include "plan/bands.h"
#include "plan/check_plan.h"
#include "plan/place.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::Network;
using testing::run;

/// Convolutions, a residual, a strided block with a shortcut, a pooling and an element-wise op.
Graph residual_network() {
  Network net;
  const ValueId stem = net.convolution(net.input({1, 13, 7, 3}), 4, 3, 1, Padding::kSame);
  const ValueId inner = net.convolution(stem, 4, 3, 1, Padding::kSame);
  const ValueId back = net.convolution(inner, 4, 3, 1, Padding::kSame);
  const ValueId sum = net.layer(Add{}, {back, stem});
  const ValueId thin = net.depthwise(net.convolution(sum, 6, 1, 1, Padding::kValid), 2);
  const ValueId narrow = net.convolution(thin, 6, 3, 1, Padding::kSame);
  const ValueId shortcut = net.convolution(sum, 6, 1, 2, Padding::kSame);
  const ValueId joined = net.layer(Abs{}, {net.layer(Add{}, {narrow, shortcut})});
  MaxPool2d pool{};
  pool.filter_h = pool.filter_w = pool.stride_h = pool.stride_w = 2;
  return net.finish({net.layer(pool, {joined})});
}

TEST(Bands, GiveTheBytesOfTheWhole) {
  MOTE_ASSERT_ASSIGN(const Plan whole, make_plan(residual_network()));
  const std::vector<uint8_t> expected = run(whole);
  int stretches = 0;
  for (size_t first = 0; first < whole.calls.size(); ++first)
    for (size_t last = first + 1; last < whole.calls.size(); ++last) {
      const int32_t height = rows_of(whole, first, last);
      if (height == 0) continue;
      ++stretches;
      for (int32_t rows = 1; rows <= height; ++rows) {
        SCOPED_TRACE(fmt::format("calls {} to {}, {} rows", first, last, rows));
        std::optional<Plan> banded = in_bands(whole, first, last, rows);
        ASSERT_TRUE(banded);
        place_buffers(*banded, false, Effort::kFull);
        ASSERT_THAT(check_plan(*banded), testing::Succeeds());
        EXPECT_EQ(run(*banded), expected);
      }
    }
  EXPECT_GE(stretches, 12);
}

TEST(Bands, ALimitIsKeptOrRefused) {
  const Graph graph = residual_network();
  MOTE_ASSERT_ASSIGN(const Plan whole, make_plan(graph));
  const size_t limit = whole.arena_bytes * 7 / 8;
  MOTE_ASSERT_ASSIGN(const Plan small, make_plan(graph, {.keep_input = false, .max_ram = limit}));
  EXPECT_LE(small.arena_bytes, limit);
  EXPECT_FALSE(small.banded.empty());
  EXPECT_EQ(run(small), run(whole));
  EXPECT_THAT(make_plan(graph, {.keep_input = false, .max_ram = 64}),
              testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr("cannot be made smaller")));
}

}  // namespace
}  // namespace mote
