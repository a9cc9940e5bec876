#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "formats/sample_models.h"
#include "formats/tflite_options.h"
#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "test_support.h"

namespace mote {
namespace {

using mote::testing::FailsWith;
using mote::testing::Succeeds;
using ::testing::HasSubstr;

void expect_equal(const Graph& read, const Graph& written) {
  EXPECT_EQ(read.name, written.name);
  EXPECT_EQ(read.inputs, written.inputs);
  EXPECT_EQ(read.outputs, written.outputs);
  ASSERT_EQ(read.values.size(), written.values.size());
  for (size_t i = 0; i < read.values.size(); ++i) {
    EXPECT_EQ(read.values[i].name, written.values[i].name);
    EXPECT_EQ(read.values[i].type, written.values[i].type) << written.values[i].name;
    ASSERT_EQ(read.values[i].constant.has_value(), written.values[i].constant.has_value());
    if (written.values[i].constant) {
      EXPECT_EQ(read.values[i].constant->data, written.values[i].constant->data);
    }
  }
  ASSERT_EQ(read.nodes.size(), written.nodes.size());
  for (size_t i = 0; i < read.nodes.size(); ++i) {
    EXPECT_TRUE(read.nodes[i].op == written.nodes[i].op) << name(written.nodes[i].op);
    EXPECT_EQ(read.nodes[i].inputs, written.nodes[i].inputs);
    EXPECT_EQ(read.nodes[i].outputs, written.nodes[i].outputs);
    EXPECT_EQ(read.nodes[i].name, written.nodes[i].name);
  }
}

TEST(TfliteRoundTrip, EveryCaseOfEveryOp) {
  for_each_op([]<class T>() {
    if (T::kTflite.builtin < 0) return;
    for (const auto& example : T::cases()) {
      SCOPED_TRACE(fmt::format("{} {}", T::kName, example.name));
      size_t forms = 0;
      for (const DType dtype : {DType::kFloat32, DType::kInt8, DType::kInt16}) {
        auto graph = samples::graph_of(example, dtype);
        if (!graph) continue;
        ++forms;
        Model model{as_written(*graph), std::nullopt, {}};
        MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(model));
        MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));
        expect_equal(read.graph, model.graph);
        MOTE_ASSERT_ASSIGN(const Bytes again, write_tflite(read));
        EXPECT_EQ(again, file);
      }
      EXPECT_GT(forms, 0u) << "none of its forms could be built";
    }
  });
}

TEST(TfliteRoundTrip, AConvolutionWithoutBiasIsWrittenWithZeros) {
  const OpCase<Conv2d> example("plain", {Padding::kValid, 1, 1}, {{1, 3, 3, 2}, {4, 2, 2, 2}});
  const std::map<DType, DType> bias_types = {
      {DType::kFloat32, DType::kFloat32}, {DType::kInt8, DType::kInt32}, {DType::kInt16, DType::kInt64}};
  for (const auto& [activations, expected] : bias_types) {
    MOTE_ASSERT_ASSIGN(const Graph graph, samples::graph_of(example, activations));
    MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite({graph, std::nullopt, {}}));
    MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));
    ASSERT_EQ(read.graph.nodes[0].inputs.size(), 3u);
    const Value& bias = read.graph.value(read.graph.nodes[0].inputs[2]);
    EXPECT_EQ(bias.type.shape, Shape{4});
    EXPECT_EQ(bias.type.dtype, expected);
    ASSERT_TRUE(bias.constant.has_value());
    EXPECT_EQ(bias.constant->data, std::vector<uint8_t>(bias.type.bytes()));
  }
}

TEST(TfliteRoundTrip, ZerosHaveAScaleEvenWhereFloat32CannotHoldTheProductOfTheOthers) {
  const OpCase<Conv2d> example("plain", {Padding::kValid, 1, 1}, {{1, 3, 3, 2}, {4, 2, 2, 2}});
  for (const float extreme : {1e-30f, 1e30f}) {
    MOTE_ASSERT_ASSIGN(Graph graph, samples::graph_of(example, DType::kInt8));
    for (const ValueId id : {graph.nodes[0].inputs[0], graph.nodes[0].inputs[1]}) {
      Value& value = graph.value(id);
      for (float& scale : value.type.quantization.scale) scale = extreme;
      if (value.constant) value.constant->type = value.type;
    }
    MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite({graph, std::nullopt, {}}));
    MOTE_ASSERT_ASSIGN([[maybe_unused]] const Model read, read_tflite(file));
  }
}

TEST(TfliteRoundTrip, NoTwoOpsShareAName) {
  std::map<int32_t, std::string_view> names;
  for_each_op([&]<class T>() {
    if (T::kTflite.builtin < 0) return;
    EXPECT_TRUE(names.emplace(T::kTflite.builtin, T::kName).second)
        << T::kName << " and " << names[T::kTflite.builtin] << " have the same builtin code";
  });
}

TEST(TfliteRoundTrip, FrontEndLabelsAndForeignEntries) {
  const Model model = samples::classifier_with_front_end();
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(model));
  MOTE_ASSERT_ASSIGN(const Model read, read_tflite(file));
  expect_equal(read.graph, model.graph);
  ASSERT_TRUE(read.front_end.has_value());
  expect_equal(*read.front_end, *model.front_end);
  EXPECT_EQ(read.metadata.values, model.metadata.values);
  EXPECT_EQ(read.metadata.labels(), (std::vector<std::string>{"rest", "tilt", "wave"}));
  ASSERT_EQ(read.metadata.other.size(), 1u);
  EXPECT_EQ(read.metadata.other[0].name, "vendor");
  EXPECT_EQ(read.metadata.other[0].content, (Bytes{1, 2, 3}));
  EXPECT_EQ(fingerprint(read), fingerprint(model));
}

TEST(TfliteRoundTrip, ConstantsAreAlignedTo16) {
  const Model model = samples::classifier_with_front_end();
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite(model));
  for (const Value& value : model.graph.values) {
    if (!value.constant || value.constant->data.size() < 12) continue;
    const auto& content = value.constant->data;
    const auto found = std::search(file.begin(), file.end(), content.begin(), content.end());
    ASSERT_NE(found, file.end());
    EXPECT_EQ((found - file.begin()) % 16, 0) << value.name;
  }
}

TEST(TfliteOptions, LeftOutFieldsHaveTheDefaultsOfTheSchema) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(write_options(builder, Softmax{0.0f})));
  const flatbuffers::Verifier verifier(builder.GetBufferPointer(), builder.GetSize());
  Op op = Softmax{};
  ASSERT_THAT(read_options(flatbuffers::GetRoot<flatbuffers::Table>(builder.GetBufferPointer()), verifier, op),
              Succeeds());
  EXPECT_EQ(std::get<Softmax>(op).beta, 0.0f);
  op = FullyConnected{Activation::kRelu6, true};
  ASSERT_THAT(read_options(nullptr, verifier, op), Succeeds());
  EXPECT_TRUE(op == Op(FullyConnected{}));
}

TEST(TfliteOptions, AnUnknownActivationIsRefusedByName) {
  flatbuffers::FlatBufferBuilder builder;
  const auto start = builder.StartTable();
  builder.AddElement<uint8_t>(4, 4);
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(builder.EndTable(start)));
  const flatbuffers::Verifier verifier(builder.GetBufferPointer(), builder.GetSize());
  Op op = FullyConnected{};
  EXPECT_THAT(read_options(flatbuffers::GetRoot<flatbuffers::Table>(builder.GetBufferPointer()), verifier, op),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("activation 4")));
}

TEST(TfliteOptions, BuiltinNamesMatchTheirCodes) {
  EXPECT_EQ(builtin_name(0), "ADD");
  EXPECT_EQ(builtin_name(9), "FULLY_CONNECTED");
  EXPECT_EQ(builtin_name(114), "QUANTIZE");
  EXPECT_EQ(builtin_name(209), "STABLEHLO_CASE");
  EXPECT_EQ(builtin_name(210), "unknown");
  EXPECT_EQ(builtin_name(-1), "unknown");
}

TEST(Fingerprint, CoversWhatIsComputedAndNothingElse) {
  const Model model = samples::classifier_with_front_end();
  const std::string original = fingerprint(model);
  EXPECT_EQ(original.size(), 64u);
  Model renamed = model;
  renamed.graph.values[0].name = "other";
  renamed.metadata.set_labels({"a", "b", "c"});
  EXPECT_EQ(fingerprint(renamed), original);
  Model weights = model;
  weights.graph.values[1].constant->data[0] ^= 1;
  EXPECT_NE(fingerprint(weights), original);
  Model front = model;
  front.front_end->values[1].constant->data[0] ^= 1;
  EXPECT_NE(fingerprint(front), original);
  Model options = model;
  std::get<FullyConnected>(options.graph.nodes[0].op).activation = Activation::kNone;
  EXPECT_NE(fingerprint(options), original);
  Model scale = model;
  scale.graph.values[0].type.quantization.scale[0] *= 2;
  EXPECT_NE(fingerprint(scale), original);
}

}  // namespace
}  // namespace mote
