#include "pipeline/report_text.h"

#include <sstream>

#include "pipeline/report_format.h"
#include "pipeline/report_record_for_tests.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportText, TheWholeTable) {
  auto record = testing::sample_record();
  record["warnings"] = nlohmann::json::array();
  EXPECT_EQ(report_text(record),
            R"(  Shoulder exercises at the wrist

  people it was not trained on  macro-F1  accuracy
  ────────────────────────────────────────────────
  linear baseline                  0.813    83.0 %
  float                            0.934    94.0 %
  int8 on the host                 0.932    93.8 %
  int8 on nano33ble                0.932    93.8 %
  int8 on host and board: equal byte for byte over 1,312 windows

  Arduino Nano 33 BLE Sense             used           limit  of limit
  ────────────────────────────────────────────────────────────────────────
  flash                             12,088 B     1,048,576 B     1.2 %  ok
    code                             5,948 B
    tables                           1,024 B
    model                            5,116 B
  RAM, static                        2,496 B       262,144 B     1.0 %  ok
  stack                                208 B  259,648 B left     0.1 %  ok
  instructions                       118,342           exact
  latency, estimate          2.31 ms ± 9.4 %           20 ms    11.6 %  ok
  energy, estimate            41.6 µJ ± 25 %        no limit
  fits
)");
}

TEST(ReportText, ABoardThatIsTooSmallSaysWhere) {
  const std::string text = report_text(testing::sine_record());
  EXPECT_THAT(text, ContainsRegex("flash +12,088 B +8,192 B +147.6 % +OVER"));
  EXPECT_THAT(text, ContainsRegex("stack +208 B +0 B left +OVER"));
  EXPECT_THAT(text, HasSubstr("DOES NOT FIT"));
  EXPECT_THAT(text, ContainsRegex("float +0.0759"));
  EXPECT_THAT(text, Not(HasSubstr("macro-F1")));
}

TEST(ReportText, SaysLoudlyWhenTheBoardDiffers) {
  auto record = testing::sample_record();
  record["accuracy"]["equal"] = false;
  EXPECT_THAT(report_text(record), HasSubstr("NOT EQUAL over 1,312 windows"));
}

TEST(ReportText, NamesCannotSteerTheTerminal) {
  auto record = testing::sample_record();
  record["title"] = "a\x1b[2Jb";
  record["boards"][0]["board_title"] = "c\rd";
  record["warnings"][0] = "e\bf";
  const std::string text = report_text(record);
  EXPECT_THAT(text, HasSubstr("a?[2Jb"));
  EXPECT_THAT(text, HasSubstr("c?d"));
  EXPECT_THAT(text, HasSubstr("warning: e?f"));
}

TEST(ReportText, FitsATerminal) {
  std::istringstream lines(report_text(testing::sample_record()));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(report::length(line), 80u) << line;
}

TEST(ReportText, AnEmptyRecordIsAnEmptyText) {
  EXPECT_EQ(report_text(nullptr), "");
  EXPECT_EQ(report_text(nlohmann::json::object()), "");
}

TEST(ReportFormat, Numbers) {
  EXPECT_EQ(report::grouped(1234567), "1,234,567");
  EXPECT_EQ(report::grouped(-999.6), "−1,000");
  EXPECT_EQ(report::grouped(std::nullopt), "–");
  EXPECT_EQ(report::significant(0.04213), "0.0421");
  EXPECT_EQ(report::significant(9.996), "10.0");
  EXPECT_EQ(report::significant(999.6), "1,000");
  EXPECT_EQ(report::significant(0), "0");
  EXPECT_EQ(report::short_bytes(1023), "1,023 B");
  EXPECT_EQ(report::short_bytes(1536), "1.5 KB");
  EXPECT_EQ(report::short_bytes(1048576), "1 MB");
  EXPECT_EQ(report::estimate(7.2, "ms", std::nullopt), "7.20 ms ± unknown");
  EXPECT_EQ(report::duration(185), "3 min 05 s");
  EXPECT_EQ(report::duration(59.7), "1 min 00 s");
}

TEST(ReportFormat, ShortenCutsBetweenCharacters) {
  EXPECT_EQ(report::shorten("añb", 3), "añb");
  EXPECT_EQ(report::shorten("ñandú grande", 5), "ñand…");
  EXPECT_EQ(report::shorten("abc", 1), "…");
  EXPECT_EQ(report::shorten("abc", 0), "");
}

}  // namespace
}  // namespace mote
