#include "test_support.h"

#include <gtest/gtest-spi.h>

#include <memory>

namespace mote::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kBadInput, "{} is odd", number);
  return number / 2;
}

Result<std::unique_ptr<int>> owned(int number) {
  MOTE_TRY_ASSIGN(const int value, half(number));
  return std::make_unique<int>(value);
}

TEST(FailsWith, MatchesCodeAndTextWithContext) {
  EXPECT_THAT(half(3), FailsWith(ErrorCode::kBadInput, HasSubstr("3 is odd")));
  Result<int> inner = half(3);
  const Result<int> outer = fail(std::move(inner.error()).in("numbers.csv"));
  EXPECT_THAT(outer, FailsWith(ErrorCode::kBadInput, "numbers.csv: 3 is odd"));
}

TEST(FailsWith, RefusesOtherCodesOtherTextsAndValues) {
  EXPECT_THAT(half(3), Not(FailsWith(ErrorCode::kIo, HasSubstr("odd"))));
  EXPECT_THAT(half(3), Not(FailsWith(ErrorCode::kBadInput, HasSubstr("even"))));
  EXPECT_THAT(half(4), Not(FailsWith(ErrorCode::kBadInput, HasSubstr(""))));
}

TEST(FailsWith, WorksOnResultsThatCannotBeCopied) {
  EXPECT_THAT(owned(5), FailsWith(ErrorCode::kBadInput, HasSubstr("5 is odd")));
  EXPECT_THAT(owned(4), Succeeds());
}

TEST(Succeeds, SaysWhatFailed) {
  EXPECT_THAT(half(4), Succeeds());
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(half(7), Succeeds()), "7 is odd");
}

TEST(AssertAssign, TakesTheValue) {
  MOTE_ASSERT_ASSIGN(const std::unique_ptr<int> value, owned(8));
  EXPECT_EQ(*value, 4);
}

TEST(Paths, LeadIntoTheRepository) {
  EXPECT_TRUE(std::filesystem::is_regular_file(source_path("CMakePresets.json")));
  EXPECT_TRUE(std::filesystem::is_regular_file(build_path("CMakeCache.txt")));
}

}  // namespace
}  // namespace mote::testing
