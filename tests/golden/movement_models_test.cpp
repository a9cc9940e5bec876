/// Models of one op with the answers that came with them: pad and strided slice of a speech enhancement network in
/// int16, each equal in every element.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "formats/tflite_reader.h"
#include "interp/interpreter.h"
#include "test_support.h"

namespace mote {
namespace {

/// The numbers of a list with commas in between.
std::vector<int64_t> numbers_in(const std::string& text) {
  std::vector<int64_t> result;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find(',', at);
    if (end == std::string::npos) end = text.size();
    const std::string_view word = std::string_view(text).substr(at, end - at);
    if (word.find_first_of("0123456789") != std::string_view::npos) result.push_back(std::stoll(std::string(word)));
    at = end + 1;
  }
  return result;
}

/// NAME.tflite beside NAME_input0_int16.csv and NAME_golden_int16.csv.
void expect_exact(const std::filesystem::path& model_file) {
  SCOPED_TRACE(model_file.filename().string());
  const std::string stem = std::filesystem::path(model_file).replace_extension().string();
  MOTE_ASSERT_ASSIGN(const std::string input, read_text(stem + "_input0_int16.csv"));
  MOTE_ASSERT_ASSIGN(const std::string golden, read_text(stem + "_golden_int16.csv"));
  MOTE_ASSERT_ASSIGN(const Model model, load_model(model_file));
  MOTE_ASSERT_ASSIGN(Plan plan, make_plan(model.graph));
  Interpreter interpreter(std::move(plan));
  std::vector<int16_t> elements;
  for (const int64_t number : numbers_in(input)) elements.push_back(static_cast<int16_t>(number));
  ASSERT_EQ(interpreter.input(0).size(), elements.size() * sizeof(int16_t));
  std::memcpy(interpreter.input(0).data(), elements.data(), interpreter.input(0).size());
  interpreter.invoke();
  const auto bytes = interpreter.output(0);
  std::vector<int64_t> computed;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    int16_t element = 0;
    std::memcpy(&element, &bytes[i], sizeof(element));
    computed.push_back(element);
  }
  EXPECT_EQ(computed, numbers_in(golden));
}

TEST(MovementModels, PadAndStridedSliceOfSeanetAreExact) {
  MOTE_SKIP_WITHOUT_SHARED();
  size_t models = 0;
  for (const std::string_view op : {"pad", "strided_slice"}) {
    const auto folder = testing::shared_path(fmt::format("data/models_tflm_seanet_int16/dev/{}", op));
    MOTE_ASSERT_ASSIGN(const auto files, list_files(folder, ".tflite"));
    for (const auto& file : files) expect_exact(file);
    models += files.size();
  }
  EXPECT_GE(models, 36u);
}

}  // namespace
}  // namespace mote
