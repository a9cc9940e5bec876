#include "pipeline/report_html.h"

#include <algorithm>
#include <cmath>

#include "pipeline/report_format.h"
#include "pipeline/report_sections.h"
#include "pipeline/svg_charts.h"
#include "report_assets.h"

namespace mote {

namespace report {

namespace {

using nlohmann::json;

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) result += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return result;
}

/// The row of the accuracy table whose name begins so.
const json& row_named(const json& record, std::string_view prefix) {
  for (const json& row : list(member(record, "accuracy"), "rows"))
    if (text(row, "name").starts_with(prefix)) return row;
  return member(record, "");
}

std::string board_sentences(const json& record) {
  std::vector<std::string> fitting, others;
  for (const json& board : list(record, "boards")) {
    const BoardFigures f = board_figures(board);
    if (!f.fits) continue;
    if (*f.fits)
      fitting.push_back(escape(f.title));
    else
      others.push_back(f.exceeded.empty()
                           ? escape(f.title)
                           : fmt::format("{} (over its limit: {})", escape(f.title), joined(f.exceeded)));
  }
  std::string result;
  if (!fitting.empty()) result += fmt::format("<span class=\"good\">Fits</span> the {}. ", joined(fitting));
  if (limit_of_project_broken(record)) result += "<span class=\"bad\">A limit of the project does not hold.</span> ";
  if (!others.empty()) result += fmt::format("<span class=\"bad\">Does not fit</span> the {}. ", joined(others));
  return result;
}

std::string accuracy_sentence(const json& record) {
  const json& section = member(record, "accuracy");
  const std::string metric = text(section, "metric", "macro_f1");
  const std::optional<double> int8 = number(row_named(record, "int8"), metric);
  const std::optional<double> base = number(row_named(record, "linear"), metric);
  if (!int8 || !is_share(metric)) {
    const json& fit = member(record, "regression");
    const auto error_float = number(fit, "mae_float"), error_int8 = number(fit, "mae_int8");
    return error_int8 ? fmt::format("The int8 network is off by {} on average, the float network by {}. ",
                                    significant(error_int8), significant(error_float))
                      : "";
  }
  std::string result = fmt::format("The int8 network reaches {} {} on {}", escape(metric_name(metric)), fixed(int8, 3),
                                   escape(text(section, "tested_on", "the test windows")));
  if (base)
    result +=
        fmt::format(", {} {} a linear baseline", fixed(std::abs(*int8 - *base), 3), *int8 >= *base ? "above" : "below");
  return result + ". ";
}

std::string equality_sentence(const json& record) {
  const json& section = member(record, "accuracy");
  const std::optional<bool> equal = flag(section, "equal");
  if (!equal) return {};
  const auto windows = number(section, "windows");
  if (!*equal) return "<span class=\"bad\">Host and board differ</span>: their outputs are not the same bytes. ";
  return windows ? fmt::format("Host and board agree byte for byte on all {} windows.", grouped(windows))
                 : "Host and board agree byte for byte.";
}

void figure(Page& page, std::string_view name, const std::string& value, const std::string& detail) {
  page.add("<li><span class=\"name\">{}</span><span class=\"value\">{}</span><span class=\"detail\">{}</span></li>\n",
           name, value, detail);
}

std::string of_limit(std::optional<double> used, std::optional<double> limit) {
  if (!limit || !used || *limit <= 0) return "no limit given";
  return fmt::format("{} of {}", percent(*used / *limit), short_bytes(limit));
}

void headline_figures(Page& page, const json& record) {
  page.add("<ul class=\"figures\">\n");
  const std::string metric = text(member(record, "accuracy"), "metric", "macro_f1");
  if (const auto score = number(row_named(record, "int8"), metric)) {
    const auto of_float = number(row_named(record, "float"), metric);
    figure(page, escape(metric_name(metric)) + ", int8", metric_value(metric, score),
           of_float ? fmt::format("float {}", metric_value(metric, of_float)) : "");
  }
  for (const json& board : list(record, "boards")) {
    const BoardFigures f = board_figures(board);
    const std::string where =
        list(record, "boards").size() > 1 ? ", " + escape(text(board, "board", "first board")) : std::string();
    if (f.flash) figure(page, "Flash" + where, short_bytes(f.flash), of_limit(f.flash, f.flash_limit));
    if (f.ram) figure(page, "RAM with stack" + where, short_bytes(f.ram), of_limit(f.ram, f.ram_limit));
    if (f.latency)
      figure(page, "Latency, estimated" + where, significant(f.latency) + " ms", error_text(f.latency_error));
    break;  // the others are in the section on memory
  }
  page.add("</ul>\n");
}

}  // namespace

void answer(Page& page, const json& record) {
  page.add("<header>\n<p class=\"eyebrow\">Mote report</p>\n<h1>{}</h1>\n", escape(text(record, "title", "Model")));
  const std::string lead = board_sentences(record) + accuracy_sentence(record) + equality_sentence(record);
  if (!lead.empty()) page.add("<p class=\"lead\">{}</p>\n", lead);
  headline_figures(page, record);
  page.add("<dl class=\"facts\">\n");
  for (const auto& [key, name] : {std::pair{"model", "Model"}, {"created", "Made"}, {"command", "Command"}})
    if (const std::string value = text(record, key); !value.empty())
      page.add("<dt>{}</dt><dd><code>{}</code></dd>\n", name, escape(value));
  page.add("</dl>\n");
}

void warnings(Page& page, const json& record) {
  std::string items;
  for (const json& warning : list(record, "warnings"))
    if (warning.is_string()) items += fmt::format("<li>{}</li>\n", escape(warning.get<std::string>()));
  if (items.empty()) return;
  page.section("warnings", "Warnings");
  page.add("<ul class=\"warnings\">\n{}</ul>\n", items);
  page.end_section();
}

void steps(Page& page, const json& record) {
  const auto& all = list(record, "steps");
  if (all.empty()) return;
  double total = 0;
  for (const json& step : all) total += std::max(0.0, number(step, "seconds").value_or(0));
  page.section("steps", "Steps of this run");
  page.add("<div class=\"wide\"><table class=\"full\"><caption>{} in all</caption>\n", duration(total));
  page.add(
      "<thead><tr><th class=\"words\" scope=\"col\">step</th><th "
      "scope=\"col\">time</th><td></td></tr></thead><tbody>\n");
  for (const json& step : all) {
    const auto seconds = number(step, "seconds");
    page.add("<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td class=\"drawn\">{}</td></tr>\n",
             escape(text(step, "name")), duration(seconds), total > 0 ? cell_bar(seconds.value_or(0) / total) : "");
  }
  page.add("</tbody></table></div>\n");
  page.end_section();
}

}  // namespace report

std::string report_html(const nlohmann::json& record) {
  using namespace report;
  Page head, page;
  answer(head, record);
  warnings(page, record);
  accuracy(page, record);
  regression(page, record);
  memory(page, record);
  speed(page, record);
  layers(page, record);
  arena(page, record);
  confusion(page, record);
  subjects(page, record);
  training(page, record);
  quantization(page, record);
  data(page, record);
  steps(page, record);

  std::string result =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  result += fmt::format("<title>{} · Mote report</title>\n<style>\n", escape(text(record, "title", "Model")));
  for (const report_assets::EmbeddedFile& file : report_assets::files()) result += file.content;
  result += "</style>\n</head>\n<body>\n" + head.body;
  if (!page.contents.empty()) result += "<nav aria-label=\"Sections\">\n" + page.contents + "</nav>\n";
  result += "</header>\n<main>\n" + page.body + "</main>\n";
  result +=
      "<footer>Flash, RAM, stack and instructions are exact: read from the linked program and counted by the emulator. "
      "Latency and energy are estimates and carry their error. 1 KB is 1,024 bytes.</footer>\n</body>\n</html>\n";
  return result;
}

}  // namespace mote
