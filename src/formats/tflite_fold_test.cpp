/// Shapes that Keras' layers compute from the shape of their input, folded while a file is read.
#include <gtest/gtest.h>

#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "ops/movement.h"
#include "test_support.h"

namespace mote {
namespace {

/// shape -> strided slice -> pack with a constant -> reshape, as Keras writes a Reshape layer.
Model keras_reshape() {
  Model model;
  Graph& g = model.graph;
  g.name = "reshape";
  g.inputs = {g.add_value("in", {DType::kFloat32, {1, 3, 8}, {}})};
  const ValueId shape = *g.add_node(ShapeOf{}, {g.inputs[0]}, "shape");
  StridedSlice first;
  first.shrink_axis_mask = 1;
  const ValueId batch =
      *g.add_node(first,
                  {shape, g.add_constant("begin", int32_tensor({1}, {0})),
                   g.add_constant("end", int32_tensor({1}, {1})), g.add_constant("stride", int32_tensor({1}, {1}))},
                  "batch");
  Pack pack;
  pack.values_count = 3;
  const ValueId wanted = *g.add_node(
      pack, {batch, g.add_constant("rows", int32_tensor({}, {6})), g.add_constant("columns", int32_tensor({}, {4}))},
      "wanted");
  g.outputs = {*g.add_node(Reshape{{1, 6, 4}}, {g.inputs[0], wanted}, "out")};
  return model;
}

TEST(TfliteFold, ComputedShapesAreKnownAfterReading) {
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(keras_reshape()));
  MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));
  ASSERT_EQ(read.graph.nodes.size(), 1u) << text(read.graph);
  const Node& reshape = read.graph.nodes[0];
  ASSERT_TRUE(read.graph.value(reshape.inputs[1]).constant.has_value());
  const auto wanted = read.graph.value(reshape.inputs[1]).constant->as<int32_t>();
  EXPECT_EQ(Shape(wanted.begin(), wanted.end()), (Shape{1, 6, 4}));
  EXPECT_EQ(read.graph.value(read.graph.outputs[0]).type.shape, (Shape{1, 6, 4}));
}

TEST(TfliteFold, AFileThatAnotherProgramWroteIsFoldedToo) {
  MOTE_ASSERT_ASSIGN(const Model read, load_model(mote::testing::source_path("tests/golden/keras_reshape.tflite")));
  ASSERT_EQ(read.graph.nodes.size(), 1u) << text(read.graph);
  MOTE_ASSERT_ASSIGN(const Bytes again, write_tflite(read));
  MOTE_ASSERT_ASSIGN(const Model back, read_tflite(again));
  EXPECT_EQ(text(back.graph), text(read.graph));
}

TEST(TfliteFold, AnAnswerOfTheModelStaysComputed) {
  Model model = keras_reshape();
  model.graph.outputs.push_back(model.graph.nodes[2].outputs[0]);
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(model));
  MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));
  ASSERT_EQ(read.graph.nodes.size(), 2u) << text(read.graph);
  EXPECT_TRUE(std::holds_alternative<Pack>(read.graph.nodes[0].op));
}

TEST(TfliteFold, ResultsOfConstantsAreBounded) {
  Model model;
  Graph& g = model.graph;
  g.inputs = {g.add_value("in", {DType::kInt32, {1}, {}})};
  const ValueId huge = *g.add_node(
      Fill{},
      {g.add_constant("shape", int32_tensor({2}, {30000, 60000})), g.add_constant("value", int32_tensor({}, {7}))},
      "huge");
  ShapeOf shape;
  g.outputs = {*g.add_node(shape, {huge}, "out")};
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(model));
  MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));  // 7 GB are not allocated
  EXPECT_EQ(read.graph.nodes.size(), 2u);
}

}  // namespace
}  // namespace mote
