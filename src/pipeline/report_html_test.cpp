#include "pipeline/report_html.h"

#include <algorithm>
#include <regex>

#include "base/files.h"
#include "pipeline/report_record_for_tests.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_record;
using testing::sine_record;

size_t count(const std::string& text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// The first tag that closes another than the innermost open one; empty if all tags pair up.
std::string unpaired_tag(const std::string& html) {
  static const std::regex kTag(R"re(<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*?)(/?)>)re");
  std::vector<std::string> open;
  const size_t style = html.find("<style>"), style_end = html.find("</style>");
  const std::string checked = html.substr(0, style) + html.substr(style_end + 8);
  for (std::sregex_iterator tag(checked.begin(), checked.end(), kTag), end; tag != end; ++tag) {
    const std::string name = (*tag)[2];
    if ((*tag)[4].length() > 0 || name == "meta") continue;
    if ((*tag)[1].length() == 0) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return tag->str();
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back();
}

TEST(ReportHtml, SaysWhatTheRecordSays) {
  const std::string html = report_html(sample_record());
  EXPECT_THAT(html, HasSubstr("Fits</span> the Arduino Nano 33 BLE Sense"));
  EXPECT_THAT(html, HasSubstr("reaches macro-F1 0.932 on people it was not trained on, 0.120 above a linear baseline"));
  EXPECT_THAT(html, HasSubstr("agree byte for byte on all 1,312 windows"));
  EXPECT_THAT(html, HasSubstr("2.31 ms ± 9.4 %"));
  EXPECT_THAT(html, HasSubstr("41.6 µJ ± 25 %"));
  for (const char* id : {"accuracy", "training", "confusion", "subjects", "memory", "speed", "layers", "arena",
                         "quantization", "data", "warnings", "steps"})
    EXPECT_THAT(html, HasSubstr(std::string("<h2 id=\"") + id + "\"")) << id;
  ASSERT_THAT(write_text(testing::build_path("report_sample/wrist.html"), html), testing::Succeeds());
}

TEST(ReportHtml, CodeAndTablesAreToldApartAndAddUp) {
  const std::string html = report_html(sample_record());
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">code</th><td>5,948 B</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">tables</th><td>1,024 B</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">together</th><td>12,088 B</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">other static</th><td>96 B</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">together</th><td>2,704 B</td>"));
  EXPECT_THAT(html, HasSubstr("outside layers</th><td></td><td>70</td>"));
}

TEST(ReportHtml, NeedsNothingFromOutside) {
  for (const auto& record : {sample_record(), sine_record()}) {
    const std::string html = report_html(record);
    for (const char* word : {"http:", "https:", "<script", "<link", "<img", "url(", "@import", " src=", "javascript:"})
      EXPECT_THAT(html, Not(HasSubstr(word)));
    const std::regex other_link("href=\"[^#]");
    EXPECT_FALSE(std::regex_search(html, other_link));
  }
}

TEST(ReportHtml, TagsPairUp) {
  EXPECT_EQ(unpaired_tag(report_html(sample_record())), "");
  EXPECT_EQ(unpaired_tag(report_html(sine_record())), "");
  EXPECT_EQ(unpaired_tag("<style></style><p><b></p></b>"), "</p>");
}

TEST(ReportHtml, EveryChartHasWordsForThoseWhoDoNotSeeIt) {
  const std::string html = report_html(sample_record());
  EXPECT_GE(count(html, "<svg class=\"chart\""), 5u);
  EXPECT_EQ(count(html, "<svg class=\"chart\""), count(html, "role=\"img\" aria-label=\""));
  EXPECT_EQ(count(html, "<svg "), count(html, "role=\"img\"") + count(html, "aria-hidden=\"true\""));
}

TEST(ReportHtml, RegressionAndABoardThatIsTooSmall) {
  const std::string html = report_html(sine_record());
  EXPECT_THAT(html, HasSubstr("Does not fit</span> the Arduino Uno (over its limit: flash and RAM)"));
  EXPECT_THAT(html, HasSubstr("mean absolute error"));
  EXPECT_THAT(html, HasSubstr("31.9 ms ± unknown"));
  EXPECT_THAT(html, HasSubstr("over by"));
  EXPECT_THAT(html, Not(HasSubstr("id=\"confusion\"")));
  ASSERT_THAT(write_text(testing::build_path("report_sample/sine.html"), html), testing::Succeeds());
}

TEST(ReportHtml, AnErrorIsNoShare) {
  auto record = sine_record();
  record["accuracy"] = {{"metric", "mean_absolute_error"},
                        {"rows",
                         {{{"name", "float"}, {"mean_absolute_error", 1.25}},
                          {{"name", "int8 on the host"}, {"mean_absolute_error", 2.5}}}}};
  const std::string html = report_html(record);
  EXPECT_THAT(html, HasSubstr("Error on the test data"));
  EXPECT_THAT(html, HasSubstr("<td>1.25</td><td class=\"drawn\">"
                              "<svg class=\"bar\""));
  EXPECT_THAT(html, HasSubstr("class=\"part0\" width=\"50.0\""));
  EXPECT_THAT(html, Not(HasSubstr("reaches")));
}

TEST(ReportHtml, ALimitThatNoBoardSets) {
  auto record = sample_record();
  record["fits"] = true;
  EXPECT_THAT(report_html(record), Not(HasSubstr("limit of the project")));
  record["fits"] = false;
  EXPECT_THAT(report_html(record), HasSubstr("A limit of the project does not hold"));
  EXPECT_THAT(report_html(sine_record()), Not(HasSubstr("limit of the project")));  // there the board says it
}

TEST(ReportHtml, SaysWhenTheBoardDiffers) {
  auto record = sample_record();
  record["accuracy"]["equal"] = false;
  const std::string html = report_html(record);
  EXPECT_THAT(html, HasSubstr("Host and board differ"));
  EXPECT_THAT(html, Not(HasSubstr("agree byte for byte")));
}

/// Puts `poison` in place of every text, and as every key of the objects whose keys are names.
nlohmann::json poisoned(const nlohmann::json& json, const std::string& poison) {
  if (json.is_string()) return poison;
  if (!json.is_structured()) return json;
  nlohmann::json result = json.is_array() ? nlohmann::json::array() : nlohmann::json::object();
  for (const auto& [key, value] : json.items()) {
    if (json.is_array())
      result.push_back(poisoned(value, poison));
    else if (key == "metric")
      result[key] = value;  // names another member; poisoned apart, below
    else
      result[key == "s01" || key == "pendulum" ? poison : key] = poisoned(value, poison);
  }
  return result;
}

TEST(ReportHtml, EscapesAllThatComesFromTheRecord) {
  const std::string poison = "</title></style><script>alert(\"1\" + '2')</script> & co";
  for (const auto& record : {sample_record(), sine_record()}) {
    auto bad = poisoned(record, poison);
    for (const bool metric_too : {false, true}) {
      if (metric_too) bad["accuracy"]["metric"] = poison;
      const std::string html = report_html(bad);
      EXPECT_THAT(html, Not(HasSubstr("<script")));
      EXPECT_THAT(html, Not(HasSubstr("\"1\"")));
      EXPECT_THAT(html, Not(HasSubstr("& co")));
      EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;1&quot; + &#39;2&#39;)&lt;/script&gt; &amp; co"));
      EXPECT_EQ(unpaired_tag(html), "");
    }
  }
}

TEST(ReportHtml, BytesThatAreNoTextAreReplaced) {
  auto record = sample_record();
  record["title"] = "a\xFFz\xC3(\x01 \xED\xA0\x80 \xC3\xA9";
  const std::string html = report_html(record);
  EXPECT_THAT(html, HasSubstr("<h1>a\uFFFDz\uFFFD(\uFFFD \uFFFD\uFFFD\uFFFD é</h1>"));
}

/// All records that come from removing one member, or replacing it by a value of another kind.
void spoil_each(nlohmann::json& whole, nlohmann::json& at, size_t& tried) {
  if (!at.is_structured()) return;
  const size_t most = at.is_array() ? std::min<size_t>(at.size(), 1) : at.size();
  size_t seen = 0;
  for (auto it = at.begin(); seen < most; ++it, ++seen) {
    const nlohmann::json kept = *it;
    for (const nlohmann::json& other :
         {nlohmann::json(), nlohmann::json("text"), nlohmann::json(-1e300), nlohmann::json::array({1, "a", nullptr}),
          nlohmann::json::object({{"a", 1}}), nlohmann::json(std::nan("")), nlohmann::json(true), nlohmann::json(0)}) {
      *it = other;
      const std::string html = report_html(whole);
      ASSERT_THAT(html, HasSubstr("</html>"));
      for (const char* word : {"nan<", "nan\"", "nan ", "inf<", "inf\"", "inf "})
        ASSERT_EQ(count(html, word), 0u) << word << " after " << other.dump();
      ++tried;
    }
    *it = kept;
    spoil_each(whole, *it, tried);
  }
}

TEST(ReportHtml, AnySectionMayBeAbsentOrOfAnotherShape) {
  EXPECT_THAT(report_html(nullptr), HasSubstr("<h1>Model</h1>"));
  EXPECT_THAT(report_html(nlohmann::json::array({1, 2})), HasSubstr("<h1>Model</h1>"));
  size_t tried = 0;
  for (auto record : {sample_record(), sine_record()}) {
    record["training"]["epochs"] = nlohmann::json::array({{{"epoch", 1}, {"loss", 0.5}}});
    spoil_each(record, record, tried);
  }
  EXPECT_GT(tried, 400u);
}

}  // namespace
}  // namespace mote
