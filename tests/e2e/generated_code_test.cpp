/// The interpreter and the generated C++ compute the same bytes: every example of every op, compiled by the host's
/// compiler as C++14 without a library, with and without optimisation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"
#include "case_graph.h"
#include "codegen/generate.h"
#include "interp/interpreter.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr int kInferences = 3;

/// One model on both sides: its inputs, and the outputs of the interpreter.
struct Compared {
  std::string op;
  GeneratedModel code;
  std::vector<uint8_t> inputs, outputs;
};

Compared interpret(const testing::CaseGraph& example) {
  auto plan = make_plan(example.graph);
  EXPECT_TRUE(plan) << example.name << ": " << plan.error().text();
  if (!plan) return {};
  Compared result{std::string(name(example.graph.nodes.back().op)),
                  generate(*plan, {.name = example.name, .labels = {}, .fingerprint = "test"}),
                  {},
                  {}};
  Interpreter interpreter(std::move(*plan));
  Rng rng(5);
  for (int n = 0; n < kInferences; ++n) {
    for (size_t i = 0; i < interpreter.plan().inputs.size(); ++i) {
      const TensorType& type = interpreter.plan().inputs[i].type;
      const Tensor random = samples::random_input(type, example.inputs[i], rng);
      std::copy(random.data.begin(), random.data.end(), interpreter.input(i).begin());
      result.inputs.insert(result.inputs.end(), random.data.begin(), random.data.end());
    }
    interpreter.invoke();
    for (size_t i = 0; i < interpreter.plan().outputs.size(); ++i)
      result.outputs.insert(result.outputs.end(), interpreter.output(i).begin(), interpreter.output(i).end());
  }
  return result;
}

/// A program that reads all inputs of all models from "in" and writes all outputs to "out".
std::string driver(const std::vector<Compared>& models) {
  std::string text = "#include <cstdio>\n";
  for (const Compared& m : models) text += fmt::format("#include \"{}.cpp\"\n", m.code.name);
  text += R"(
template <class Init, class In, class Invoke, class Out>
void run(FILE* in, FILE* out, unsigned char* arena, Init init, In input, Invoke invoke, Out output, const size_t* in_bytes,
         int inputs, const size_t* out_bytes, int outputs) {
  init(arena);
  for (int n = 0; n < 3; ++n) {
    for (int i = 0; i < inputs; ++i)
      if (fread(input(arena, i), 1, in_bytes[i], in) != in_bytes[i]) printf("short input\n");
    invoke(arena);
    for (int i = 0; i < outputs; ++i) fwrite(output(arena, i), 1, out_bytes[i], out);
  }
}
alignas(16) static unsigned char arena[1 << 20];
int main() {
  FILE* in = fopen("in", "rb");
  FILE* out = fopen("out", "wb");
)";
  for (const Compared& m : models) {
    std::string prefix = m.code.name;
    for (char& c : prefix) c = static_cast<char>(std::toupper(c));
    std::string sizes_in, sizes_out;
    for (int i = 0; m.code.files[0].content.find(fmt::format("{}_INPUT_{}_BYTES", prefix, i)) != std::string::npos; ++i)
      sizes_in += fmt::format("{}_INPUT_{}_BYTES, ", prefix, i);
    for (int i = 0; m.code.files[0].content.find(fmt::format("{}_OUTPUT_{}_BYTES", prefix, i)) != std::string::npos;
         ++i)
      sizes_out += fmt::format("{}_OUTPUT_{}_BYTES, ", prefix, i);
    text += fmt::format(
        "  {{ const size_t in_bytes[] = {{ {2} }}, out_bytes[] = {{ {3} }};\n"
        "    run(in, out, arena, {0}_init, {0}_input, {0}_invoke, {0}_output, in_bytes, {1}_INPUT_COUNT, out_bytes, "
        "{1}_OUTPUT_COUNT); }}\n",
        m.code.name, prefix, sizes_in, sizes_out);
  }
  return text + "  fclose(out);\n}\n";
}

class GeneratedCode : public ::testing::TestWithParam<const char*> {};

TEST_P(GeneratedCode, ComputesTheInterpretersBytes) {
  std::vector<Compared> models;
  for (const testing::CaseGraph& example : testing::all_case_graphs()) models.push_back(interpret(example));
  ASSERT_GE(models.size(), 10u);
  auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  std::vector<uint8_t> inputs, expected;
  for (const Compared& m : models) {
    for (const SourceFile& file : m.code.files) ASSERT_TRUE(write_text(folder->path() / file.path, file.content));
    inputs.insert(inputs.end(), m.inputs.begin(), m.inputs.end());
    expected.insert(expected.end(), m.outputs.begin(), m.outputs.end());
  }
  ASSERT_TRUE(write_text(folder->path() / "main.cpp", driver(models)));
  ASSERT_TRUE(write_file(folder->path() / "in", inputs));
  const auto compiled =
      run_process({"g++", "-std=gnu++14", GetParam(), "-Wall", "-Wextra", "-Werror", "-ffp-contract=off",
                   "-fno-exceptions", "-fno-rtti", "-I.", "main.cpp", "-o", "program"},
                  folder->path(), std::chrono::minutes(4));
  ASSERT_TRUE(compiled);
  ASSERT_EQ(compiled->exit_code, 0) << compiled->err.substr(0, 4000);
  const auto ran = run_process({(folder->path() / "program").string()}, folder->path(), std::chrono::minutes(1));
  ASSERT_TRUE(ran);
  ASSERT_EQ(ran->exit_code, 0) << ran->out;
  const auto actual = read_file(folder->path() / "out");
  ASSERT_TRUE(actual);
  ASSERT_EQ(actual->size(), expected.size());
  size_t at = 0;
  for (const Compared& m : models) {
    const auto begin = actual->begin() + static_cast<ptrdiff_t>(at);
    EXPECT_TRUE(std::equal(m.outputs.begin(), m.outputs.end(), begin)) << m.code.name;
    testing::note_passed(m.op, "code");
    at += m.outputs.size();
  }
}

INSTANTIATE_TEST_SUITE_P(Optimisation, GeneratedCode, ::testing::Values("-O0", "-O2"));

}  // namespace
}  // namespace mote
