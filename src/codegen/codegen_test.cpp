#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "codegen/generate.h"
#include "codegen/literals.h"

namespace mote {
namespace {

using testing::HasSubstr;

TEST(Literals, FloatsReadBackAsTheSameNumber) {
  for (const float value : {0.0f, 1.0f, -1.5f, 0.1f, 3.40282347e+38f, 1e-40f, 16777216.0f})
    EXPECT_EQ(std::strtof(float_literal(value).c_str(), nullptr), value) << float_literal(value);
  EXPECT_EQ(float_literal(1), "1.0f");
}

TEST(Literals, IdentifiersAndStringsAreSafe) {
  EXPECT_EQ(identifier("Conv-2D/1"), "conv_2d_1");
  EXPECT_EQ(identifier("3x"), "_3x");
  EXPECT_EQ(identifier(""), "model");
  EXPECT_EQ(string_literal("a\"b\\c\n"), "\"a\\\"b\\\\c\\012\"");
}

TEST(Literals, TheSmallestIntegerIsSpelledWithoutOverflow) {
  const std::vector<int32_t> smallest{INT32_MIN, 5};
  EXPECT_THAT(elements_literal(Constant::of<int32_t>("b", DType::kInt32, smallest)), HasSubstr("(-2147483647 - 1),5,"));
}

TEST(Generate, PrintsTheListOfCallsWithTheirParameters) {
  Graph graph;
  graph.name = "Two Classes";
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 3}, {}})};
  const ValueId weights = graph.add_constant("w", Tensor({DType::kFloat32, {2, 3}, {}}));
  const ValueId logits = *graph.add_node(FullyConnected{Activation::kRelu}, {graph.inputs[0], weights}, "dense");
  graph.outputs = {*graph.add_node(Softmax{}, {logits}, "probabilities")};
  const auto plan = make_plan(graph);
  ASSERT_TRUE(plan);
  const GeneratedModel code = generate(*plan, {.name = "", .labels = {"yes", "no"}, .fingerprint = "abc"});
  EXPECT_EQ(code.name, "two_classes");
  EXPECT_EQ(code.layers, (std::vector<std::string>{"dense", "probabilities"}));
  EXPECT_THAT(code.files[0].content, HasSubstr("#define TWO_CLASSES_LABELS { \"yes\", \"no\" }"));
  EXPECT_THAT(code.files[1].content, HasSubstr("/*depth=*/3, /*outputs=*/2"));
  EXPECT_THAT(code.files[1].content, HasSubstr("mote::rt::softmax_f32(two_classes::kCall1"));
  const auto has = [&](std::string_view path) {
    return std::any_of(code.files.begin(), code.files.end(), [&](const SourceFile& f) { return f.path == path; });
  };
  EXPECT_TRUE(has("mote/rt/math_f32.h")) << "headers that headers include come along";
  EXPECT_FALSE(has("mote/rt/softmax_s8.h")) << "nothing comes along that is not used";
  EXPECT_THAT(code.files[1].content, Not(HasSubstr("#pragma GCC")));
  EXPECT_THAT(generate(*plan, {.name = "", .labels = {}, .fingerprint = "", .for_size = true}).files[1].content,
              HasSubstr("#pragma GCC optimize(\"Os,no-tree-loop-distribute-patterns\")"));
}

}  // namespace
}  // namespace mote
