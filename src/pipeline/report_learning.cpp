#include <algorithm>
#include <cmath>

#include "pipeline/report_format.h"
#include "pipeline/report_sections.h"
#include "pipeline/svg_charts.h"

/// The sections on what the network learned.
namespace mote::report {

using nlohmann::json;

void accuracy(Page& page, const json& record) {
  const json& section = member(record, "accuracy");
  const auto& rows = list(section, "rows");
  if (rows.empty()) return;
  const std::string metric = text(section, "metric", "macro_f1");
  const bool both = metric != "accuracy" && std::any_of(rows.begin(), rows.end(), [](const json& row) {
                      return number(row, "accuracy").has_value();
                    });
  double most = 1;  // an error has no top; its bars are as long as the largest
  if (!is_share(metric)) {
    most = 0;
    for (const json& row : rows) most = std::max(most, number(row, metric).value_or(0));
  }
  page.section("accuracy", is_share(metric) ? "Accuracy" : "Error on the test data");
  if (const std::string on = text(section, "tested_on"); !on.empty())
    page.add("<p class=\"note\">Tested on {}.</p>\n", escape(on));
  page.add(
      "<div class=\"wide\"><table class=\"full\">\n<thead><tr><th class=\"words\" scope=\"col\">network</th>"
      "<th scope=\"col\">{}</th><td></td>{}</tr></thead><tbody>\n",
      escape(metric_name(metric)), both ? "<th scope=\"col\">accuracy</th>" : "");
  for (const json& row : rows) {
    const auto score = number(row, metric);
    page.add("<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td>", escape(text(row, "name")),
             metric_value(metric, score));
    page.add("<td class=\"drawn\">{}</td>", score && most > 0 ? cell_bar(*score / most) : "");
    if (both) page.add("<td>{}</td>", percent(number(row, "accuracy")));
    page.add("</tr>\n");
  }
  page.add("</tbody></table></div>\n");
  page.end_section();
}

namespace {

/// One key of the epochs as a line; epochs without it are left out.
Series curve(const std::vector<json>& epochs, std::string_view key, std::string_view name, Series::Look look) {
  Series series{std::string(name), {}, look};
  for (const json& epoch : epochs) {
    const auto x = number(epoch, "epoch"), y = number(epoch, key);
    if (x && y) series.points.emplace_back(*x, *y);
  }
  return series;
}

void curves(Page& page, const json& section, std::string_view key, std::string_view name, bool fraction) {
  const auto& epochs = list(section, "epochs");
  LineChart chart;
  chart.x_label = "epoch";
  if (fraction) chart.y_high = 1;
  for (Series& series :
       std::vector{curve(epochs, key, "training", Series::Look::kMuted),
                   curve(epochs, fmt::format("validation_{}", key), "validation", Series::Look::kAccent)})
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  if (chart.series.empty()) return;
  double low = INFINITY, high = 0;
  for (const Series& series : chart.series)
    for (const auto& [x, y] : series.points) low = std::min(low, y), high = std::max(high, y);
  chart.logarithmic_y = !fraction && low > 0 && high > 20 * low;  // else a steep start flattens the rest
  const Series& shown = chart.series.back();
  chart.frame.title = fmt::format("{} by epoch", name);
  chart.frame.description = fmt::format("{} {} goes from {} to {} over {} epochs.", shown.name, name,
                                        significant(shown.points.front().second),
                                        significant(shown.points.back().second), shown.points.size());
  chart.marked_x = number(section, "best_epoch");
  if (chart.marked_x) chart.mark_label = fmt::format("best, {}", grouped(chart.marked_x));
  page.add("<figure><figcaption>{}{}</figcaption>{}</figure>\n", name, chart.logarithmic_y ? ", logarithmic" : "",
           line_chart(chart));
}

}  // namespace

void training(Page& page, const json& record) {
  const json& section = member(record, "training");
  const auto& epochs = list(section, "epochs");
  if (epochs.empty()) return;
  page.section("training", "Training");
  page.add("<p class=\"note\">{} epochs", grouped(static_cast<double>(epochs.size())));
  if (const auto seconds = number(section, "seconds")) page.add(" in {}", duration(seconds));
  if (const auto best = number(section, "best_epoch")) page.add("; the weights of epoch {} were kept", grouped(best));
  page.add(".</p>\n<div class=\"pair\">\n");
  curves(page, section, "loss", "Loss", false);
  curves(page, section, "accuracy", "Accuracy", true);
  page.add("</div>\n<details><summary>Every epoch as a table</summary><div class=\"wide\"><table>\n<thead><tr>");
  struct Column {
    std::string_view key, name;
  };
  std::vector<Column> columns;
  for (const Column& column : {Column{"loss", "loss"},
                               {"validation_loss", "validation loss"},
                               {"accuracy", "accuracy"},
                               {"validation_accuracy", "validation accuracy"},
                               {"learning_rate", "learning rate"}})
    if (std::any_of(epochs.begin(), epochs.end(), [&](const json& e) { return number(e, column.key).has_value(); }))
      columns.push_back(column);
  page.add("<th scope=\"col\">epoch</th>");
  for (const Column& column : columns) page.add("<th scope=\"col\">{}</th>", column.name);
  page.add("</tr></thead><tbody>\n");
  for (const json& epoch : epochs) {
    page.add("<tr><th scope=\"row\">{}</th>", grouped(number(epoch, "epoch")));
    for (const Column& column : columns) {
      const auto value = number(epoch, column.key);
      page.add("<td>{}</td>", column.key.ends_with("accuracy") ? percent(value)
                              : column.key == "learning_rate"  ? significant(value)
                                                               : fixed(value, 4));
    }
    page.add("</tr>\n");
  }
  page.add("</tbody></table></div></details>\n");
  page.end_section();
}

namespace {

/// counts[actual][predicted]; empty unless the record holds a square matrix of numbers.
std::vector<std::vector<double>> square_matrix(const std::vector<json>& rows) {
  std::vector<std::vector<double>> counts;
  for (const json& row : rows) {
    if (!row.is_array() || row.size() != rows.size()) return {};
    std::vector<double>& line = counts.emplace_back();
    for (const json& cell : row) {
      if (!cell.is_number()) return {};
      line.push_back(std::max(0.0, cell.get<double>()));
    }
  }
  return counts;
}

std::optional<double> ratio(double part, double whole) {
  return whole > 0 ? std::optional(part / whole) : std::nullopt;
}

}  // namespace

void confusion(Page& page, const json& record) {
  const std::vector<std::vector<double>> counts = square_matrix(list(record, "confusion"));
  if (counts.empty()) return;
  const size_t n = counts.size();
  const auto& given = list(record, "classes");
  std::vector<std::string> names;
  for (size_t i = 0; i < n; ++i)
    names.push_back(i < given.size() && given[i].is_string() ? escape(given[i].get<std::string>())
                                                             : fmt::format("class {}", i));
  page.section("confusion", "Confusion");
  page.add(
      "<p class=\"note\">Windows of the int8 network. A row is what people did, a column what the network said; the "
      "darker a cell, the larger its share of the row.</p>\n<div class=\"wide\"><table class=\"confusion\">\n"
      "<thead><tr><td></td>");
  for (const std::string& name : names) page.add("<th scope=\"col\">{}</th>", name);
  page.add("</tr></thead><tbody>\n");
  std::vector<double> said(n, 0), done(n, 0);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) done[i] += counts[i][j], said[j] += counts[i][j];
  for (size_t i = 0; i < n; ++i) {
    page.add("<tr><th scope=\"row\">{}</th>", names[i]);
    for (size_t j = 0; j < n; ++j) {
      const double share = ratio(counts[i][j], done[i]).value_or(0);
      const std::string_view cls = counts[i][j] == 0 ? "none" : share > 0.55 ? "full" : "some";
      page.add("<td class=\"{}\" style=\"--share:{:.3f}\">{}</td>", cls, share, grouped(counts[i][j]));
    }
    page.add("</tr>\n");
  }
  page.add(
      "</tbody></table></div>\n<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"words\" "
      "scope=\"col\">class</th><th scope=\"col\">windows</th><th scope=\"col\">precision</th><th scope=\"col\">recall"
      "</th><th scope=\"col\">F1</th><td></td></tr></thead><tbody>\n");
  for (size_t i = 0; i < n; ++i) {
    const auto f1 = ratio(2 * counts[i][i], done[i] + said[i]);
    page.add(
        "<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"drawn\">{}"
        "</td></tr>\n",
        names[i], grouped(done[i]), percent(ratio(counts[i][i], said[i])), percent(ratio(counts[i][i], done[i])),
        fixed(f1, 3), f1 ? cell_bar(*f1) : "");
  }
  page.add("</tbody></table></div>\n");
  page.end_section();
}

void subjects(Page& page, const json& record) {
  const json& section = member(record, "per_subject");
  if (!section.is_object() || section.empty()) return;
  std::vector<std::pair<std::string, const json*>> people;
  for (const auto& [name, figures] : section.items()) people.emplace_back(name, &figures);
  const auto score = [](const json& figures) {
    return number(figures, "macro_f1").value_or(number(figures, "accuracy").value_or(-1));
  };
  std::stable_sort(people.begin(), people.end(),
                   [&](const auto& a, const auto& b) { return score(*a.second) < score(*b.second); });
  page.section("subjects", "Person by person");
  page.add(
      "<p class=\"note\">Whom the network serves worst comes first.</p>\n<div class=\"wide\"><table class=\"full\">"
      "<thead><tr><th class=\"words\" scope=\"col\">subject</th><th scope=\"col\">windows</th><th "
      "scope=\"col\">accuracy"
      "</th><th scope=\"col\">macro-F1</th><td></td></tr></thead><tbody>\n");
  for (const auto& [name, figures] : people)
    page.add(
        "<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td>{}</td><td>{}</td><td "
        "class=\"drawn\">{}</td></tr>\n",
        escape(name), grouped(number(*figures, "n")), percent(number(*figures, "accuracy")),
        fixed(number(*figures, "macro_f1"), 3), score(*figures) >= 0 ? cell_bar(score(*figures)) : "");
  page.add("</tbody></table></div>\n");
  page.end_section();
}

void regression(Page& page, const json& record) {
  const json& section = member(record, "regression");
  const auto& points = list(section, "points");
  const bool has_x =
      std::any_of(points.begin(), points.end(), [](const json& p) { return number(p, "x").has_value(); });
  const auto series = [&](std::string_view key, std::string_view name, Series::Look look) {
    Series result{std::string(name), {}, look};
    for (const json& point : points) {
      const auto x = number(point, has_x ? "x" : "target"), y = number(point, key);
      if (x && y) result.points.emplace_back(*x, *y);
    }
    std::stable_sort(result.points.begin(), result.points.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return result;
  };
  LineChart chart;
  chart.frame = {"Prediction", "Target values as dots with the outputs of the float and the int8 network.", 960, 380};
  chart.x_label = has_x ? "x" : "target";
  chart.y_label = "y";
  if (has_x) {
    chart.series = {series("target", "target", Series::Look::kDots), series("float", "float", Series::Look::kDashed),
                    series("int8", "int8", Series::Look::kAccent)};
  } else {
    chart.series = {series("target", "exact", Series::Look::kDashed), series("int8", "int8", Series::Look::kDots)};
  }
  std::erase_if(chart.series, [](const Series& s) { return s.points.empty(); });
  const auto error_float = number(section, "mae_float"), error_int8 = number(section, "mae_int8");
  if (chart.series.empty() && !error_float && !error_int8) return;
  page.section("prediction", "Prediction");
  page.add("<figure>{}</figure>\n", line_chart(chart));
  if (list(member(record, "accuracy"), "rows").empty())
    page.add(
        "<div class=\"wide\"><table><thead><tr><th class=\"words\" scope=\"col\">network</th>"
        "<th scope=\"col\">mean absolute error</th></tr></thead><tbody>\n<tr><th "
        "scope=\"row\">float</th><td>{}</td></tr>\n"
        "<tr><th scope=\"row\">int8</th><td>{}</td></tr>\n</tbody></table></div>\n",
        significant(error_float), significant(error_int8));
  page.end_section();
}

void data(Page& page, const json& record) {
  const json& section = member(record, "data");
  if (!section.is_object() || section.empty()) return;
  page.section("data", "Data");
  page.add("<dl class=\"facts\">\n");
  for (const auto& [key, name] :
       {std::pair{"recordings", "Recordings"}, {"subjects", "Subjects"}, {"windows", "Windows"}})
    if (const auto value = number(section, key)) page.add("<dt>{}</dt><dd>{}</dd>\n", name, grouped(value));
  if (const auto seconds = number(section, "seconds")) page.add("<dt>Recorded</dt><dd>{}</dd>\n", duration(seconds));
  page.add("</dl>\n");
  const json& classes = member(section, "classes");
  double most = 0;
  if (classes.is_object())
    for (const auto& [label, count] : classes.items()) most = std::max(most, number(classes, label).value_or(0));
  if (most > 0) {
    page.add(
        "<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"words\" scope=\"col\">class</th><th "
        "scope=\"col\">windows</th><td></td></tr></thead><tbody>\n");
    for (const auto& [label, count] : classes.items())
      page.add("<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td class=\"drawn\">{}</td></tr>\n",
               escape(label), grouped(number(classes, label)), cell_bar(number(classes, label).value_or(0) / most));
    page.add("</tbody></table></div>\n");
  }
  page.end_section();
}

}  // namespace mote::report
