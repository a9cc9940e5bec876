#include "pipeline/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <set>

#include "formats/sample_models.h"
#include "pipeline/check.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Reading reading_of(Model model) {
  Reading reading{std::move(model), {}, {}, {}};
  for (size_t i = 0; i < reading.model.graph.nodes.size(); ++i) reading.file_index.push_back(static_cast<int>(i));
  return reading;
}

std::vector<std::string> ids(const Reading& reading) {
  std::vector<std::string> result;
  for (const Problem& problem : suspicious(reading)) {
    EXPECT_FALSE(problem.reason.empty());
    EXPECT_FALSE(problem.fix.empty());
    result.push_back(problem.id);
  }
  return result;
}

std::vector<std::string> ids_after(const std::function<void(Model&)>& change) {
  Model model = samples::classifier();
  change(model);
  return ids(reading_of(std::move(model)));
}

/// The constant that node `n` of the classifier has as weights (1) or bias (2).
Tensor& constant(Model& model, size_t n, size_t operand) {
  return *model.graph.value(model.graph.nodes[n].inputs[operand]).constant;
}
void set_scale(Model& model, ValueId id, std::vector<float> scale, int32_t axis = 0) {
  Value& value = model.graph.value(id);
  value.type.quantization = {std::move(scale), {}, axis};
  value.type.quantization.zero_point.assign(value.type.quantization.scale.size(), 0);
  if (value.constant) value.constant->type = value.type;
}

TEST(Findings, TheClassifierIsClean) {
  EXPECT_THAT(ids_after([](Model&) {}), IsEmpty());
}

TEST(Findings, Quantization) {
  EXPECT_THAT(ids_after([](Model& m) { set_scale(m, m.graph.nodes[0].inputs[2], {0.1f}); }), ElementsAre("bias-scale"));
  EXPECT_THAT(ids_after([](Model& m) { set_scale(m, m.graph.nodes[0].outputs[0], {0.0001f}); }),
              Contains("factor-range"));
  EXPECT_THAT(ids_after([](Model& m) { set_scale(m, m.graph.nodes[0].outputs[0], {1e6f}); }),
              Contains("constant-output"));
  EXPECT_THAT(ids_after([](Model& m) { set_scale(m, m.graph.nodes[0].inputs[1], {1e-40f}); }), Contains("tiny-scale"));
  const auto spread = ids_after([](Model& m) {
    set_scale(m, m.graph.nodes[0].inputs[1], {1e-6f, 0.01f, 0.5f, 0.01f, 0.01f});
  });
  EXPECT_THAT(spread, Contains("channel-scale-spread"));
  EXPECT_THAT(spread, Not(Contains("channel-axis")));
  EXPECT_THAT(ids_after([](Model& m) { set_scale(m, m.graph.nodes[0].inputs[1], std::vector<float>(6, 0.01f), 1); }),
              Contains("channel-axis"));
}

TEST(Findings, Weights) {
  EXPECT_THAT(ids_after([](Model& m) { std::ranges::fill(constant(m, 0, 1).as<int8_t>(), int8_t{127}); }),
              ElementsAre("saturated-weights"));
  EXPECT_THAT(ids_after([](Model& m) { constant(m, 0, 1).as<int8_t>()[3] = -128; }), ElementsAre("weights-range"));
}

TEST(Findings, Structure) {
  EXPECT_THAT(ids_after([](Model& m) {
                m.graph.inputs.push_back(m.graph.add_value("spare", {DType::kInt8, {1}, {}}));
              }),
              ElementsAre("unused-input"));
  EXPECT_THAT(ids_after([](Model& m) { ASSERT_TRUE(m.graph.add_node(Dequantize{}, {m.graph.inputs[0]}, "spare")); }),
              ElementsAre("dead-op"));
  EXPECT_THAT(ids_after([](Model& m) { m.graph.values[1].name = "input"; }), ElementsAre("duplicate-name"));
  EXPECT_THAT(ids_after([](Model& m) { m.metadata.set_labels({}); }), ElementsAre("no-labels"));
  EXPECT_THAT(ids_after([](Model& m) { m.metadata.set_labels({"a"}); }), ElementsAre("label-count"));
}

TEST(Findings, FloatIslandsAndLayersBehindASoftmax) {
  Model model = samples::classifier();
  Graph& g = model.graph;
  const Quantization q = g.value(g.outputs[0]).type.quantization;
  const ValueId real = *g.add_node(Dequantize{}, {g.outputs[0]}, "real");
  const ValueId squashed = *g.add_node(Tanh{}, {real}, "squashed");
  const ValueId back = *g.add_node(Quantize{}, {squashed}, "back");
  g.value(back).type.quantization = q;
  g.outputs = {back};
  const auto found = suspicious(reading_of(model));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, "float-island");
  EXPECT_EQ(found[0].op, 3);
  EXPECT_EQ(found[0].reason, "leads to 1 float ops between integer ones");

  Model again = samples::classifier();
  Graph& h = again.graph;
  const auto weights = h.add_constant("late", Tensor({DType::kInt8, {2, 3}, {{0.01f}, {0}, 0}}));
  const ValueId late = *h.add_node(FullyConnected{}, {h.outputs[0], weights}, "after");
  h.value(late).type.quantization = {{0.1f}, {0}, 0};
  h.outputs = {late};
  EXPECT_THAT(ids(reading_of(again)), Contains("softmax-inside"));
}

TEST(Findings, TheFrontEndMustMakeWhatTheNetworkExpects) {
  Model model = samples::classifier_with_front_end();
  EXPECT_THAT(ids(reading_of(model)), IsEmpty());
  model.front_end->value(model.front_end->outputs[0]).type.quantization.scale[0] *= 2;
  EXPECT_THAT(ids(reading_of(model)), ElementsAre("front-end-scale"));
}

TEST(Findings, DocumentAndProgramNameTheSameIds) {
  MOTE_ASSERT_ASSIGN(const std::string document, read_text(testing::source_path("docs/check.md")));
  const size_t second = document.find("## Suspicious");
  std::set<std::string> refused, suspected;
  const std::regex id(R"(\n- \*\*([a-z-]+)\*\*)");
  for (std::sregex_iterator m(document.begin(), document.end(), id), end; m != end; ++m)
    (static_cast<size_t>(m->position()) < second ? refused : suspected).insert((*m)[1]);
  std::set<std::string> refusing, suspecting;
  for (const FindingKind& kind : finding_kinds()) (kind.refuses ? refusing : suspecting).insert(std::string(kind.id));
  EXPECT_EQ(refused, refusing);
  EXPECT_EQ(suspected, suspecting);
}

TEST(Check, ProblemsFindingsAndTensorsAreInTheReport) {
  Model model = samples::classifier();
  model.graph.value(model.graph.nodes[0].inputs[1]).type.quantization.zero_point = {3};
  constant(model, 0, 1).type = model.graph.value(model.graph.nodes[0].inputs[1]).type;
  const CheckReport report = check_model(reading_of(model), {}, nullptr);
  EXPECT_FALSE(report.supported);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].id, "no-kernel");
  EXPECT_EQ(report.problems[0].op, 0);
  const nlohmann::json json = to_json(report);
  EXPECT_EQ(json["tensors"].size(), model.graph.values.size());
  EXPECT_EQ(json["tensors"][1]["zero_point"][0], 3);
  EXPECT_THAT(text(report, true), ::testing::HasSubstr("weights_5"));
}

/// Every model at hand: what is refused is refused for a reason that docs/check.md lists.
TEST(Check, SharedModelsAreReportedByKnownIds) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const auto files, list_files(testing::shared_path("data"), ".tflite"));
  std::set<std::string> known;
  for (const FindingKind& kind : finding_kinds()) known.insert(std::string(kind.id));
  for (const auto& file : files) {
    MOTE_ASSERT_ASSIGN(const Reading reading, inspect_model(file));
    const CheckReport report = check_model(reading, {}, nullptr);
    EXPECT_EQ(report.supported, report.problems.empty()) << file;
    for (const auto* list : {&report.problems, &report.findings})
      for (const Problem& problem : *list) EXPECT_TRUE(known.contains(problem.id)) << file << " " << problem.id;
  }
}

}  // namespace
}  // namespace mote
