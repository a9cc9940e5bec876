/// What tests share: paths, the shared measuring data, and matchers for Result.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace mote {

/// For gtest's messages: the error of a Result, or that it holds a value.
inline void PrintTo(const Error& error, std::ostream* out) {
  *out << "error \"" << error.text() << '"';
}
template <class T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (result) {
    *out << "a value";
  } else {
    PrintTo(result.error(), out);
  }
}

namespace testing {

/// A path below the root of the repository: source_path("tests/golden/sine.tflite").
inline std::filesystem::path source_path(std::string_view relative) {
  return std::filesystem::path(MOTE_SOURCE_DIR) / relative;
}

/// A path below the build folder, for what the build made.
inline std::filesystem::path build_path(std::string_view relative) {
  return std::filesystem::path(MOTE_BUILD_DIR) / relative;
}

/// A path below ../shared, the measuring data beside the repository: shared_path("data/models_tflm/model.tflite").
/// Tests that use it begin with MOTE_SKIP_WITHOUT_SHARED().
inline std::filesystem::path shared_path(std::string_view relative) {
  return std::filesystem::path(MOTE_SOURCE_DIR).parent_path() / "shared" / relative;
}

inline bool shared_present() {
  return std::filesystem::is_directory(shared_path("data"));
}

/// A Result that holds a value: EXPECT_THAT(read_text(path), Succeeds()).
MATCHER(Succeeds, negation ? "holds an error" : "holds a value") {
  if (!arg) *result_listener << "whose text is " << arg.error().text();
  return arg.has_value();
}

/// A Result that holds an error of this code whose text (context and message) matches:
/// EXPECT_THAT(read_csv(path), FailsWith(ErrorCode::kBadInput, HasSubstr("line 3"))).
MATCHER_P2(FailsWith, code, text_matcher,
           "holds an error of code " + ::testing::PrintToString(static_cast<int>(code)) + " whose text " +
               ::testing::DescribeMatcher<std::string>(text_matcher)) {
  if (arg.has_value()) {
    *result_listener << "which holds a value";
    return false;
  }
  const Error& error = arg.error();
  *result_listener << "whose code is " << static_cast<int>(error.code) << " and whose text is \"" << error.text()
                   << '"';
  return error.code == code && ::testing::Value(error.text(), text_matcher);
}

/// Notes in the test's report that an example of `op` passed in this form: "float32", "int8", "int16", "training",
/// "code" or "reference". The table of docs/operators.md is made of these notes (tools/operators_table.py).
inline void note_passed(std::string_view op, std::string_view form) {
  if (!::testing::Test::HasFailure()) ::testing::Test::RecordProperty(fmt::format("{}/{}", op, form), 1);
}

}  // namespace testing
}  // namespace mote

/// Leaves the test as skipped, saying why, where the measuring data is absent. Where the folder exists the test runs,
/// and a file missing in it is a failure.
#define MOTE_SKIP_WITHOUT_SHARED()        \
  if (!::mote::testing::shared_present()) \
  GTEST_SKIP() << "no measuring data: " << ::mote::testing::shared_path("data") << " is absent"

/// Declares `declaration` from the value of `expression`, a Result, or fails the test with its error.
#define MOTE_ASSERT_ASSIGN(declaration, expression) MOTE_ASSERT_ASSIGN_AT_(declaration, expression, __LINE__)
#define MOTE_ASSERT_ASSIGN_AT_(declaration, expression, line) MOTE_ASSERT_ASSIGN_NAMED_(declaration, expression, line)
#define MOTE_ASSERT_ASSIGN_NAMED_(declaration, expression, line)                    \
  auto mote_result_##line = (expression);                                           \
  ASSERT_TRUE(mote_result_##line.has_value()) << mote_result_##line.error().text(); \
  declaration = std::move(*mote_result_##line)
