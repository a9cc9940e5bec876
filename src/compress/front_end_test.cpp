#include "compress/front_end.h"

#include <cstring>

#include "base/rng.h"
#include "compress/layer_error.h"
#include "compress/quantize.h"
#include "graph/join.h"
#include "interp/interpreter.h"
#include "passes/all_passes.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

constexpr int32_t kSteps = 10;
constexpr int32_t kChannels = 3;
constexpr size_t kElements = size_t{kSteps} * kChannels;

Graph make_main() {
  Rng rng(2);
  Graph graph;
  graph.name = "main";
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, kSteps, kChannels}, {}})};
  const ValueId flat = *graph.add_node(Reshape{{-1, static_cast<int32_t>(kElements)}}, {graph.inputs[0]}, "flat");
  std::vector<float> content(4 * kElements);
  for (float& x : content) x = static_cast<float>(0.3 * rng.normal());
  const ValueId w = graph.add_constant("w", float_tensor({4, static_cast<int32_t>(kElements)}, content));
  const ValueId logits = *graph.add_node(FullyConnected{}, {flat, w}, "logits");
  graph.outputs = {*graph.add_node(Softmax{}, {logits}, "classes")};
  return graph;
}

std::vector<float> normal_windows(size_t windows) {
  Rng rng(6);
  std::vector<float> result(windows * kElements);
  for (float& x : result) x = static_cast<float>(rng.normal());
  return result;
}

ConstFloatView view(const std::vector<float>& windows) {
  return {{static_cast<int32_t>(windows.size() / kElements), kSteps, kChannels}, windows};
}

Result<std::vector<uint8_t>> run(const Graph& graph, std::span<const float> input) {
  MOTE_TRY_ASSIGN(Plan plan, make_plan(graph));
  Interpreter interpreter(std::move(plan));
  std::memcpy(interpreter.input(0).data(), input.data(), input.size_bytes());
  interpreter.invoke();
  return std::vector<uint8_t>(interpreter.output(0).begin(), interpreter.output(0).end());
}

class FrontEnd : public ::testing::Test {
 protected:
  const std::vector<float> means{0.1f, -9.8f, 250};
  const std::vector<float> deviations{0.5f, 4, 180};
  const Shape shape{1, kSteps, kChannels};
};

TEST_F(FrontEnd, JoinedToAnInt8ModelItGivesTheSameBytesFusedOrNot) {
  const Graph main = make_main();
  const std::vector<float> windows = normal_windows(40);
  const auto seen = view(windows);
  const auto calibration = calibrate(main, {&seen, 1});
  ASSERT_THAT(calibration, Succeeds());
  const auto quantized = quantize(main, *calibration);
  ASSERT_THAT(quantized, Succeeds());
  const auto front = make_front_end(means, deviations, shape, quantized->value(quantized->inputs[0]).type.quantization);
  ASSERT_THAT(front, Succeeds());
  const auto joined = join(*front, *quantized);
  ASSERT_THAT(joined, Succeeds());
  EXPECT_EQ(joined->name, "main");
  Graph fused = *joined;
  ASSERT_THAT(run_passes(fused, kDeployPasses), Succeeds());
  EXPECT_EQ(fused.nodes.size() + 2, joined->nodes.size());
  EXPECT_TRUE(std::holds_alternative<AffineQuantize>(fused.nodes[0].op));

  for (size_t w = 0; w < 40; ++w) {
    std::vector<float> raw(windows.begin() + static_cast<std::ptrdiff_t>(w * kElements),
                           windows.begin() + static_cast<std::ptrdiff_t>((w + 1) * kElements));
    for (size_t i = 0; i < raw.size(); ++i) raw[i] = raw[i] * deviations[i % 3] + means[i % 3];
    const auto expected = run(*joined, raw);
    ASSERT_THAT(expected, Succeeds());
    EXPECT_EQ(*run(fused, raw), *expected);
  }
}

TEST_F(FrontEnd, FeedsAFloatModelToo) {
  const auto front = make_front_end(means, deviations, shape, std::nullopt);
  ASSERT_THAT(front, Succeeds());
  const auto joined = join(*front, make_main());
  ASSERT_THAT(joined, Succeeds());
  std::vector<float> raw(kElements);
  for (size_t i = 0; i < raw.size(); ++i) raw[i] = means[i % 3];
  const auto bytes = run(*joined, raw);
  ASSERT_THAT(bytes, Succeeds());
  for (size_t i = 0; i < 4; ++i) {
    float p = 0;
    std::memcpy(&p, &(*bytes)[i * 4], 4);
    EXPECT_NEAR(p, 0.25f, 1e-5) << "the mean of every channel is normalised to zero, so no class stands out";
  }
}

TEST_F(FrontEnd, RefusesChannelsThatDoNotMatchOrNeverChange) {
  EXPECT_THAT(make_front_end(means, std::vector<float>{1, 2}, shape, {}),
              FailsWith(ErrorCode::kBadInput, HasSubstr("3 means and 2 deviations for 3 channels")));
  EXPECT_THAT(make_front_end(means, std::vector<float>{1, 0, 2}, shape, {}),
              FailsWith(ErrorCode::kBadInput, HasSubstr("channel 1 has mean -9.8 and deviation 0")));
}

TEST_F(FrontEnd, RefusesToJoinWhatDoesNotFit) {
  const auto front = make_front_end(means, deviations, {1, 7, kChannels}, std::nullopt);
  EXPECT_THAT(join(*front, make_main()), FailsWith(ErrorCode::kBadInput, HasSubstr("float32 1x7x3")));
}

TEST(FloatPorts, KeepTheirNamesAndTypes) {
  const Graph main = make_main();
  const std::vector<float> windows = normal_windows(20);
  const auto seen = view(windows);
  const auto calibration = calibrate(main, {&seen, 1});
  ASSERT_THAT(calibration, Succeeds());
  const auto quantized = quantize(main, *calibration, {.float_inputs = true, .float_outputs = true});
  ASSERT_THAT(quantized, Succeeds());
  EXPECT_EQ(quantized->value(quantized->inputs[0]).name, "in");
  EXPECT_EQ(quantized->value(quantized->inputs[0]).type, main.value(main.inputs[0]).type);
  EXPECT_EQ(quantized->value(quantized->outputs[0]).name, "classes");
  EXPECT_EQ(quantized->value(quantized->outputs[0]).type.dtype, DType::kFloat32);
  EXPECT_EQ(quantized->nodes.size(), main.nodes.size() + 2);

  const auto inside = quantize(main, *calibration);
  const auto with_ports = quantization_error(main, *quantized, {&seen, 1});
  const auto without = quantization_error(main, *inside, {&seen, 1});
  ASSERT_THAT(with_ports, Succeeds());
  ASSERT_THAT(without, Succeeds());
  ASSERT_EQ(with_ports->size(), 2u) << "logits and classes";
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*with_ports)[i].signal_to_noise_db, (*without)[i].signal_to_noise_db);
    EXPECT_GT((*with_ports)[i].signal_to_noise_db, 25);
  }
}

}  // namespace
}  // namespace mote
