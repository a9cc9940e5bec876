#include "pipeline/report_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/report_format.h"

namespace mote {

namespace report {

namespace {

using nlohmann::json;

/// A name of the record for the terminal: control characters, which could steer it, become question marks.
std::string plain(std::string_view raw) {
  std::string result(raw);
  for (char& c : result)
    if ((c >= 0 && c < 0x20) || c == 0x7F) c = '?';
  return result;
}

/// Rows of words; the first column is set to the left, the others to the right, each as wide as its widest cell.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void rule() { rows_.emplace_back(); }

  [[nodiscard]] std::string text() const {
    std::vector<size_t> widths;
    for (const auto& row : rows_)
      for (size_t i = 0; i < row.size(); ++i) {
        if (i == widths.size()) widths.push_back(0);
        widths[i] = std::max(widths[i], length(row[i]));
      }
    size_t total = widths.empty() ? 0 : 2 * (widths.size() - 1);
    for (const size_t width : widths) total += width;
    std::string result;
    for (const auto& row : rows_) {
      std::string line = "  ";
      if (row.empty())
        for (size_t i = 0; i < total; ++i) line += "─";
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string room(widths[i] - length(row[i]), ' ');
        line += (i == 0 ? "" : "  ") + (i == 0 ? row[i] + room : room + row[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      result += line + "\n";
    }
    return result;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string accuracy_table(const json& record) {
  const json& section = member(record, "accuracy");
  const std::string metric = text(section, "metric", "macro_f1");
  const bool both = is_share(metric) && metric != "accuracy";
  const auto cells = [both](std::string name, std::string value, std::string second) {
    std::vector<std::string> row{std::move(name), std::move(value)};
    if (both) row.push_back(std::move(second));
    return row;
  };
  Table table;
  table.row(cells(plain(text(section, "tested_on", "test windows")), plain(metric_name(metric)), "accuracy"));
  table.rule();
  for (const json& row : list(section, "rows"))
    table.row(
        cells(plain(text(row, "name")), metric_value(metric, number(row, metric)), percent(number(row, "accuracy"))));
  std::string result = list(section, "rows").empty() ? "" : table.text();
  if (const auto equal = flag(section, "equal")) {
    const auto windows = number(section, "windows");
    const std::string over = windows ? fmt::format(" over {} windows", grouped(windows)) : "";
    result += *equal ? fmt::format("  int8 on host and board: equal byte for byte{}\n", over)
                     : fmt::format("  int8 on host and board: NOT EQUAL{}\n", over);
  }
  return result;
}

std::string regression_table(const json& record) {
  const json& section = member(record, "regression");
  const auto error_float = number(section, "mae_float"), error_int8 = number(section, "mae_int8");
  if ((!error_float && !error_int8) || !list(member(record, "accuracy"), "rows").empty()) return {};
  Table table;
  table.row({"network", "mean absolute error"});
  table.rule();
  table.row({"float", significant(error_float)});
  table.row({"int8", significant(error_int8)});
  return table.text();
}

std::string board_table(const json& board) {
  const BoardFigures f = board_figures(board);
  const auto limited = [](std::optional<double> used, std::optional<double> limit, const std::string& shown) {
    if (!used || !limit) return std::vector<std::string>{limit ? shown : "no limit", "", ""};
    return std::vector<std::string>{shown, *limit > 0 ? percent(*used / *limit) : "", *used <= *limit ? "ok" : "OVER"};
  };
  Table table;
  const auto row = [&](std::string name, std::string used, std::vector<std::string> rest) {
    rest.insert(rest.begin(), {std::move(name), std::move(used)});
    table.row(std::move(rest));
  };
  row(plain(f.title), "used", {"limit", "of limit", ""});
  table.rule();
  row("flash", bytes(f.flash), limited(f.flash, f.flash_limit, bytes(f.flash_limit)));
  if (f.code) row("  code", bytes(f.code), {});
  if (f.tables) row("  tables", bytes(f.tables), {});
  if (f.model) row("  model", bytes(f.model), {});
  row("RAM, static", bytes(f.ram_static), limited(f.ram_static, f.ram_limit, bytes(f.ram_limit)));
  // The stack may grow into what static data leaves.
  std::optional<double> left;
  if (f.ram_limit) left = std::max(0.0, *f.ram_limit - f.ram_static.value_or(0));
  row("stack", bytes(f.stack), limited(f.stack, left, bytes(left) + " left"));
  row("instructions", grouped(number(board, "instructions")), {"exact", "", ""});
  row("latency, estimate", estimate(f.latency, "ms", f.latency_error),
      limited(f.latency, f.latency_limit, given(f.latency_limit) + " ms"));
  row("energy, estimate", estimate(f.energy, "µJ", f.energy_error),
      limited(f.energy, f.energy_limit, given(f.energy_limit) + " µJ"));
  std::string result = table.text();
  if (f.fits) result += *f.fits ? "  fits\n" : "  DOES NOT FIT\n";
  return result;
}

}  // namespace

}  // namespace report

std::string report_text(const nlohmann::json& record) {
  using namespace report;
  std::vector<std::string> parts;
  if (std::string title = plain(text(record, "title")); !title.empty()) parts.push_back("  " + title + "\n");
  parts.push_back(accuracy_table(record));
  parts.push_back(regression_table(record));
  for (const nlohmann::json& board : list(record, "boards")) parts.push_back(board_table(board));
  if (limit_of_project_broken(record)) parts.push_back("  A LIMIT OF THE PROJECT DOES NOT HOLD\n");
  std::string warnings;
  for (const nlohmann::json& warning : list(record, "warnings"))
    if (warning.is_string()) warnings += "  warning: " + plain(warning.get<std::string>()) + "\n";
  parts.push_back(warnings);
  std::string result;
  for (const std::string& part : parts)
    if (!part.empty()) result += (result.empty() ? "" : "\n") + part;
  return result;
}

}  // namespace mote
