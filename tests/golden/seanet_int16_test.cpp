/// The int16 models of single ops that came with the measuring data, against their authors' numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/files.h"
#include "formats/tflite_reader.h"
#include "interp/interpreter.h"
#include "test_support.h"

namespace mote {
namespace {

/// Integers between commas.
Result<std::vector<int64_t>> read_numbers(const std::filesystem::path& file) {
  MOTE_TRY_ASSIGN(const std::string content, read_text(file));
  std::istringstream stream(content);
  std::vector<int64_t> numbers;
  for (std::string number; std::getline(stream, number, ',');) numbers.push_back(std::stoll(number));
  return numbers;
}

/// The file beside the model whose name begins with `part` behind the model's own.
std::filesystem::path beside(const std::filesystem::path& model, const std::string& part) {
  for (const auto& entry : std::filesystem::directory_iterator(model.parent_path()))
    if (entry.path().filename().string().starts_with(model.stem().string() + part)) return entry.path();
  return {};
}

void put(const std::vector<int64_t>& numbers, size_t bytes, std::span<uint8_t> memory) {
  ASSERT_EQ(numbers.size() * bytes, memory.size());
  for (size_t i = 0; i < numbers.size(); ++i) std::memcpy(memory.data() + i * bytes, &numbers[i], bytes);
}

class Seanet : public ::testing::TestWithParam<std::string> {};

TEST_P(Seanet, EveryNumberIsTheAuthors) {
  MOTE_SKIP_WITHOUT_SHARED();
  const auto folder = testing::shared_path("data/models_tflm_seanet_int16/dev/" + GetParam());
  MOTE_ASSERT_ASSIGN(const auto models, list_files(folder, ".tflite"));
  EXPECT_FALSE(models.empty());
  for (const auto& path : models) {
    SCOPED_TRACE(path.stem().string());
    MOTE_ASSERT_ASSIGN(const Model model, load_model(path));
    MOTE_ASSERT_ASSIGN(Plan plan, make_plan(model.graph));
    Interpreter interpreter(std::move(plan));
    for (size_t i = 0; i < interpreter.plan().inputs.size(); ++i) {
      MOTE_ASSERT_ASSIGN(const auto numbers, read_numbers(beside(path, fmt::format("_input{}_", i))));
      put(numbers, static_cast<size_t>(bits(interpreter.plan().inputs[i].type.dtype)) / 8, interpreter.input(i));
    }
    interpreter.invoke();
    MOTE_ASSERT_ASSIGN(const auto expected, read_numbers(beside(path, "_golden_")));
    std::vector<uint8_t> bytes(interpreter.output(0).size());
    put(expected, static_cast<size_t>(bits(interpreter.plan().outputs[0].type.dtype)) / 8, bytes);
    EXPECT_TRUE(std::ranges::equal(interpreter.output(0), bytes));
  }
}

/// One folder an op.
INSTANTIATE_TEST_SUITE_P(Ops, Seanet,
                         ::testing::Values("add", "conv", "leaky_relu", "quantize", "sub", "transpose_conv"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace mote
