/// Models that carry state from one inference to the next: a reset makes the first inference again, without one the
/// sequence goes on, on the host and in generated code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "codegen/generate.h"
#include "plan/check_plan.h"
#include "state_models.h"

namespace mote {
namespace {

Batch random_batch(const Plan& plan, size_t inferences) {
  Rng rng(3);
  Batch batch;
  batch.inferences = inferences;
  for (size_t n = 0; n < inferences; ++n)
    for (const Port& port : plan.inputs) {
      const Tensor tensor = samples::random_input(port.type, {}, rng);
      batch.bytes.insert(batch.bytes.end(), tensor.data.begin(), tensor.data.end());
    }
  return batch;
}

std::vector<Graph> stateful_graphs() {
  std::vector<Graph> result = samples::recurrent_graphs();
  result.push_back(testing::counter_graph());
  return result;
}

TEST(State, IsResetBetweenIndependentInferencesAndKeptInASequence) {
  for (const Graph& graph : stateful_graphs()) {
    SCOPED_TRACE(graph.name);
    MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(graph));
    EXPECT_EQ(plan.states.size(), std::holds_alternative<Lstm>(graph.nodes[0].op) ? 2u : 1u);
    EXPECT_GE(plan.state_bytes, state_bytes(graph));
    Batch twice = random_batch(plan, 1);
    twice.bytes.insert(twice.bytes.end(), twice.bytes.begin(), twice.bytes.end());
    twice.inferences = 2;
    Interpreter interpreter(plan);
    const size_t one = bytes_of(plan.outputs);
    const std::vector<uint8_t> fresh = run_on_host(interpreter, twice).bytes;
    const std::vector<uint8_t> kept = run_on_host(interpreter, twice, StateUse::kKeep).bytes;
    const auto first = [&](const std::vector<uint8_t>& bytes) {
      return std::vector(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(one));
    };
    const auto second = [&](const std::vector<uint8_t>& bytes) {
      return std::vector(bytes.begin() + static_cast<ptrdiff_t>(one), bytes.end());
    };
    EXPECT_EQ(first(fresh), second(fresh));
    EXPECT_EQ(first(fresh), first(kept));
    const bool tiny =
        graph.name.find("one_unit") != std::string::npos || graph.name.find("no_memory") != std::string::npos;
    EXPECT_TRUE(tiny || first(kept) != second(kept));
  }
}

TEST(State, LiesWhereNothingElseDoes) {
  for (const Graph& graph : stateful_graphs()) {
    SCOPED_TRACE(graph.name);
    MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(graph));
    for (const Buffer& buffer : plan.buffers) {
      const bool among_states = buffer.offset + buffer.bytes <= plan.state_bytes;
      EXPECT_TRUE(buffer.state ? among_states : buffer.offset >= plan.state_bytes) << buffer.name;
    }
  }
}

TEST(State, APlanThatSharesItIsRefused) {
  MOTE_ASSERT_ASSIGN(Plan plan, make_plan(testing::counter_graph()));
  for (Buffer& buffer : plan.buffers)
    if (!buffer.state) buffer.offset = 0;
  EXPECT_THAT(check_plan(plan), testing::FailsWith(ErrorCode::kInternal, ::testing::HasSubstr("counter")));
}

/// A program that runs the inputs in the file "in": once as a sequence, then again with a reset before each.
std::string driver(const std::string& name) {
  std::string prefix = name;
  for (char& c : prefix) c = static_cast<char>(std::toupper(c));
  return fmt::format(R"(#include <cstdio>
#include "{0}.cpp"
alignas({1}_ARENA_ALIGNMENT) static unsigned char arena[{1}_ARENA_BYTES];
static_assert({1}_STATE_BYTES > 0, "");
int main() {{
  FILE* out = fopen("out", "wb");
  for (int reset = 0; reset < 2; ++reset) {{
    FILE* in = fopen("in", "rb");
    {0}_init(arena);
    while (fread({0}_input(arena, 0), 1, {1}_INPUT_0_BYTES, in) == {1}_INPUT_0_BYTES) {{
      {0}_invoke(arena);
      fwrite({0}_output(arena, 0), 1, {1}_OUTPUT_0_BYTES, out);
      if (reset) {0}_reset(arena);
    }}
    fclose(in);
  }}
  fclose(out);
}}
)",
                     name, prefix);
}

void expect_same_in_generated_code(const Plan& plan, const Batch& inputs) {
  const GeneratedModel code = generate(plan, {.name = "stateful", .labels = {}, .fingerprint = "test"});
  auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  for (const SourceFile& file : code.files) ASSERT_TRUE(write_text(folder->path() / file.path, file.content));
  ASSERT_TRUE(write_text(folder->path() / "main.cpp", driver(code.name)));
  ASSERT_TRUE(write_file(folder->path() / "in", inputs.bytes));
  const auto compiled = run_process({"g++", "-std=gnu++14", "-O1", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off",
                                     "-fno-exceptions", "-fno-rtti", "-I.", "main.cpp", "-o", "program"},
                                    folder->path(), std::chrono::minutes(4));
  ASSERT_TRUE(compiled);
  ASSERT_EQ(compiled->exit_code, 0) << compiled->err.substr(0, 4000);
  ASSERT_TRUE(run_process({(folder->path() / "program").string()}, folder->path(), std::chrono::minutes(1)));
  MOTE_ASSERT_ASSIGN(const Bytes actual, read_file(folder->path() / "out"));
  Interpreter interpreter(plan);
  Bytes expected = run_on_host(interpreter, inputs, StateUse::kKeep).bytes;
  const Bytes fresh = run_on_host(interpreter, inputs).bytes;
  expected.insert(expected.end(), fresh.begin(), fresh.end());
  EXPECT_EQ(actual, expected);
}

TEST(State, GeneratedCodeResetsToWhatItStartedWith) {
  MOTE_ASSERT_ASSIGN(const Plan counter, make_plan(testing::counter_graph()));
  expect_same_in_generated_code(counter, random_batch(counter, 4));
  for (const Graph& graph : samples::recurrent_graphs()) {
    if (graph.name != "lstm-batch-int8" && graph.name != "svdf-state16-int8") continue;
    SCOPED_TRACE(graph.name);
    MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(graph));
    expect_same_in_generated_code(plan, random_batch(plan, 4));
  }
}

/// The counter that the graph stands for, by hand.
TEST(State, AVariableCountsFromItsInitialContent) {
  MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(testing::counter_graph()));
  Interpreter interpreter(plan);
  const std::vector<float> input{1, 2, 3};
  for (const float inferences : {1.0f, 2.0f, 3.0f}) {
    std::memcpy(interpreter.input(0).data(), input.data(), sizeof(float) * 3);
    interpreter.invoke();
    std::vector<float> output(3);
    std::memcpy(output.data(), interpreter.output(0).data(), sizeof(float) * 3);
    EXPECT_THAT(output, ::testing::ElementsAre(10 + inferences, 20 + 2 * inferences, 30 + 3 * inferences));
  }
}

/// The goldens were made with other kernels: they may be a step off, and more where that goes on in a sequence.
void expect_near(const std::vector<uint8_t>& actual, const std::vector<uint8_t>& golden, const TensorType& type,
                 int64_t allowed) {
  ASSERT_EQ(actual.size(), golden.size());
  const auto number = [&](const std::vector<uint8_t>& bytes, size_t i) -> int64_t {
    if (type.dtype == DType::kInt8) return static_cast<int8_t>(bytes[i]);
    int32_t value;
    std::memcpy(&value, bytes.data() + 4 * i, sizeof value);
    return value;
  };
  const size_t elements = actual.size() / (type.dtype == DType::kInt8 ? 1 : 4);
  const int64_t steps = type.dtype == DType::kInt8 ? allowed : allowed * 256;
  for (size_t i = 0; i < elements; ++i) EXPECT_LE(std::abs(number(actual, i) - number(golden, i)), steps) << i;
}

class StatefulModels : public ::testing::TestWithParam<const char*> {};

TEST_P(StatefulModels, ComputeTheGoldensFromResetAndInSequence) {
  MOTE_SKIP_WITHOUT_SHARED();
  const auto read = testing::stateful_model(GetParam());
  ASSERT_TRUE(read) << read.error().text();
  const testing::StatefulModel& stateful = *read;
  ASSERT_GE(stateful.inputs.inferences, 6u);
  MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(stateful.model, DeployOptions{}));
  Interpreter interpreter(plan);
  const std::vector<uint8_t> fresh = run_on_host(interpreter, stateful.inputs).bytes;
  const std::vector<uint8_t> kept = run_on_host(interpreter, stateful.inputs, StateUse::kKeep).bytes;
  EXPECT_EQ(fresh == kept, stateful.fresh == stateful.sequence);
  expect_near(fresh, stateful.fresh, plan.outputs[0].type, 1);
  expect_near(kept, stateful.sequence, plan.outputs[0].type, 6);
  expect_same_in_generated_code(plan, stateful.inputs);
}

INSTANTIATE_TEST_SUITE_P(Shared, StatefulModels, ::testing::Values("mnist_lstm_int8", "keyword_scrambled_8bit"),
                         [](const auto& test_case) { return std::string(test_case.param); });

}  // namespace
}  // namespace mote
