#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Charts as inline SVG. They carry no colours of their own but classes (report_assets/report.css), so that one drawing
/// serves light and dark pages and paper. Every text given is raw; it is escaped here. Each chart names itself and says
/// in a sentence what it shows, for those who do not see it.
namespace mote::report {

/// What every chart has. The title and description are read aloud; they are not drawn.
struct ChartFrame {
  std::string title, description;
  double width = 460, height = 250;  ///< of the drawing's own coordinates; the page scales it
};

struct Series {
  enum class Look { kAccent, kMuted, kDashed, kDots };
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< finite; drawn in this order
  Look look = Look::kAccent;
};

/// A line chart, or a scatter plot where the look is dots. Axes cover the points and end on round numbers.
struct LineChart {
  ChartFrame frame;
  std::string x_label, y_label;
  std::vector<Series> series;
  std::optional<double> marked_x;  ///< a thin upright line there
  std::string mark_label;
  std::optional<double> y_low, y_high;  ///< ends of the y axis, where they are known beforehand
  bool logarithmic_y = false;           ///< a decade a step; points must be positive
};
[[nodiscard]] std::string line_chart(const LineChart& chart);

/// What something is made of, and how much of its limit that takes.
struct StackedBar {
  ChartFrame frame;
  struct Part {
    std::string name;
    double value = 0;  ///< bytes, not negative
  };
  std::vector<Part> parts;
  std::optional<double> limit;  ///< bytes
};
/// Two bars: the sum on the scale of the limit and, below, the parts on the scale of the sum. Without a limit only the
/// latter.
[[nodiscard]] std::string stacked_bar(const StackedBar& bar);

/// Who holds which bytes of the arena, and when.
struct ArenaChart {
  ChartFrame frame;
  struct Buffer {
    std::string name;
    double bytes = 0, offset = 0;
    int first = 0, last = 0;  ///< layers; -1: before the first, `layers`: after the last
  };
  std::vector<Buffer> buffers;
  int layers = 0;
  double bytes = 0;             ///< of the arena
  std::optional<double> bound;  ///< no placement needs less
};
[[nodiscard]] std::string arena_chart(const ArenaChart& chart);

/// A value with its error on a scale from 0 to `top`, and the limit, for a table's cell. The figures stand beside it,
/// so it is hidden from those who hear the page.
[[nodiscard]] std::string range_bar(double low, double value, double high, std::optional<double> limit, double top);

/// A bar over `fraction` (cut to [0, 1]) of a table's cell; hidden likewise.
[[nodiscard]] std::string cell_bar(double fraction);

/// Round numbers from at most `low` to at least `high`, about `wanted` steps apart: 1, 2 or 5 times a power of ten.
[[nodiscard]] std::vector<double> nice_ticks(double low, double high, int wanted);

}  // namespace mote::report
