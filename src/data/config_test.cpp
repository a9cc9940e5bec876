#include "data/config.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace mote {
namespace {

using test::error_text;
using test::parse;
using ::testing::HasSubstr;

TEST(Config, ReadsEveryKeyOfData) {
  const auto c = parse<DataConfig>(&data_config, R"(
path = ["a", "b"]
rate_hz = 50
time = "timestamp"
time_unit = "ms"
max_gap_s = 0.5
sort_times = true
columns = ["ax", "ay"]
label = { column = "label" }
subject = { file = "^(s[0-9]+)_" }
classes = ["x", "y"]
ignore_labels = ["z"]
source_rate_hz = 100
format = "csv"
)");
  ASSERT_TRUE(c) << c.error().text();
  EXPECT_EQ(c->paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(c->rate_hz, 50);
  EXPECT_EQ(c->time_unit, "ms");
  EXPECT_EQ(c->label.from, NameRule::From::kColumn);
  EXPECT_EQ(c->label.column, "label");
  EXPECT_EQ(c->subject.from, NameRule::From::kFile);
  EXPECT_EQ(c->subject.pattern, "^(s[0-9]+)_");
  EXPECT_TRUE(c->sort_times);
  const auto back = data_config(nlohmann::json::parse(to_json(*c).dump()), "metadata");
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, *c);
}

TEST(Config, EverySectionSurvivesJson) {
  const auto w = parse<WindowConfig>(&window_config,
                                     "length_s = 2\nhop = 10\nlabel = \"strict\"\nshort = \"center\"\npad = \"zero\"\n"
                                     "mode = \"whole\"\nfit = \"resample\"");
  ASSERT_TRUE(w) << w.error().text();
  EXPECT_EQ(window_config(to_json(*w), "m").value(), *w);
  const auto a = parse<AugmentConfig>(&augment_config,
                                      "noise = 0.1\nrotation_deg = { strength = 15, probability = 0.5 }\n"
                                      "axes = [[\"a\", \"b\", \"c\"]]");
  ASSERT_TRUE(a) << a.error().text();
  EXPECT_EQ(a->rotation_deg.probability, 0.5);
  EXPECT_EQ(a->noise, (AugmentStep{0.1, 1}));
  EXPECT_EQ(augment_config(to_json(*a), "m").value(), *a);
  const auto s = parse<SplitConfig>(&split_config, "groups = [[\"hyw\", \"ccw_1\"], [\"dengyl\"]]\nseed = 9");
  ASSERT_TRUE(s) << s.error().text();
  EXPECT_EQ(s->rule, SplitConfig::Rule::kGroups);
  EXPECT_EQ(s->folds, 2u);
  EXPECT_EQ(split_config(to_json(*s), "m").value(), *s);
  EXPECT_EQ(data_config(to_json(DataConfig{}), "m").value(), DataConfig{});
}

TEST(Config, NamesTheNearestKeyAndThePlace) {
  EXPECT_EQ(error_text(parse<DataConfig>(&data_config, "path = \"d\"\nrate_hx = 50")),
            "mote.toml:2:1: [data] has no key \"rate_hx\"; did you mean \"rate_hz\"?");
  EXPECT_THAT(error_text(parse<SplitConfig>(&split_config, "zzzzzzzz = 1")), HasSubstr("known keys: by, rule, folds"));
  EXPECT_EQ(error_text(parse<AugmentConfig>(&augment_config, "noise = { strenght = 1 }")),
            "mote.toml:1:11: [augment.noise] has no key \"strenght\"; did you mean \"strength\"?");
}

TEST(Config, RefusesWrongValuesWithTheirPlace) {
  const auto data = [](const char* text) { return error_text(parse<DataConfig>(&data_config, text)); };
  EXPECT_EQ(data("rate_hz = \"fast\""), "mote.toml:1:11: [data] rate_hz must be a number");
  EXPECT_EQ(data("rate_hz = -1"), "mote.toml:1:11: [data] rate_hz = -1 must be from 0 to 10000000");
  EXPECT_THAT(data("label = \"folders\""), HasSubstr("mote.toml:1:9: [data] label must be \"none\", \"folder\""));
  EXPECT_THAT(data("label = { file = \"^s[0-9]+\" }"), HasSubstr("needs a group in parentheses"));
  EXPECT_THAT(data("label = { file = \"((\" }"), HasSubstr("is no regular expression"));
  EXPECT_THAT(data("time_unit = \"h\""), HasSubstr("must be one of \"s\", \"ms\", \"us\", \"ns\""));
  EXPECT_THAT(data("format = \"wav\""), HasSubstr("is not read yet; use \"csv\""));
  EXPECT_THAT(data("targets = [\"y\"]\nlabel = \"folder\""), HasSubstr("label and targets exclude each other"));
  EXPECT_THAT(data("path = "), HasSubstr("mote.toml:1:"));
  const auto window = [](const char* text) { return error_text(parse<WindowConfig>(&window_config, text)); };
  EXPECT_THAT(window("length = 3\nlength_s = 1"), HasSubstr("and not both"));
  EXPECT_THAT(window("hop = 1"), HasSubstr("needs either length_s"));
  EXPECT_EQ(window("length = 1.5"), "mote.toml:1:10: [window] length must be a whole number");
  EXPECT_EQ(window("length = 5\nlabel = \"most\""),
            "mote.toml:2:9: [window] label must be one of \"majority\", \"strict\"");
  const auto augment = [](const char* text) { return error_text(parse<AugmentConfig>(&augment_config, text)); };
  EXPECT_THAT(augment("rotation_deg = 10"), HasSubstr("needs axes"));
  EXPECT_THAT(augment("axes = [[\"a\", \"b\"]]"), HasSubstr("a group has 2 channels, a rotation needs three"));
  const auto split = [](const char* text) { return error_text(parse<SplitConfig>(&split_config, text)); };
  EXPECT_THAT(split("folds = 1"), HasSubstr("leave nobody to train on"));
  EXPECT_THAT(split("rule = \"modulo\""), HasSubstr("needs folds"));
  EXPECT_THAT(split("by = \"rows\"\nrule = \"modulo\"\nfolds = 3"), HasSubstr("only go with by = \"subject\""));
  EXPECT_THAT(error_text(window_config(nlohmann::json::parse("[1]"), "metadata of m.tflite")),
              HasSubstr("metadata of m.tflite: a JSON object"));
  EXPECT_THAT(error_text(window_config(nlohmann::json{{"length", nullptr}}, "m")), HasSubstr("a JSON object"));
}

}  // namespace
}  // namespace mote
