/// The models in this folder through Mote's reader, plan and interpreter: the bytes of TFLM's reference kernels.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "formats/tflite_reader.h"
#include "interp/interpreter.h"
#include "test_support.h"

namespace mote {
namespace {

std::vector<uint8_t> from_hexadecimal(const std::string& digits) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::vector<std::string> golden_names() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(testing::source_path("tests/golden")))
    if (entry.path().extension() == ".tflite") names.insert(entry.path().stem().string());
  return {names.begin(), names.end()};
}

/// Exceptions of docs/quantization-spec.md where Mote follows full LiteRT. E1: TFLM ignores the output's scale. Z7:
/// TFLM pads with a number that it never sets.
std::string reference_of(const std::string& name) {
  return name == "relu6_rescaled" || name == "space_to_batch" ? "litert" : "tflm";
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, SameBytesAsTheReference) {
  const auto path = testing::source_path("tests/golden/" + GetParam() + ".tflite");
  MOTE_ASSERT_ASSIGN(const Model model, load_model(path));
  MOTE_ASSERT_ASSIGN(Plan plan, make_plan(model.graph));
  Interpreter interpreter(std::move(plan));
  MOTE_ASSERT_ASSIGN(const std::string text, read_text(std::filesystem::path(path).replace_extension(".json")));
  const nlohmann::json runs = nlohmann::json::parse(text).at("runs");
  ASSERT_FALSE(runs.empty());
  for (const auto& run : runs) {
    for (size_t i = 0; i < run.at("inputs").size(); ++i) {
      const auto bytes = from_hexadecimal(run["inputs"][i]);
      ASSERT_EQ(interpreter.input(i).size(), bytes.size());
      std::memcpy(interpreter.input(i).data(), bytes.data(), bytes.size());
    }
    interpreter.invoke();
    const auto& outputs = run.at(reference_of(GetParam()));
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto computed = interpreter.output(i);
      EXPECT_EQ(std::vector<uint8_t>(computed.begin(), computed.end()), from_hexadecimal(outputs[i]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Golden, ::testing::ValuesIn(golden_names()), [](const auto& instance) {
  std::string word = instance.param;
  std::replace(word.begin(), word.end(), '.', '_');
  return word;
});

}  // namespace
}  // namespace mote
