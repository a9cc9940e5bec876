#include "pipeline/templates.h"

#include <cmath>
#include <optional>
#include <sstream>

#include "base/files.h"
#include "pipeline/project.h"
#include "test_support.h"

namespace mote {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

class NewProject : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make("templates");
    ASSERT_THAT(made, Succeeds());
    scratch_.emplace(std::move(*made));
  }
  fs::path folder(std::string_view name) const { return scratch_->path() / name; }

 private:
  std::optional<TemporaryFolder> scratch_;
};

class Templates : public NewProject, public ::testing::WithParamInterface<std::string_view> {};

TEST_P(Templates, IsAProjectThatLoads) {
  const fs::path dir = folder("made/by/new");
  ASSERT_THAT(new_project(dir, GetParam()), Succeeds());
  MOTE_ASSERT_ASSIGN(const Project project, load_project(dir / "mote.toml"));
  EXPECT_THAT(project.boards, ElementsAre("nano33ble"));
  MOTE_ASSERT_ASSIGN(const auto files, list_files(dir / "data", ".csv"));
  ASSERT_FALSE(files.empty());
  MOTE_ASSERT_ASSIGN(const std::string csv, read_text(files[0]));
  for (const auto& columns : {project.data.columns, project.data.targets})
    for (const std::string& column : columns)
      EXPECT_THAT("," + csv.substr(0, csv.find('\n')) + ",", HasSubstr("," + column + ","));
  MOTE_ASSERT_ASSIGN(const std::string readme, read_text(dir / "README.md"));
  EXPECT_THAT(readme, HasSubstr("mote build mote.toml"));
}

TEST_P(Templates, TheSameEveryTime) {
  ASSERT_THAT(new_project(folder("a"), GetParam()), Succeeds());
  ASSERT_THAT(new_project(folder("b"), GetParam()), Succeeds());
  MOTE_ASSERT_ASSIGN(const auto files, list_files(folder("a"), ""));
  ASSERT_GE(files.size(), 3u);
  for (const fs::path& file : files) {
    MOTE_ASSERT_ASSIGN(const Bytes a, read_file(file));
    MOTE_ASSERT_ASSIGN(const Bytes b, read_file(folder("b") / fs::relative(file, folder("a"))));
    EXPECT_EQ(a, b) << file;
  }
}

/// A classifier of the template ends in as many units as it has folders of recordings.
TEST_P(Templates, OneOutputPerClass) {
  ASSERT_THAT(new_project(folder("p"), GetParam()), Succeeds());
  MOTE_ASSERT_ASSIGN(const Project project, load_project(folder("p") / "mote.toml"));
  size_t outputs = project.data.targets.size();
  if (outputs == 0)
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder("p") / "data")) ++outputs;
  int32_t last = 0;
  for (const auto& layer : project.network.layers)
    if (name(layer.kind) == "dense") last = layer.units;
  EXPECT_EQ(static_cast<size_t>(last), outputs);
}

INSTANTIATE_TEST_SUITE_P(All, Templates, ::testing::ValuesIn(template_names()),
                         [](const auto& one) { return std::string(one.param); });

TEST_F(NewProject, AnUnknownOneListsThoseThereAre) {
  EXPECT_THAT(new_project(folder("p"), "cosine"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("no template \"cosine\"; there are activity, gesture, sine")));
  EXPECT_FALSE(fs::exists(folder("p")));
}

TEST_F(NewProject, WritesOnlyIntoFreeFolders) {
  fs::create_directories(folder("empty"));
  EXPECT_THAT(new_project(folder("empty"), "sine"), Succeeds());
  EXPECT_THAT(new_project(folder("empty"), "sine"),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("is not empty"), HasSubstr("a new one"))));
  ASSERT_THAT(write_text(folder("file"), "x"), Succeeds());
  EXPECT_THAT(new_project(folder("file"), "sine"), FailsWith(ErrorCode::kBadInput, HasSubstr("is a file")));
  EXPECT_THAT(new_project(folder("file") / "below", "sine"), FailsWith(ErrorCode::kIo, HasSubstr("below")));
  MOTE_ASSERT_ASSIGN(const std::string kept, read_text(folder("file")));
  EXPECT_EQ(kept, "x");
}

TEST_F(NewProject, TheSineIsASine) {
  ASSERT_THAT(new_project(folder("p"), "sine"), Succeeds());
  MOTE_ASSERT_ASSIGN(const std::string csv, read_text(folder("p") / "data" / "sine.csv"));
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "x,y");
  double n = 0, sum = 0, squares = 0, high = 0;
  while (std::getline(lines, line)) {
    double x = 0, y = 0;
    char comma = 0;
    ASSERT_TRUE(std::istringstream(line) >> x >> comma >> y) << line;
    const double noise = y - std::sin(x);
    EXPECT_LT(std::abs(noise), 0.3) << line;
    n += 1, sum += noise, squares += noise * noise, high = std::max(high, x);
  }
  EXPECT_EQ(n, 1000);
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(std::sqrt(squares / n), 0.05, 0.01);
  EXPECT_NEAR(high, 6.283, 0.02);
}

}  // namespace
}  // namespace mote
