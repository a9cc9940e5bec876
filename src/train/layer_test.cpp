#include "train/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"
#include "train/network.h"
#include "train/train_config.h"

namespace mote {
namespace {

using ::mote::testing::FailsWith;
using ::mote::testing::Succeeds;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kGesture = R"(
layers = [
  { type = "conv1d", filters = 8, kernel = 5, activation = "relu" },
  { type = "max_pool", size = 2 },
  { type = "depthwise_conv1d", kernel = 3, stride = 2, padding = "valid", bias = false },
  { type = "conv1d", filters = 16, kernel = 1, activation = "relu6", name = "mix" },
  { type = "conv1d", filters = 16, kernel = 3, dilation = 2 },
  { type = "add", with = "mix", activation = "relu" },
  "global_average_pool",
  { type = "dropout", rate = 0.2 },
  { type = "dense", units = 3 },
  "softmax",
]
)";

Result<ModelConfig> parse(std::string_view text) {
  const toml::table table = toml::parse(text);
  return model_config(table, "mote.toml");
}

Result<Graph> build(std::string_view text, NetworkPurpose purpose = {50, 6, 3, true}) {
  MOTE_TRY_ASSIGN(const ModelConfig config, parse(text));
  return build_network(config, purpose, "test");
}

TEST(Layers, BecomeTheGraphTheyName) {
  const auto graph = build(kGesture);
  ASSERT_THAT(graph, Succeeds());
  std::vector<std::string> ops;
  for (const Node& node : graph->nodes)
    ops.push_back(fmt::format("{} {}", name(node.op), text(graph->value(node.outputs[0]).type.shape)));
  EXPECT_THAT(ops, ::testing::ElementsAre("conv2d 1x1x50x8", "max_pool2d 1x1x25x8", "depthwise_conv2d 1x1x12x8",
                                          "conv2d 1x1x12x16", "conv2d 1x1x12x16", "add 1x1x12x16", "mean 1x16",
                                          "dropout 1x16", "fully_connected 1x3", "softmax 1x3"));
  EXPECT_EQ(text(graph->value(graph->inputs[0]).type.shape), "1x1x50x6");
  EXPECT_EQ(parameter_count(*graph), 8 * 5 * 6 + 8 + 3 * 8 + 8 * 16 + 16 + 3 * 16 * 16 + 16 + 3 * 16 + 3);
}

TEST(Layers, ADenseNetworkReadsTheWindowFlatAndGetsASoftmax) {
  const auto graph = build("layers = [\"flatten\", { type = \"dense\", units = 3 }]");
  ASSERT_THAT(graph, Succeeds());
  EXPECT_EQ(text(graph->value(graph->inputs[0]).type.shape), "1x300");
  ASSERT_EQ(graph->nodes.size(), 2u);
  EXPECT_EQ(name(graph->nodes[1].op), "softmax");
  const auto regression = build("layers = [{ type = \"dense\", units = 3 }]", {50, 6, 3, false});
  ASSERT_THAT(regression, Succeeds());
  EXPECT_EQ(regression->nodes.size(), 1u);
}

TEST(Layers, AReshapeInFrontDeclaresAnImage) {
  const auto graph = build(R"(layers = [{ type = "reshape", shape = [10, 30, 1] },
      { type = "conv2d", filters = 4, kernel = [3, 5], stride = 2 }, { type = "dense", units = 3 }])");
  ASSERT_THAT(graph, Succeeds());
  EXPECT_EQ(text(graph->value(graph->inputs[0]).type.shape), "1x10x30x1");
  EXPECT_EQ(text(graph->value(graph->nodes[0].outputs[0]).type.shape), "1x5x15x4");
}

TEST(Layers, TheSeedDecidesTheWeights) {
  const std::string layers(kGesture);
  const auto one = build("seed = 1\n" + layers), again = build("seed = 1\n" + layers),
             two = build("seed = 2\n" + layers);
  ASSERT_TRUE(one && again && two);
  const ValueId id = one->nodes[0].inputs[1];
  EXPECT_EQ(one->value(id).constant->data, again->value(id).constant->data);
  EXPECT_NE(one->value(id).constant->data, two->value(id).constant->data);
  for (const float w : one->value(id).constant->as<float>()) EXPECT_LT(std::abs(w), std::sqrt(6.0f / 30));
}

TEST(Layers, SurviveJson) {
  const auto config = parse(kGesture);
  ASSERT_THAT(config, Succeeds());
  const auto back = model_config(nlohmann::json::parse(to_json(*config).dump()), "metadata");
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(*back, *config);
  EXPECT_THAT(model_config(nlohmann::json::parse(R"({"layers": ["dens"]})"), "metadata"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("metadata"), HasSubstr("\"dense\""))));
  EXPECT_THAT(model_config(nlohmann::json(3), "metadata"), FailsWith(ErrorCode::kBadInput, HasSubstr("metadata")));
}

TEST(Layers, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(parse("layers = [{ type = \"conv1d\", filters = 8, kernal = 5 }]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("mote.toml:"), HasSubstr("kernel is needed"))));
  EXPECT_THAT(
      parse("layers = [\n { type = \"dense\", units = 8, activatoin = \"relu\" }]"),
      FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("mote.toml:2:31"), HasSubstr("did you mean \"activation\""))));
  EXPECT_THAT(parse("layers = [\n \"softmaks\"]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("mote.toml:2:2"), HasSubstr("\"softmax\""))));
  EXPECT_THAT(parse("layers = [\"dense\"]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("mote.toml:1:11"), HasSubstr("units is needed"))));
  EXPECT_THAT(parse("layers = [{ type = \"dense\", units = 0 }]"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("must be from 1 to 65536")));
  EXPECT_THAT(parse("layers = [{ type = \"dense\", units = 3, activation = \"gelu\" }]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("1:53"), HasSubstr("\"relu\", \"relu6\""))));
  EXPECT_THAT(parse("layers = [{ type = \"conv1d\", filters = 3, kernel = [1, 2] }]"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("kernel must be a whole number")));
  EXPECT_THAT(parse("layers = []"), FailsWith(ErrorCode::kBadInput, HasSubstr("layers is needed")));
  EXPECT_THAT(parse("layer = []"), FailsWith(ErrorCode::kBadInput, HasSubstr("did you mean \"layers\"")));
}

TEST(Layers, ShapesThatCannotBeNameTheLayer) {
  EXPECT_THAT(build("layers = [{ type = \"dense\", units = 4 }]"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("yields 4 values, 3 classes are needed; set its units to 3")));
  EXPECT_THAT(
      build("layers = [{ type = \"dense\", units = 4 }, { type = \"max_pool\" }]"),
      FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("layer 2 (max_pool)"), HasSubstr("before the first dense"))));
  EXPECT_THAT(build("layers = [{ type = \"conv1d\", filters = 4, kernel = 60, padding = \"valid\" }, { type = "
                    "\"dense\", units = 3 }]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("layer 1 (conv1d)"), HasSubstr("60"))));
  EXPECT_THAT(build("layers = [{ type = \"dense\", units = 3 }, { type = \"add\", with = \"x\" }]"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("no earlier layer named \"x\"")));
  EXPECT_THAT(build("layers = [{ type = \"reshape\", shape = [7, 7, 1] }, { type = \"dense\", units = 3 }]"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("layer 1 (reshape)"), HasSubstr("300"))));
}

TEST(TrainSection, ReadsItsKeysAndKeepsThemInJson) {
  const toml::table table = toml::parse(R"(
epochs = 40
optimizer = "sgd"
momentum = 0.8
nesterov = true
schedule = "one_cycle"
rise = 0.4
class_weights = "balanced"
monitor = "macro_f1"
)");
  const auto config = train_config(table, "mote.toml");
  ASSERT_THAT(config, Succeeds());
  EXPECT_EQ(config->epochs, 40u);
  EXPECT_EQ(config->schedule.kind, ScheduleConfig::Kind::kOneCycle);
  EXPECT_TRUE(config->optimizer.nesterov);
  const nlohmann::json json = to_json(*config);
  EXPECT_EQ(json["monitor"], "macro_f1");
  EXPECT_EQ(json["rise"], 0.4);
  EXPECT_FALSE(json.contains("beta1"));
}

TEST(TrainSection, MistakesAreNamedWithTheirPlace) {
  const auto read = [](std::string_view text) { return train_config(toml::parse(text), "mote.toml"); };
  EXPECT_THAT(read("\nepoch = 3"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("mote.toml:2:1"), HasSubstr("did you mean \"epochs\""))));
  EXPECT_THAT(read("epochs = 0"), FailsWith(ErrorCode::kBadInput, HasSubstr("from 1 to")));
  EXPECT_THAT(read("optimizer = \"lion\""), FailsWith(ErrorCode::kBadInput, HasSubstr("\"adam\", \"sgd\"")));
  EXPECT_THAT(read("momentum = 0.5"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("[train] momentum only goes with optimizer = \"sgd\"")));
}

}  // namespace
}  // namespace mote
