/// Recordings and projects that are wrong: what the program says, where, what to do, and that nothing half is left.
#include <optional>

#include "cli_program.h"

namespace mote {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kProject = R"toml([data]
path = "data"
rate_hz = 10
columns = ["ax", "ay"]
label = "folder"
subject = { file = "^(p[0-9]+)" }

[window]
length = 4

[split]
by = "subject"
holdout = 0.3
validation = 0.3

[model]
layers = [{ type = "dense", units = 2 }, { type = "softmax" }]

[train]
epochs = 3
)toml";

/// A project of two labels and four subjects, good until a test spoils it.
class BadRecordings : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    write("mote.toml", kProject);
    for (int subject = 1; subject <= 4; ++subject)
      for (const char* label : {"shake", "tilt"})
        write(fmt::format("data/{}/p{}.csv", label, subject), recording(label));
  }
  static std::string recording(std::string_view label) {
    std::string text = "ax,ay\n";
    for (int row = 0; row < 12; ++row) text += fmt::format("{},{}\n", label == "shake" ? row % 2 : 0.1 * row, row % 3);
    return text;
  }
  void write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(write_text(folder_->path() / name, content));
  }
  void remove(const std::string& name) { std::filesystem::remove_all(folder_->path() / name); }
  void replace(const std::string& what, const std::string& with) {
    std::string text = kProject;
    const size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos);
    write("mote.toml", text.replace(at, what.size(), with));
  }
  ProcessOutput train() { return run_mote({"train", "mote.toml", "-o", "out/model.tflite"}, folder_->path()); }
  /// Training fails with this and leaves no file behind.
  template <class Matcher>
  void expect_refused(const Matcher& says) {
    const ProcessOutput output = train();
    EXPECT_THAT(output, ExitsWith(1, says));
    EXPECT_THAT(output.out, IsEmpty());
    EXPECT_THAT(files_below(folder_->path() / "out"), IsEmpty());
  }

  std::optional<TemporaryFolder> folder_;
};

TEST_F(BadRecordings, GoodOnesTrain) {
  EXPECT_EQ(train().exit_code, 0) << train().err;
  EXPECT_THAT(files_below(folder_->path() / "out"), ::testing::ElementsAre("model.tflite", "model.train.json"));
}

TEST_F(BadRecordings, MissingColumn) {
  write("data/tilt/p2.csv", "ax,az\n1,2\n3,4\n");
  expect_refused(AllOf(HasSubstr("data/tilt/p2.csv:1:1"), HasSubstr("there is no column \"ay\""),
                       HasSubstr("did you mean"), HasSubstr("the columns are ax, az")));
}

TEST_F(BadRecordings, RaggedRow) {
  write("data/tilt/p2.csv", "ax,ay\n1,2\n3\n4,5\n");
  expect_refused(AllOf(HasSubstr("data/tilt/p2.csv:3:"), HasSubstr("the row has 1 cells, the header has 2"),
                       HasSubstr("repair or remove the row")));
}

TEST_F(BadRecordings, TextWhereANumberBelongs) {
  write("data/tilt/p2.csv", "ax,ay\n1,2\n3,four\n");
  expect_refused(AllOf(HasSubstr("data/tilt/p2.csv:3:3"), HasSubstr("column \"ay\" holds \"four\""),
                       HasSubstr("correct the cell or remove the row")));
}

TEST_F(BadRecordings, NotANumber) {
  write("data/tilt/p2.csv", "ax,ay\n1,2\nnan,4\n");
  expect_refused(
      AllOf(HasSubstr("data/tilt/p2.csv:3:1"), HasSubstr("column \"ax\" holds nan"), HasSubstr("correct the cell")));
}

TEST_F(BadRecordings, LabelSeenOnce) {
  write("data/wave/p1.csv", recording("tilt"));
  expect_refused(AllOf(HasSubstr("data/wave/p1.csv"), HasSubstr("\"wave\" is seen once only"),
                       HasSubstr("record it again"), HasSubstr("ignore_labels")));
}

TEST_F(BadRecordings, OneSubjectUnlessSplitByRows) {
  for (const char* label : {"shake", "tilt"})
    for (const int subject : {2, 3, 4}) remove(fmt::format("data/{}/p{}.csv", label, subject));
  expect_refused(AllOf(HasSubstr("one subject (\"p1\")"), HasSubstr("record a second person"), HasSubstr("\"rows\"")));
  replace("by = \"subject\"", "by = \"rows\"");
  EXPECT_THAT(train(), ExitsWith(0, HasSubstr("warning: split by rows")));
}

TEST_F(BadRecordings, EmptyFolder) {
  remove("data");
  expect_refused(AllOf(HasSubstr("data does not exist"), HasSubstr("[data] path")));
  std::filesystem::create_directories(folder_->path() / "data");
  expect_refused(AllOf(HasSubstr("data holds no .csv files"), HasSubstr("record some data")));
}

TEST_F(BadRecordings, UnknownSectionsAndKeysNameTheNearest) {
  replace("[train]", "[trian]");
  expect_refused(
      AllOf(HasSubstr("mote.toml:19:1"), HasSubstr("no section [trian]"), HasSubstr("did you mean [train]?")));
  replace("epochs = 3", "epoks = 3");
  expect_refused(AllOf(HasSubstr("mote.toml:20:"), HasSubstr("no key \"epoks\""), HasSubstr("epochs")));
  replace("epochs = 3", "epochs = ");
  expect_refused(HasSubstr("mote.toml:20:"));
}

TEST_F(BadRecordings, LabelsThatAreNoUtf8StayJson) {
  std::error_code ec;
  std::filesystem::rename(folder_->path() / "data/tilt", folder_->path() / "data/t\xFFlt", ec);
  if (ec) GTEST_SKIP() << "this file system takes only UTF-8 names: " << ec.message();
  const auto output = run_mote({"build", "mote.toml", "-o", "out", "--no-board", "--json"}, folder_->path());
  ASSERT_EQ(output.exit_code, 0) << output.err;
  only_object(output);
  MOTE_ASSERT_ASSIGN(const std::string record, read_text(folder_->path() / "out/record.json"));
  EXPECT_FALSE(nlohmann::json::parse(record, nullptr, false).is_discarded());
}

TEST(BadProject, NewRefusesAFullFolderAndUnknownTemplates) {
  auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_text(folder->path() / "mine/notes.txt", "keep"));
  EXPECT_THAT(run_mote({"new", "mine"}, folder->path()), ExitsWith(1, HasSubstr("mine is not empty")));
  EXPECT_THAT(run_mote({"new", "x", "--template", "robot"}, folder->path()),
              ExitsWith(1, AllOf(HasSubstr("no template \"robot\""), HasSubstr("sine"))));
  EXPECT_THAT(files_below(folder->path()), ::testing::ElementsAre("mine/notes.txt"));
}

}  // namespace
}  // namespace mote
