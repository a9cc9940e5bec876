#include "pipeline/compare_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "formats/sample_models.h"
#include "npz_file.h"
#include "pipeline/known_differences.h"
#include "pipeline/oracle.h"
#include "pipeline/run_model.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

using Arrays = std::vector<std::pair<std::string, Tensor>>;

Reading classifier() {
  Reading reading{samples::classifier(), {}, {}, {}};
  for (size_t i = 0; i < reading.model.graph.nodes.size(); ++i) reading.file_index.push_back(static_cast<int>(i));
  return reading;
}

/// What Mote computes in three inferences, every tensor by its name.
Arrays own_tensors(const Graph& graph) {
  Graph all = graph;
  all.outputs.clear();
  for (const Node& node : graph.nodes) all.outputs.insert(all.outputs.end(), node.outputs.begin(), node.outputs.end());
  Interpreter interpreter(make_plan(all, PlanOptions{.keep_input = true}).value());
  const Batch inputs = random_inputs(interpreter.plan().inputs, 3, 1);
  Arrays arrays;
  const auto add = [&](const Port& port, std::span<const uint8_t> bytes, size_t at) {
    if (arrays.size() <= at) {
      Shape shape = port.type.shape;
      shape.insert(shape.begin(), 3);
      arrays.emplace_back(port.name, Tensor({port.type.dtype, shape, {}}, {}));
    }
    arrays[at].second.data.insert(arrays[at].second.data.end(), bytes.begin(), bytes.end());
  };
  for (size_t i = 0; i < 3; ++i) {
    std::copy_n(inputs.bytes.begin() + static_cast<ptrdiff_t>(i * interpreter.input(0).size()),
                interpreter.input(0).size(), interpreter.input(0).begin());
    add(interpreter.plan().inputs[0], interpreter.input(0), 0);
    interpreter.invoke();
    for (size_t k = 0; k < interpreter.plan().outputs.size(); ++k)
      add(interpreter.plan().outputs[k], interpreter.output(k), k + 1);
  }
  return arrays;
}

Result<LayerComparison> compared(const Arrays& arrays, std::string from = "file.npz") {
  const Reading reading = classifier();
  MOTE_TRY_ASSIGN(const ReferenceTensors reference,
                  reference_from_npz(reading.model.graph, testing::npz_file(arrays), std::move(from)));
  return compare_layers(reading, reference, 2e-5);
}

TEST(CompareLayers, TheSameTensorsAreEqual) {
  const Arrays arrays = own_tensors(samples::classifier().graph);
  MOTE_ASSERT_ASSIGN(const LayerComparison result, compared(arrays));
  EXPECT_TRUE(result.equal());
  EXPECT_EQ(result.inferences, 3u);
  EXPECT_EQ(result.layers, 3u);
  EXPECT_EQ(result.compared, 3u);
  EXPECT_EQ(result.elements, 3u * (5 + 3 + 3));
  EXPECT_THAT(text(result), HasSubstr("equal: 3 of 3 layers compared with file.npz"));
}

TEST(CompareLayers, TheFirstLayerThatDiffersIsNamedAndCausesNoOther) {
  Arrays arrays = own_tensors(samples::classifier().graph);
  ASSERT_EQ(arrays[2].first, "dense_3");
  uint8_t& changed = arrays[2].second.data[4];  // inference 1, element 1
  changed = static_cast<uint8_t>(changed ^ 0x40);
  MOTE_ASSERT_ASSIGN(const LayerComparison result, compared(arrays));
  EXPECT_FALSE(result.equal());
  ASSERT_GE(result.differences.size(), 1u);
  const LayerDifference& first = result.differences[0];
  EXPECT_EQ(first.op, 1);
  EXPECT_EQ(first.op_name, "fully_connected");
  EXPECT_EQ(first.tensor, "dense_3");
  EXPECT_EQ(first.elements, 9u);
  EXPECT_EQ(first.different, 1u);
  EXPECT_EQ(first.inference, 1u);
  EXPECT_EQ(first.index, 1u);
  EXPECT_EQ(std::abs(first.mote - first.reference), 64);
  const nlohmann::json json = to_json(result);
  EXPECT_EQ(json["first_difference"]["tensor"], "dense_3");
  EXPECT_EQ(json["equal"], false);
}

TEST(CompareLayers, ADifferenceInsideIsNotBlamedOnLaterLayers) {
  Arrays arrays = own_tensors(samples::classifier().graph);
  arrays.pop_back();  // without the softmax, whose operand changes
  arrays[2].second.data[0] ^= 1;
  MOTE_ASSERT_ASSIGN(const LayerComparison result, compared(arrays));
  EXPECT_EQ(result.compared, 2u);
  EXPECT_EQ(result.differences.size(), 1u);
}

TEST(CompareLayers, KnownExceptionsAreNoDifference) {
  Arrays arrays = own_tensors(samples::classifier().graph);
  arrays.pop_back();
  for (uint8_t& byte : arrays[2].second.data)
    if (byte != 127 && byte != 128) ++byte;
  MOTE_ASSERT_ASSIGN(const LayerComparison litert, compared(arrays, "litert"));
  EXPECT_TRUE(litert.equal());
  ASSERT_EQ(litert.differences.size(), 1u);
  EXPECT_THAT(litert.differences[0].known, HasSubstr("rounds once"));
  EXPECT_THAT(text(litert), HasSubstr("known: op 1"));
  MOTE_ASSERT_ASSIGN(const LayerComparison micro, compared(arrays, "tflm"));
  EXPECT_FALSE(micro.equal());
}

TEST(CompareLayers, TensorsMayBeNamedByTheirIndex) {
  Arrays arrays = own_tensors(samples::classifier().graph);
  arrays.resize(2);
  arrays[0].first = "#0";
  EXPECT_THAT(compared(arrays), Succeeds());
}

TEST(CompareLayers, ArraysThatFitNothingAreRefused) {
  const Arrays arrays = own_tensors(samples::classifier().graph);
  const auto refuses = [&](const std::function<void(Arrays&)>& change, const std::string& part) {
    Arrays changed = arrays;
    change(changed);
    EXPECT_THAT(compared(changed), FailsWith(ErrorCode::kBadInput, HasSubstr(part)));
  };
  refuses([](Arrays& a) { a[1].first = "dense"; }, "\"dense\" is no tensor of the model");
  refuses([](Arrays& a) { a[1].first = "#999"; }, "\"#999\" is no tensor of the model");
  refuses([](Arrays& a) { a.erase(a.begin()); }, "no array \"input\"");
  refuses([](Arrays& a) { a.resize(1); }, "the result of no layer");
  refuses([](Arrays& a) { a[1].second = Tensor({DType::kInt8, {7}, {}}); }, "\"dense_5\" is int8 7");
  refuses([](Arrays& a) { a[1].second = Tensor({DType::kInt8, {2, 5}, {}}); }, "holds 2 inferences, others hold 3");
}

TEST(Oracle, AnAbsentEnvironmentIsToldWithTheWayOut) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  ::setenv("MOTE_ORACLE", (folder->path() / "absent").c_str(), 1);
  EXPECT_THAT(ask_oracle(Oracle::kTflm, "model.tflite", samples::classifier().graph, {}),
              FailsWith(ErrorCode::kMissingTool, HasSubstr("--setup-oracle")));
  ::unsetenv("MOTE_ORACLE");
  ::setenv("XDG_CACHE_HOME", folder->path().c_str(), 1);
  EXPECT_EQ(oracle_folder(), folder->path() / "mote" / "oracle");
  ::unsetenv("XDG_CACHE_HOME");
}

/// With a stand-in for Python: what the other program says of its failure reaches the user.
TEST(Oracle, AFailureOfTheOtherProgramIsQuoted) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const std::filesystem::path python = folder->path() / "bin" / "python";
  ASSERT_TRUE(write_text(python, "#!/bin/sh\necho 'trace' >&2\necho 'RuntimeError: no such op' >&2\nexit 1\n"));
  std::filesystem::permissions(python, std::filesystem::perms::owner_all);
  ::setenv("MOTE_ORACLE", folder->path().c_str(), 1);
  EXPECT_THAT(ask_oracle(Oracle::kLitert, "model.tflite", samples::classifier().graph, {}),
              FailsWith(ErrorCode::kMissingTool, HasSubstr("with litert failed: RuntimeError: no such op")));
  ::unsetenv("MOTE_ORACLE");
}

/// docs/quantization-spec.md names every op that a known difference stands for.
TEST(KnownDifferences, AreInTheSpecification) {
  MOTE_ASSERT_ASSIGN(const std::string document, read_text(testing::source_path("docs/quantization-spec.md")));
  const size_t exceptions = document.find("## Where Mote does not follow TFLM");
  ASSERT_NE(exceptions, std::string::npos);
  for (const KnownDifference& known : known_differences()) {
    std::string spoken(known.op);
    std::ranges::replace(spoken, '_', ' ');
    if (spoken == "relu6") spoken = "ReLU6";
    if (spoken == "cumsum") spoken = "Running sums";
    EXPECT_NE(document.find(spoken, exceptions), std::string::npos) << known.op;
  }
}

}  // namespace
}  // namespace mote
