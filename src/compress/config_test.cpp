#include "compress/config.h"

#include "data/config.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

Result<QuantizeSection> parse(std::string_view content) {
  MOTE_TRY_ASSIGN(const toml::table table, parse_toml(content, "mote.toml"));
  return quantize_section(table, "mote.toml");
}

TEST(QuantizeSection, ReadsItsKeysAndWritesThemBack) {
  const auto section = parse("calibration = \"percentile\"\npercentile = 99.9\nwindows = 200\nfloat_outputs = true");
  ASSERT_THAT(section, Succeeds());
  EXPECT_EQ(section->calibration.method, CalibrationMethod::kPercentile);
  EXPECT_EQ(section->calibration.percentile, 99.9);
  EXPECT_EQ(section->windows, 200u);
  EXPECT_TRUE(section->quantize.float_outputs);
  EXPECT_FALSE(section->quantize.per_channel_dense);
  EXPECT_EQ(to_json(*section)["calibration"], "percentile");
  EXPECT_EQ(to_json(*section)["windows"], 200);
}

TEST(QuantizeSection, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(parse("calibrate = \"minmax\""), FailsWith(ErrorCode::kBadInput, HasSubstr("calibration")));
  EXPECT_THAT(parse("calibration = \"median\""), FailsWith(ErrorCode::kBadInput, HasSubstr("\"entropy\"")));
  EXPECT_THAT(parse("\npercentile = 20"), FailsWith(ErrorCode::kBadInput, HasSubstr("mote.toml:2")));
}

}  // namespace
}  // namespace mote
