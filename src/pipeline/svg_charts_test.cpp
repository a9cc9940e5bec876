#include "pipeline/svg_charts.h"

#include <cmath>
#include <regex>

#include "test_support.h"

namespace mote::report {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(SvgCharts, TicksAreRoundAndCoverTheData) {
  EXPECT_THAT(nice_ticks(0, 1, 5), ElementsAre(0, DoubleNear(0.2, 1e-12), DoubleNear(0.4, 1e-12),
                                               DoubleNear(0.6, 1e-12), DoubleNear(0.8, 1e-12), 1));
  EXPECT_THAT(nice_ticks(3, 97, 4), ElementsAre(0, 50, 100));
  for (const double low : {-3.7e-5, 0.0, 12.0, 1e6})
    for (const double extent : {1e-6, 0.3, 41.0, 7e5}) {
      const auto ticks = nice_ticks(low, low + extent, 5);
      ASSERT_GE(ticks.size(), 2u);
      ASSERT_LE(ticks.size(), 9u);
      EXPECT_LE(ticks.front(), low + extent * 1e-3);
      EXPECT_GE(ticks.back(), low + extent * (1 - 1e-3));
    }
  EXPECT_GE(nice_ticks(5, 5, 5).size(), 2u);  // a flat line has an axis too
}

/// Every coordinate of the drawing that `pattern` finds as its groups.
std::vector<double> numbers(const std::string& svg, const std::regex& pattern) {
  std::vector<double> result;
  for (std::sregex_iterator it(svg.begin(), svg.end(), pattern), end; it != end; ++it)
    for (size_t i = 1; i < it->size(); ++i) result.push_back(std::stod((*it)[i]));
  return result;
}

TEST(SvgCharts, LinesRunWhereTheDataDoes) {
  LineChart chart;
  chart.frame = {"t", "d", 400, 200};
  chart.series = {{"s", {{0, 0}, {1, 10}, {2, 5}}, Series::Look::kAccent}};
  const auto at =
      numbers(line_chart(chart),
              std::regex(R"(class="line accent" d="M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+)\")"));
  ASSERT_EQ(at.size(), 6u);
  EXPECT_NEAR(at[2] - at[0], at[4] - at[2], 0.2);        // equal steps of x
  EXPECT_NEAR(at[1] - at[3], 2 * (at[1] - at[5]), 0.2);  // 10 is twice as high as 5; y grows downwards
  EXPECT_EQ(line_chart({}), "");
}

TEST(SvgCharts, DecadesAreEquallyFarApart) {
  LineChart chart;
  chart.frame = {"t", "d", 400, 200};
  chart.logarithmic_y = true;
  chart.series = {{"s", {{0, 1}, {1, 0.1}, {2, 0.01}}, Series::Look::kAccent}};
  const std::string svg = line_chart(chart);
  const auto at = numbers(svg, std::regex(R"(d="M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+)\")"));
  ASSERT_EQ(at.size(), 6u);
  EXPECT_NEAR(at[3] - at[1], at[5] - at[3], 0.2);
  for (const char* tick : {">1<", ">0.1<", ">0.01<"}) EXPECT_THAT(svg, HasSubstr(tick));
}

TEST(SvgCharts, ArenaBoxesKeepTheirOffsetsAndTimes) {
  ArenaChart chart;
  chart.frame = {"t", "d", 600, 300};
  chart.layers = 2;
  chart.bytes = 300;
  chart.buffers = {{"in", 100, 0, -1, 0}, {"a<b", 200, 100, 0, 1}, {"out", 50, 0, 1, 2}};
  const std::string svg = arena_chart(chart);
  const auto box = numbers(
      svg, std::regex("class=\"buffer\" x=\"([0-9.]+)\" y=\"([0-9.]+)\" width=\"([0-9.]+)\" height=\"([0-9.]+)\""));
  ASSERT_EQ(box.size(), 12u);
  EXPECT_NEAR(box[7], 2 * box[3], 0.1);       // heights go with bytes
  EXPECT_NEAR(box[1], box[5] + box[7], 0.1);  // "a" begins where "in" ends
  EXPECT_NEAR(box[2], box[6], 0.1);           // both live over two steps
  EXPECT_NEAR(box[8] - box[0], 2 * (box[4] - box[0]), 0.1);
  EXPECT_THAT(svg, HasSubstr("a&lt;b: 200 B at offset 100"));
  EXPECT_THAT(svg, Not(HasSubstr("a<b")));
}

TEST(SvgCharts, StackedPartsShareTheWidthAndTheLimitIsSeen) {
  StackedBar bar;
  bar.frame = {"t", "d", 400, 100};
  bar.parts = {{"one", 30}, {"two", 10}};
  bar.limit = 80;
  const std::string svg = stacked_bar(bar);
  EXPECT_THAT(svg, HasSubstr("x=\"0.00\" y=\"64.00\" width=\"300.00\""));
  EXPECT_THAT(svg, HasSubstr("x=\"300.00\" y=\"64.00\" width=\"100.00\""));
  EXPECT_THAT(svg, HasSubstr("class=\"part0\" x=\"0.00\" y=\"4.00\" width=\"200.00\""));
  EXPECT_THAT(svg, Not(HasSubstr("class=\"over\"")));
  bar.limit = 20;
  EXPECT_THAT(stacked_bar(bar), HasSubstr("class=\"over\" x=\"0.00\" y=\"4.00\" width=\"400.00\""));
  bar.parts = {};
  EXPECT_EQ(stacked_bar(bar), "");
}

TEST(SvgCharts, CellBarsStayInTheirCell) {
  EXPECT_THAT(cell_bar(0.25), HasSubstr("width=\"25.0\""));
  EXPECT_THAT(cell_bar(7), HasSubstr("class=\"part0\" width=\"100.0\""));
  EXPECT_THAT(cell_bar(-1), HasSubstr("width=\"0.0\""));
  EXPECT_EQ(cell_bar(std::nan("")), "");
}

}  // namespace
}  // namespace mote::report
