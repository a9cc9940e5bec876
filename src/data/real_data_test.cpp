// Recordings of people: those in the repository, and the shared measuring data where it stands beside it.
#include <gmock/gmock.h>

#include <set>

#include "data/dataset.h"
#include "data/split.h"
#include "data/synth.h"
#include "data/test_files.h"
#include "test_support.h"

namespace mote {
namespace {

namespace fs = std::filesystem;
using test::error_text;
using test::parse;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;

const fs::path kSource = MOTE_SOURCE_DIR;
const fs::path kShared = testing::shared_path("data");

std::vector<size_t> windows_per_class(const Dataset& d) {
  std::vector<size_t> counts(d.classes.size());
  for (const int label : d.labels) ++counts[static_cast<size_t>(label)];
  return counts;
}

Dataset load(const fs::path& folder, const char* data, const char* window) {
  const auto d = parse<DataConfig>(&data_config, data);
  const auto w = parse<WindowConfig>(&window_config, window);
  EXPECT_TRUE(d && w) << error_text(d) << "; " << error_text(w);
  if (!d || !w) return {};
  const auto loaded = load_dataset_in(*d, *w, folder);
  EXPECT_TRUE(loaded) << error_text(loaded);
  return loaded.value_or(Dataset{});
}

std::vector<Split> splits(const Dataset& d, const char* toml) {
  const auto config = parse<SplitConfig>(&split_config, toml);
  EXPECT_TRUE(config) << error_text(config);
  const auto made = make_splits(d, config.value_or(SplitConfig{}));
  EXPECT_TRUE(made) << error_text(made);
  return made.value_or(std::vector<Split>{});
}

TEST(RealData, ShoulderExampleLoadsByItsProjectFile) {
  const fs::path example = kSource / "examples" / "shoulder";
  const auto project = read_toml(example / "mote.toml");
  ASSERT_TRUE(project) << error_text(project);
  const auto section = [&](const char* name) -> const toml::table& { return *(*project)[name].as_table(); };
  const auto data = data_config(section("data"), "mote.toml");
  const auto window = window_config(section("window"), "mote.toml");
  const auto split = split_config(section("split"), "mote.toml");
  const auto augment = augment_config(section("augment"), "mote.toml");
  ASSERT_TRUE(data && window && split && augment)
      << error_text(data) << error_text(window) << error_text(split) << error_text(augment);
  const auto d = load_dataset(*data, *window, example);
  ASSERT_TRUE(d) << error_text(d);
  EXPECT_EQ(d->recordings.size(), 140u);
  EXPECT_EQ(d->channels, 6u);
  EXPECT_EQ(d->subjects.size(), 10u);
  EXPECT_THAT(d->classes, ElementsAre("abduction", "external_rotation", "forward_elevation", "internal_rotation",
                                      "pendulum", "trapezius_extension", "upright_row"));
  EXPECT_THAT(windows_per_class(*d), Each(Gt(200u)));
  const auto made = make_splits(*d, *split);
  ASSERT_TRUE(made) << error_text(made);
}

TEST(RealData, ActivityOfFifteenSubjects) {
  MOTE_SKIP_WITHOUT_SHARED();
  const Dataset d = load(kShared / "imu_activity_spsw" / "dev",
                         "rate_hz = 50\ntime = \"timestamp\"\ntime_unit = \"ms\"\nlabel = { column = \"label\" }\n"
                         "subject = { file = \"^(s[0-9]+)_\" }",
                         "length_s = 1\nhop_s = 0.5");
  EXPECT_THAT(d.channel_names, ElementsAre("x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro"));
  EXPECT_EQ(d.subjects.size(), 15u);
  EXPECT_EQ(d.length, 50u);
  EXPECT_THAT(d.classes, ElementsAre("SEATED", "SITTING_DOWN", "STANDING_UP", "TURNING", "WALKING"));
  EXPECT_THAT(windows_per_class(d), Each(Gt(100u)));
  const auto folds = splits(d, "rule = \"modulo\"\nfolds = 5");
  ASSERT_EQ(folds.size(), 5u);
  std::set<std::string> tested;
  for (const size_t i : folds[1].test) tested.insert(d.subjects[static_cast<size_t>(d.subject_ids[i])]);
  EXPECT_THAT(tested, ElementsAre("s02", "s07", "s12"));
}

TEST(RealData, MagicWandInTwoGroups) {
  MOTE_SKIP_WITHOUT_SHARED();
  const Dataset d = load(kShared / "gesture_magicwand_tf" / "dev",
                         "rate_hz = 25\nlabel = \"folder\"\nsubject = { file = \"^(.+)_[0-9]+[.]csv$\" }",
                         "length = 96\nhop = 48\nshort = \"center\"");
  EXPECT_THAT(d.classes, ElementsAre("negative", "ring", "slope", "wing"));
  EXPECT_THAT(d.subjects, ElementsAre("1", "2", "3", "4", "ccw_1", "dengyl", "hyw"));
  EXPECT_EQ(d.recordings.size(), 222u);
  const auto counts = windows_per_class(d);
  EXPECT_THAT(std::vector<size_t>(counts.begin() + 1, counts.end()), ElementsAre(61, 62, 60));
  // 35 short negatives make one window each; those of 895, 1903, 2010 and 2225 rows make 17, 38, 40 and 45.
  EXPECT_EQ(counts[0], 175u);
  const auto folds = splits(d, "groups = [[\"hyw\", \"ccw_1\"], [\"dengyl\", \"1\", \"2\", \"3\", \"4\"]]");
  ASSERT_EQ(folds.size(), 2u);
  EXPECT_EQ(folds[0].test.size(), 120u + 35u);
}

TEST(RealData, WandSpellsInFiveStratifiedFolds) {
  MOTE_SKIP_WITHOUT_SHARED();
  const Dataset d = load(kShared / "gesture_wand_spells" / "dev", "rate_hz = 119\nlabel = \"folder\"", "length = 119");
  EXPECT_THAT(windows_per_class(d), ElementsAre(19, 18, 23, 19, 21));
  for (const Split& s : splits(d, "by = \"recording\"\nfolds = 5")) {
    EXPECT_EQ(s.test.size(), 20u);
    std::set<int> classes;
    for (const size_t i : s.test) classes.insert(d.labels[i]);
    EXPECT_EQ(classes.size(), 5u);
  }
}

TEST(Synth, WritesGesturesThatLoad) {
  const test::DataFolder folder;
  const SynthConfig config{.subjects = 3, .recordings = 2, .seconds = 1};
  const auto written = write_synth(config, folder.path());
  ASSERT_TRUE(written) << error_text(written);
  EXPECT_EQ(*written, 6u * 3 * 2);
  const Dataset d = load(folder.path(),
                         "rate_hz = 50\ntime = \"time_ms\"\ntime_unit = \"ms\"\nlabel = \"folder\"\n"
                         "subject = { file = \"^(p[0-9]+)_\" }",
                         "length_s = 0.9");
  EXPECT_EQ(d.size(), 36u);
  EXPECT_EQ(d.subjects.size(), 3u);
  EXPECT_EQ(d.channels, 6u);
  double shake = 0, idle = 0;  // energy of the rate of turn around z
  for (size_t i = 0; i < d.size(); ++i)
    for (size_t t = 0; t < d.length; ++t) {
      const double gz = static_cast<double>(d.window(i)[t * 6 + 5]);
      const std::string& gesture = d.classes[static_cast<size_t>(d.labels[i])];
      if (gesture == "shake") shake += gz * gz;
      if (gesture == "idle") idle += gz * gz;
    }
  EXPECT_GT(shake, 5 * idle);
}

TEST(Synth, FollowsItsSeedAndRefusesUnknownGestures) {
  SynthConfig config;
  const std::string one = synth_recording(config, "wave", 0, 0).value();
  EXPECT_EQ(one, synth_recording(config, "wave", 0, 0).value());
  EXPECT_NE(one, synth_recording(config, "wave", 0, 1).value());
  EXPECT_NE(one, synth_recording(config, "wave", 1, 0).value());
  config.seed = 2;
  EXPECT_NE(one, synth_recording(config, "wave", 0, 0).value());
  EXPECT_THAT(error_text(synth_recording(config, "jump", 0, 0)), HasSubstr("choose among idle, shake, tap"));
}

}  // namespace
}  // namespace mote
