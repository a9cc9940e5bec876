#include "data/recording.h"

#include <gmock/gmock.h>

#include "data/names.h"
#include "data/resample.h"
#include "data/test_files.h"

namespace mote {
namespace {

using test::Collected;
using test::DataFolder;
using test::error_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

DataConfig config_of(const char* toml) {
  const auto config = test::parse<DataConfig>(&data_config, toml);
  EXPECT_TRUE(config) << error_text(config);
  return config.value_or(DataConfig{});
}

TEST(Recording, TakesTheLabelUpToTheFirstDotByDefault) {
  DataFolder folder;
  folder.write("wave.1.csv", "ax,ay\n1,2\n3,4\n");
  folder.write("idle.2.csv", "ax,ay\n5,6\n");
  const auto set = load_recordings_in(config_of("rate_hz = 10"), folder.path());
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_THAT(set->channels, ElementsAre("ax", "ay"));
  EXPECT_THAT(set->classes, ElementsAre("idle", "wave"));
  EXPECT_THAT(set->subjects, ElementsAre("all"));
  ASSERT_THAT(set->recordings, SizeIs(2));
  EXPECT_THAT(set->recordings[1].samples, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(set->recordings[1].labels, ElementsAre(1, 1));
  EXPECT_EQ(set->rate_hz, 10);
}

TEST(Recording, TakesNamesFromFolderPathAndColumns) {
  DataFolder folder;
  folder.write("data/ann/wave/1.csv", "t,ax,note,who\n0,1,x,b\n1,2,y,b\n2,9,y,a\n");
  const auto by_folder = load_recordings(
      config_of("label = \"folder\"\nsubject = { folder = 2 }\ntime = \"t\"\ncolumns = [\"ax\"]"), folder.path());
  ASSERT_TRUE(by_folder) << by_folder.error().text();
  EXPECT_THAT(by_folder->classes, ElementsAre("wave"));
  EXPECT_THAT(by_folder->subjects, ElementsAre("ann"));
  const auto by_path =
      load_recordings(config_of("label = \"folder\"\nsubject = { path = \"^([^/]+)/\" }"), folder.path());
  ASSERT_TRUE(by_path) << by_path.error().text();
  EXPECT_THAT(by_path->subjects, ElementsAre("ann"));
  EXPECT_THAT(by_path->channels, ElementsAre("t", "ax"));
  const auto by_column = load_recordings(
      config_of("label = { column = \"note\" }\nsubject = { column = \"who\" }\ntime = \"t\""), folder.path());
  ASSERT_TRUE(by_column) << by_column.error().text();
  EXPECT_THAT(by_column->classes, ElementsAre("x", "y"));
  EXPECT_THAT(by_column->subjects, ElementsAre("a", "b"));
  ASSERT_THAT(by_column->recordings, SizeIs(2)) << "a new subject starts a new recording";
  EXPECT_THAT(by_column->recordings[0].labels, ElementsAre(0, 1));
  EXPECT_EQ(by_column->recordings[0].subject, 1);
  EXPECT_THAT(by_column->channels, ElementsAre("ax"));
}

TEST(Recording, SaysWhatIsWrongWithTheFolder) {
  DataFolder folder;
  EXPECT_EQ(error_text(load_recordings_in({}, folder.path())),
            folder.path().string() + " holds no .csv files; record some data or correct [data] path");
  EXPECT_THAT(error_text(load_recordings({}, folder.path())), HasSubstr("data does not exist; correct [data] path"));
}

TEST(Recording, SaysWhatIsWrongWithAFile) {
  DataFolder folder;
  folder.write("a.1.csv", "t,ax,ay\n0,1,2\n5,1,2\n4,1,2\n");
  const std::string file = (folder.path() / "a.1.csv").string();
  const auto error = [&](const char* toml) { return error_text(load_recordings_in(config_of(toml), folder.path())); };
  EXPECT_EQ(error("columns = [\"ax\", \"az\"]"),
            file + ":1:1: there is no column \"az\"; did you mean \"ax\"? the columns are t, ax, ay");
  EXPECT_THAT(error("time = \"t\""),
              HasSubstr(file + ":4:1: time runs backwards here (4 after 5); sort the rows or set"));
  EXPECT_THAT(error("subject = { file = \"^(s[0-9]+)\" }"),
              HasSubstr("the subject pattern \"^(s[0-9]+)\" finds no name in"));
  EXPECT_THAT(error("classes = [\"aa\", \"b\"]"),
              HasSubstr("the label \"a\" is not in [data] classes; did you mean \"aa\"?"));
  EXPECT_THAT(error("ignore_labels = [\"a\"]"), HasSubstr("nothing is left to learn"));
  folder.write("b.1.csv", "t,ax\n0,1\n");
  EXPECT_THAT(error(""), HasSubstr("b.1.csv:1:1: there is no column \"ay\""));
}

TEST(Recording, SortsTimesOnRequestWithAWarning) {
  DataFolder folder;
  folder.write("a.1.csv", "t,ax\n0,1\n200,3\n100,2\n");
  Collected collected;
  const auto set = load_recordings_in(config_of("time = \"t\"\ntime_unit = \"ms\"\nsort_times = true"), folder.path(),
                                      collected.log);
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_THAT(set->recordings[0].samples, ElementsAre(1, 2, 3));
  EXPECT_THAT(set->recordings[0].times, ElementsAre(0, 0.1, 0.2));
  EXPECT_THAT(collected.warnings,
              ElementsAre(HasSubstr("a.1.csv:4:1: time runs backwards here; the rows were sorted")));
}

TEST(Recording, ReadsTargetsForRegression) {
  DataFolder folder;
  folder.write("sine.csv", "x,y\n0,0\n1,0.84\n");
  const auto set = load_recordings_in(config_of("targets = [\"y\"]"), folder.path());
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_THAT(set->channels, ElementsAre("x"));
  EXPECT_THAT(set->recordings[0].targets, ElementsAre(0, 0.84f));
  EXPECT_TRUE(set->recordings[0].labels.empty());
}

RecordingSet one_recording(std::vector<double> times, std::vector<float> samples, std::vector<int> labels) {
  RecordingSet set;
  set.channels = {"a"};
  set.classes = {"p", "q"};
  set.subjects = {"s"};
  Recording r;
  r.times = std::move(times);
  r.samples = std::move(samples);
  r.labels = std::move(labels);
  set.recordings = {r};
  return set;
}

TEST(Resample, InterpolatesJitterAndAveragesDuplicates) {
  const auto even = resample(one_recording({0, 0.15, 0.15, 0.4}, {0, 2, 4, 8}, {0, 0, 1, 1}),
                             config_of("time = \"t\"\nrate_hz = 10"));
  ASSERT_TRUE(even) << even.error().text();
  ASSERT_THAT(even->recordings, SizeIs(1));
  // Straight lines 0 -> 3 over 0.15 s, then 3 -> 8 over 0.25 s.
  EXPECT_THAT(even->recordings[0].samples, ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(even->recordings[0].labels, ElementsAre(0, 0, 0, 1, 1));
  EXPECT_EQ(even->rate_hz, 10);
}

TEST(Resample, CutsAtLongPauses) {
  const auto even = resample(one_recording({0, 0.1, 5, 5.1, 5.2}, {1, 2, 3, 4, 5}, {0, 0, 1, 1, 1}),
                             config_of("time = \"t\"\nrate_hz = 10"));
  ASSERT_TRUE(even) << even.error().text();
  ASSERT_THAT(even->recordings, SizeIs(2));
  EXPECT_THAT(even->recordings[0].samples, ElementsAre(1, 2));
  EXPECT_THAT(even->recordings[1].samples, SizeIs(3));
}

TEST(Resample, KeepsRecordedRateAndChangesDeclaredOne) {
  const auto kept = resample(one_recording({0, 0.1, 0.2}, {1, 2, 3}, {0, 0, 0}), config_of("time = \"t\""));
  ASSERT_TRUE(kept);
  EXPECT_NEAR(kept->rate_hz, 10, 1e-9);
  EXPECT_THAT(kept->recordings[0].samples, ElementsAre(1, 2, 3));
  RecordingSet untimed = one_recording({}, {0, 1, 2, 3, 4}, {0, 0, 0, 0, 0});
  untimed.recordings[0].rate_hz = 20;
  const auto halved = resample(untimed, config_of("source_rate_hz = 20\nrate_hz = 10"));
  ASSERT_TRUE(halved);
  EXPECT_THAT(halved->recordings[0].samples, ElementsAre(0, 2, 4));
}

TEST(Resample, StretchesToALength) {
  EXPECT_THAT(stretch(std::vector<float>{0, 10, 2, 20}, 2, 3), ElementsAre(0, 10, 1, 15, 2, 20));
  EXPECT_THAT(stretch(std::vector<float>{7}, 1, 3), ElementsAre(7, 7, 7));
  EXPECT_THAT(stretch(std::vector<float>{0, 1, 2, 3, 4}, 1, 3), ElementsAre(0, 2, 4));
}

}  // namespace
}  // namespace mote
