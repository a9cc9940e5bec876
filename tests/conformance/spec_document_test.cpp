/// docs/quantization-spec.md and the tests name each other: a rule without a test, or a test without a rule, fails
/// here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/files.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr std::string_view kSuite = "QuantizationSpec";

/// "Q1" of "Q1_RoundsTheHighHalfTiesUp".
std::string rule_of(const std::string& test) {
  return test.substr(0, test.find('_'));
}

std::set<std::string> tests_of_this_program() {
  std::set<std::string> names;
  const auto& program = *::testing::UnitTest::GetInstance();
  for (int s = 0; s < program.total_test_suite_count(); ++s) {
    const auto& suite = *program.GetTestSuite(s);
    if (suite.name() != kSuite) continue;
    for (int t = 0; t < suite.total_test_count(); ++t) names.insert(suite.GetTestInfo(t)->name());
  }
  return names;
}

TEST(SpecDocument, EveryRuleAndItsTestNameEachOther) {
  MOTE_ASSERT_ASSIGN(const std::string document, read_text(testing::source_path("docs/quantization-spec.md")));
  const std::set<std::string> tests = tests_of_this_program();
  std::set<std::string> named;
  // A rule is a paragraph that begins with its bold number; it ends with the name of its test in backticks.
  const std::regex rule_start(R"(\*\*([A-Z][0-9]+)\.\*\*)");
  const std::regex test_name(R"(`([A-Z][0-9]+_[A-Za-z0-9]+)`)");
  std::vector<std::pair<size_t, std::string>> rules;
  for (std::sregex_iterator m(document.begin(), document.end(), rule_start), end; m != end; ++m)
    rules.emplace_back(static_cast<size_t>(m->position()), (*m)[1]);
  ASSERT_GE(rules.size(), 20u);
  for (size_t i = 0; i < rules.size(); ++i) {
    const size_t stop = i + 1 < rules.size() ? rules[i + 1].first : document.size();
    const std::string text = document.substr(rules[i].first, stop - rules[i].first);
    bool tested = false;
    for (std::sregex_iterator m(text.begin(), text.end(), test_name), end; m != end; ++m) {
      EXPECT_EQ(rule_of((*m)[1]), rules[i].second) << "rule " << rules[i].second << " names another rule's test";
      EXPECT_TRUE(tests.contains((*m)[1]))
          << "rule " << rules[i].second << " names " << (*m)[1] << ", which is no test";
      named.insert((*m)[1]);
      tested = true;
    }
    EXPECT_TRUE(tested) << "rule " << rules[i].second << " names no test";
  }
  EXPECT_EQ(named, tests) << "a test whose rule the document does not name";
}

}  // namespace
}  // namespace mote
