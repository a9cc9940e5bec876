/// Models, tensors and boards that are wrong.
#include <optional>

#include "cli_program.h"
#include "formats/tflite_generated.h"

namespace mote {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BadModels : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  ProcessOutput mote_here(const std::vector<std::string>& arguments) { return run_mote(arguments, folder_->path()); }
  void write(const std::string& name, const Bytes& content) {
    ASSERT_TRUE(write_file(folder_->path() / name, content));
  }

  std::optional<TemporaryFolder> folder_;
};

TEST_F(BadModels, TruncatedAtAnyLength) {
  MOTE_ASSERT_ASSIGN(const Bytes whole, read_file(workshop().activity_model));
  for (const size_t length : {size_t{0}, size_t{7}, size_t{8}, size_t{40}, whole.size() / 3, whole.size() / 2,
                              whole.size() - 100, whole.size() - 1}) {
    write("cut.tflite", Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)));
    for (const std::string verb : {"check", "run"}) {
      std::vector<std::string> words{verb, "cut.tflite"};
      if (verb == "run") words.insert(words.end(), {"--input", "x.bin"});
      const ProcessOutput output = mote_here(words);
      EXPECT_THAT(output, ExitsWith(1, AllOf(HasSubstr("cut.tflite: "),
                                             AnyOf(HasSubstr("damaged or cut short"), HasSubstr("no .tflite file")))))
          << verb << " of " << length << " bytes";
      EXPECT_THAT(output.out, IsEmpty());
    }
  }
}

TEST_F(BadModels, AnotherKindOfFile) {
  Bytes noise(3000);
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<uint8_t>((i * i + 7 * i) >> 3);
  write("noise.tflite", noise);
  for (const char* verb : {"check", "export", "measure", "verify"}) {
    std::vector<std::string> words{verb, "noise.tflite"};
    if (verb == std::string("export")) words.insert(words.end(), {"-o", "out"});
    if (verb[0] == 'm' || verb[0] == 'v') words.insert(words.end(), {"--board", "nano33ble"});
    EXPECT_THAT(mote_here(words), ExitsWith(1, HasSubstr("noise.tflite: this is no .tflite file"))) << verb;
  }
  EXPECT_THAT(files_below(folder_->path()), ::testing::ElementsAre("noise.tflite"));
}

TEST_F(BadModels, UnknownOpIsNamedWithTheWayOut) {
  MOTE_ASSERT_ASSIGN(Bytes bytes, read_file(source_path("tests/golden/softmax.tflite")));
  // The first operator becomes SCATTER_ND.
  const auto* code = tfl::GetModel(bytes.data())->operator_codes()->Get(0);
  auto* table = reinterpret_cast<flatbuffers::Table*>(const_cast<tfl::OperatorCode*>(code));
  ASSERT_TRUE(table->SetField<int8_t>(tfl::OperatorCode::VT_DEPRECATED_BUILTIN_CODE, 122, 0));
  write("scatter.tflite", bytes);
  const auto check = mote_here({"check", "scatter.tflite", "--json"});
  EXPECT_EQ(check.exit_code, 3) << check.err;
  const auto object = only_object(check);
  EXPECT_EQ(object["supported"], false);
  ASSERT_EQ(object["problems"].size(), 1u);
  EXPECT_EQ(object["problems"][0]["id"], "unsupported-op");
  EXPECT_EQ(object["problems"][0]["index"], 0);
  EXPECT_EQ(object["problems"][0]["op"], "builtin 122 'scatter_nd'");
  EXPECT_EQ(object["problems"][0]["reason"], "is not supported");
  EXPECT_THAT(object["problems"][0]["fix"].get<std::string>(), HasSubstr("replace it"));
  EXPECT_THAT(mote_here({"export", "scatter.tflite", "-o", "out"}),
              ExitsWith(1, AllOf(HasSubstr("scatter.tflite"), HasSubstr("scatter_nd"), HasSubstr("replace it"))));
  EXPECT_THAT(files_below(folder_->path() / "out"), IsEmpty());
}

TEST_F(BadModels, InputOfTheWrongSize) {
  write("three.bin", {1, 2, 3});
  const std::string model = workshop().activity_model.string();
  EXPECT_THAT(mote_here({"run", model, "--input", "three.bin", "--output", "out.bin"}),
              ExitsWith(1, AllOf(HasSubstr("three.bin: the file has 3 bytes"), HasSubstr("needs 600"))));
  EXPECT_THAT(mote_here({"run", model, "--input", "absent.bin", "--output", "out.bin"}),
              ExitsWith(1, HasSubstr("cannot read absent.bin")));
  EXPECT_THAT(files_below(folder_->path()), ::testing::ElementsAre("three.bin"));
}

/// The Nano, but with the memories of a much smaller chip.
std::string tiny_board(size_t flash, size_t ram) {
  auto text = read_text(source_path("src/boards/catalogue/nano33ble.toml"));
  EXPECT_TRUE(text);
  const auto set = [&](const std::string& key, size_t value) {
    const size_t at = text->find("{ value = ", text->find(key)) + 10;
    text->replace(at, text->find(',', at) - at, fmt::format("{}", value));
  };
  set("flash_bytes", flash);
  set("ram_bytes", ram);
  return *text;
}

TEST_F(BadModels, TooBigForTheBoard) {
  ASSERT_TRUE(write_text(folder_->path() / "tiny.toml", tiny_board(2048, 4096)));
  const std::string model = workshop().activity_model.string();
  const auto measured = mote_here({"measure", model, "--board", "tiny.toml", "--json"});
  EXPECT_THAT(measured, ExitsWith(3, AllOf(HasSubstr("does not fit"), HasSubstr("exceeds"), HasSubstr("smaller"))));
  EXPECT_EQ(only_object(measured)["error"]["code"], "does_not_fit");
  const auto checked = mote_here({"check", model, "--board", "tiny.toml"});
  EXPECT_EQ(checked.exit_code, 3);
  EXPECT_THAT(checked.out, HasSubstr("does not fit"));
}

TEST_F(BadModels, UnknownBoardsAndBoardFilesThatAreWrong) {
  const std::string model = workshop().sine_model.string();
  EXPECT_THAT(mote_here({"measure", model, "--board", "nano33bel"}),
              ExitsWith(1, AllOf(HasSubstr("nano33bel"), HasSubstr("nano33ble"))));
  ASSERT_TRUE(write_text(folder_->path() / "odd.toml", tiny_board(2048, 4096) + "\n[colour]\nred = 1\n"));
  EXPECT_THAT(mote_here({"measure", model, "--board", "odd.toml"}),
              ExitsWith(1, AllOf(HasSubstr("odd.toml:"), HasSubstr("unknown key 'colour'"))));
}

}  // namespace
}  // namespace mote
