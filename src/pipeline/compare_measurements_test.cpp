#include "pipeline/compare_measurements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace mote {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kBefore = R"({"model": "kws", "board": "pico", "compiler": "gcc 12", "emulator": "q",
  "instructions": 2000, "stack_bytes": 64, "latency_ms": 1.5, "energy_uj": null,
  "layers": [{"op": "conv2d", "instructions": 1500}, {"op": "softmax", "instructions": 500}]})";
constexpr const char* kAfter = R"({"model": "kws", "board": "nano33ble", "compiler": "gcc 12", "emulator": "q",
  "instructions": 1000, "stack_bytes": 64, "latency_ms": 0.75, "energy_uj": 3.5,
  "layers": [{"op": "conv2d", "instructions": 1000}]})";

class CompareMeasurements : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  std::filesystem::path file(const char* name, const std::string& content) {
    EXPECT_TRUE(write_text(folder_->path() / name, content));
    return folder_->path() / name;
  }
  std::optional<TemporaryFolder> folder_;
};

TEST_F(CompareMeasurements, SaysWhatChangedInTotalAndByLayer) {
  const auto compared = compare_measurements(file("a.json", kBefore), file("b.json", kAfter));
  ASSERT_TRUE(compared) << compared.error().text();
  EXPECT_THAT(compared->text, AllOf(HasSubstr("another board: pico and nano33ble"), HasSubstr("-50.0 %"),
                                    HasSubstr("-33.3 %"), HasSubstr("2,000"), HasSubstr("1 softmax")));
  const auto& totals = compared->json["totals"];
  ASSERT_EQ(totals.size(), 4u) << "what neither has is left out";
  EXPECT_EQ(totals[0]["figure"], "instructions");
  EXPECT_EQ(totals[0]["a"], 2000);
  EXPECT_EQ(totals[0]["b"], 1000);
  EXPECT_TRUE(totals[3]["a"].is_null());
  EXPECT_EQ(compared->json["layers"].size(), 2u);
  EXPECT_TRUE(compared->json["layers"][1]["b"].is_null());
  EXPECT_EQ(compared->json["differs_in"].size(), 1u);
}

TEST_F(CompareMeasurements, OtherFilesAreRefused) {
  const auto good = file("a.json", kBefore);
  for (const char* content : {"", "[]", "{}", "{\"layers\": 3}", "layers"}) {
    const auto compared = compare_measurements(good, file("b.json", content));
    ASSERT_FALSE(compared) << content;
    EXPECT_THAT(compared.error().message, HasSubstr("is not what `mote measure --json` writes"));
  }
  EXPECT_FALSE(compare_measurements(good, folder_->path() / "absent.json"));
}

}  // namespace
}  // namespace mote
