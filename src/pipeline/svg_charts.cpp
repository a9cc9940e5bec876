#include "pipeline/svg_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pipeline/report_format.h"

namespace mote::report {

namespace {

/// Width of a character of the page's small text, about; text is placed with room to spare.
constexpr double kCharacter = 6.4;

double text_width(std::string_view utf8) {
  return static_cast<double>(length(utf8)) * kCharacter;
}

/// Collects the elements of one drawing.
class Drawing {
 public:
  explicit Drawing(const ChartFrame& frame) {
    fmt::format_to(
        std::back_inserter(svg_),
        "<svg class=\"chart\" viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}. {}\">\n<title>{}</title>\n",
        frame.width, frame.height, escape(frame.title), escape(frame.description), escape(frame.title));
  }
  void line(std::string_view cls, double x1, double y1, double x2, double y2) {
    add("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", cls, x1, y1, x2, y2);
  }
  /// `tip` is shown under a resting pointer; empty: none.
  void rect(std::string_view cls, double x, double y, double width, double height, std::string_view tip = {}) {
    add("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"", cls, x, y,
        std::max(width, 0.0), std::max(height, 0.0));
    if (tip.empty())
      add("/>\n");
    else
      add("><title>{}</title></rect>\n", escape(tip));
  }
  void circle(std::string_view cls, double x, double y, double radius) {
    add("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\"/>\n", cls, x, y, radius);
  }
  /// `anchor` is start, middle or end.
  void label(std::string_view cls, std::string_view anchor, double x, double y, std::string_view words) {
    add("<text class=\"{}\" text-anchor=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", cls, anchor, x, y,
        escape(words));
  }
  void path(std::string_view cls, std::string_view d) { add("<path class=\"{}\" d=\"{}\"/>\n", cls, d); }
  [[nodiscard]] std::string finish() && { return std::move(svg_) + "</svg>\n"; }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(svg_), format, std::forward<Args>(args)...);
  }
  std::string svg_;
};

std::string_view class_of(Series::Look look) {
  switch (look) {
    case Series::Look::kAccent:
      return "line accent";
    case Series::Look::kMuted:
      return "line muted";
    case Series::Look::kDashed:
      return "line dashed";
    case Series::Look::kDots:
      return "dot";
  }
  return "line";
}

/// Linear map of [low, high] to [from, to]; one point of no extent lies in the middle.
struct Scale {
  double low, high, from, to;
  double operator()(double value) const {
    return high > low ? from + (value - low) / (high - low) * (to - from) : (from + to) / 2;
  }
};

/// Digits after the point that tell ticks of this distance apart.
int digits_for(double step) {
  return std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 9);
}

std::string tick_text(const std::vector<double>& ticks, double value) {
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const double size = std::max(std::abs(ticks.front()), std::abs(ticks.back()));
  if (size >= 1e7 || size < 1e-6) return fmt::format("{:g}", value);
  return step >= 1 ? grouped(value) : fixed(value, digits_for(step));
}

void legend(Drawing& drawing, const std::vector<Series>& series, double x, double y) {
  for (const Series& one : series) {
    if (one.look == Series::Look::kDots)
      drawing.circle("dot", x + 9, y - 4, 2.5);
    else
      drawing.line(class_of(one.look), x, y - 4, x + 18, y - 4);
    const std::string name = shorten(one.name, 28);
    drawing.label("label", "start", x + 24, y, name);
    x += 24 + text_width(name) + 16;
  }
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int wanted) {
  if (!(high > low)) {
    const double room = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= room;
    high += room;
  }
  const double raw = (high - low) / std::max(wanted, 1);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * 0.999) {
      step = factor * power;
      break;
    }
  std::vector<double> ticks;
  const double first = std::floor(low / step + 1e-6), last = std::ceil(high / step - 1e-6);
  for (double at = first; at <= last && ticks.size() < 100; ++at) ticks.push_back(at * step);
  return ticks;
}

namespace {

/// The same chart over the logarithms of y; the labels of its ticks are undone by the caller.
LineChart in_decades(LineChart chart) {
  for (Series& series : chart.series)
    for (auto& [x, y] : series.points) y = std::log10(y);
  chart.y_low.reset(), chart.y_high.reset();
  return chart;
}

}  // namespace

std::string line_chart(const LineChart& given_chart) {
  const bool decades = given_chart.logarithmic_y;
  const LineChart chart = decades ? in_decades(given_chart) : given_chart;
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  for (const Series& series : chart.series)
    for (const auto& [x, y] : series.points) {
      x_low = std::min(x_low, x), x_high = std::max(x_high, x);
      y_low = std::min(y_low, y), y_high = std::max(y_high, y);
    }
  if (x_low > x_high) return {};
  std::vector<double> y_ticks = nice_ticks(chart.y_low.value_or(y_low), chart.y_high.value_or(y_high), 5);
  if (decades) {
    y_ticks.clear();
    for (double at = std::floor(y_low); at <= std::max(std::ceil(y_high), std::floor(y_low) + 1); ++at)
      y_ticks.push_back(at);
  }
  const auto y_text = [&](double tick) {
    return decades ? fmt::format("{:g}", std::pow(10.0, tick)) : tick_text(y_ticks, tick);
  };
  const std::vector<double> x_ticks = nice_ticks(x_low, x_high, 8);

  double margin = 0;
  for (const double tick : y_ticks) margin = std::max(margin, text_width(y_text(tick)));
  const double left = margin + 12, right = chart.frame.width - 14, top = 46, bottom = chart.frame.height - 38;
  const Scale x{x_low, x_high, left, right}, y{y_ticks.front(), y_ticks.back(), bottom, top};

  Drawing drawing(chart.frame);
  legend(drawing, chart.series, left, 12);
  drawing.label("axis-name", "start", left, 34, chart.y_label);
  for (const double tick : y_ticks) {
    drawing.line("grid", left, y(tick), right, y(tick));
    drawing.label("tick", "end", left - 7, y(tick) + 4, y_text(tick));
  }
  for (const double tick : x_ticks)
    if (tick >= x_low - 1e-9 && tick <= x_high + 1e-9)
      drawing.label("tick", "middle", x(tick), bottom + 17, tick_text(x_ticks, tick));
  drawing.label("axis-name", "end", right, chart.frame.height - 4, chart.x_label);
  if (chart.marked_x && *chart.marked_x >= x_low && *chart.marked_x <= x_high) {
    const double at = x(*chart.marked_x);
    const double half = text_width(chart.mark_label) / 2;
    drawing.line("mark", at, top - 4, at, bottom);
    drawing.label("tick", "middle", std::clamp(at, left + half, std::max(left + half, right - half)), top - 9,
                  chart.mark_label);
  }
  for (const Series& series : chart.series) {
    if (series.look == Series::Look::kDots || series.points.size() == 1) {
      for (const auto& [px, py] : series.points) drawing.circle("dot", x(px), y(py), 1.8);
      continue;
    }
    std::string d;
    for (const auto& [px, py] : series.points)
      fmt::format_to(std::back_inserter(d), "{}{:.1f} {:.1f}", d.empty() ? "M" : " L", x(px), y(py));
    if (!d.empty()) drawing.path(class_of(series.look), d);
  }
  return std::move(drawing).finish();
}

std::string stacked_bar(const StackedBar& bar) {
  double sum = 0;
  for (const auto& part : bar.parts) sum += part.value;
  if (!(sum > 0)) return {};
  const double width = bar.frame.width;
  ChartFrame frame = bar.frame;
  frame.height = bar.limit ? 118 : 58;
  Drawing drawing(frame);
  double y = 4;
  if (bar.limit && *bar.limit > 0) {
    const bool over = sum > *bar.limit;
    const double top = std::max(sum, *bar.limit);
    const double used = std::max(sum / top * width, 1.0), limit = *bar.limit / top * width;
    drawing.rect("track", 0, y, limit, 16);
    drawing.rect(over ? "over" : "part0", 0, y, used, 16, fmt::format("{} used", bytes(sum)));
    drawing.line("limit", limit, y - 3, limit, y + 19);
    drawing.path("zoom", fmt::format("M0 {:.1f} L{:.1f} {:.1f} L{:.1f} {:.1f} L0 {:.1f} Z", y + 16, used, y + 16, width,
                                     y + 60, y + 60));
    drawing.label("label", "end", std::max(limit, 190.0), y + 33,
                  fmt::format("limit {} · {} used", short_bytes(bar.limit), percent(sum / *bar.limit)));
    y += 60;
  }
  double x = 0, legend_x = 0;
  for (size_t i = 0; i < bar.parts.size(); ++i) {
    const auto& part = bar.parts[i];
    const std::string cls = fmt::format("part{}", i % 3);
    const std::string words = fmt::format("{} {}", part.name, bytes(part.value));
    const double part_width = part.value / sum * width;
    drawing.rect(cls, x, y, part_width, 24, words);
    x += part_width;
    drawing.rect(cls, legend_x, y + 35, 10, 10);
    drawing.label("label", "start", legend_x + 15, y + 44, words);
    legend_x += 15 + text_width(words) + 14;
  }
  return std::move(drawing).finish();
}

std::string arena_chart(const ArenaChart& chart) {
  if (chart.buffers.empty() || !(chart.bytes > 0)) return {};
  const double left = 12 + text_width(grouped(chart.bytes));
  const double right = chart.frame.width - 10, top = 28, bottom = chart.frame.height - 42;
  // A layer is as wide as the step from one to the next; the input stands one step before the first.
  const Scale x{-1.0, static_cast<double>(chart.layers) + 1, left, right};
  double high = std::max(chart.bytes, chart.bound.value_or(0));
  for (const auto& buffer : chart.buffers) high = std::max(high, buffer.offset + buffer.bytes);
  const Scale y{0, high, bottom, top};

  Drawing drawing(chart.frame);
  drawing.label("axis-name", "start", left, 12, "bytes of the arena");
  std::vector<double> ticks = nice_ticks(0, chart.bytes, 4);
  while (!ticks.empty() && ticks.back() > chart.bytes * 0.93) ticks.pop_back();
  ticks.push_back(chart.bytes);
  for (const double tick : ticks) {
    drawing.line(tick == chart.bytes ? "limit" : "grid", left, y(tick), right, y(tick));
    drawing.label("tick", "end", left - 7, y(tick) + 4, grouped(tick));
  }
  for (const auto& buffer : chart.buffers) {
    const double from = x(std::clamp(buffer.first, -1, chart.layers));
    const double to = x(std::clamp(buffer.last, -1, chart.layers) + 1.0);
    const double upper = y(buffer.offset + buffer.bytes), tall = std::max(y(buffer.offset) - upper, 1.0);
    drawing.rect("buffer", from + 1, upper, to - from - 2, tall,
                 fmt::format("{}: {} at offset {}", buffer.name, bytes(buffer.bytes), grouped(buffer.offset)));
    const auto room = static_cast<size_t>(std::max(0.0, (to - from - 14) / kCharacter));
    if (tall >= 30 && room >= 6) {
      drawing.label("label", "start", from + 8, upper + 15, shorten(buffer.name, room));
      drawing.label("tick", "start", from + 8, upper + 28, shorten(bytes(buffer.bytes), room));
    } else if (tall >= 15 && room >= 4) {
      drawing.label("label", "start", from + 8, upper + tall / 2 + 4, shorten(buffer.name, room));
    }
  }
  if (chart.bound && *chart.bound < chart.bytes) {
    drawing.line("mark", left, y(*chart.bound), right, y(*chart.bound));
    drawing.label("tick", "end", right, y(*chart.bound) - 4, "no placement needs less");
  }
  const int every = std::max(1, static_cast<int>(std::ceil(26 / (x(1) - x(0)))));
  for (int layer = 0; layer < chart.layers; layer += every)
    drawing.label("tick", "middle", (x(layer) + x(layer + 1)) / 2, bottom + 17, fmt::format("{}", layer));
  const bool room_for_ends = x(1) - x(0) >= 34;
  drawing.label("tick", room_for_ends ? "middle" : "end", (x(-1) + x(0)) / 2, bottom + 17, "in");
  drawing.label("tick", room_for_ends ? "middle" : "start", (x(chart.layers) + x(chart.layers + 1)) / 2, bottom + 17,
                "out");
  drawing.label("axis-name", "end", right, chart.frame.height - 4, "layer");
  return std::move(drawing).finish();
}

std::string range_bar(double low, double value, double high, std::optional<double> limit, double top) {
  if (!(top > 0)) return {};
  const Scale x{0, top, 2, 158};
  const auto at = [&](double v) { return x(std::clamp(v, 0.0, top)); };
  std::string svg = "<svg class=\"range\" viewBox=\"0 0 160 16\" aria-hidden=\"true\">";
  const auto out = std::back_inserter(svg);
  fmt::format_to(out, "<rect class=\"track\" x=\"2\" y=\"6\" width=\"156\" height=\"4\"/>");
  fmt::format_to(out, "<rect class=\"part1\" x=\"{:.1f}\" y=\"4\" width=\"{:.1f}\" height=\"8\"/>", at(low),
                 std::max(at(high) - at(low), 1.0));
  fmt::format_to(out, "<rect class=\"part0\" x=\"{:.1f}\" y=\"2\" width=\"2\" height=\"12\"/>", at(value) - 1);
  if (limit)
    fmt::format_to(out, "<line class=\"limit\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"16\"/>", at(*limit));
  return svg + "</svg>";
}

std::string cell_bar(double fraction) {
  if (!std::isfinite(fraction)) return {};
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
      "class=\"track\" "
      "width=\"100\" height=\"8\"/><rect class=\"part0\" width=\"{:.1f}\" height=\"8\"/></svg>",
      std::clamp(fraction, 0.0, 1.0) * 100);
}

}  // namespace mote::report
