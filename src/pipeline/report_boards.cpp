#include <algorithm>
#include <cmath>

#include "pipeline/report_format.h"
#include "pipeline/report_sections.h"
#include "pipeline/svg_charts.h"

/// The sections on what the firmware costs on each board.
namespace mote::report {

using nlohmann::json;

namespace {

struct Part {
  std::string name;
  std::optional<double> value;
};

/// The chart with the same figures as a table below it.
void memory_kind(Page& page, std::string_view name, const std::vector<Part>& parts, std::optional<double> total,
                 std::optional<double> limit) {
  if (!total) return;
  StackedBar bar;
  bar.frame.title = name;
  bar.frame.description =
      limit ? fmt::format("{} used of {}.", bytes(total), bytes(limit)) : fmt::format("{} used.", bytes(total));
  bar.limit = limit;
  std::string rows;
  for (const Part& part : parts)
    if (part.value) {
      bar.parts.push_back({part.name, std::max(0.0, *part.value)});
      rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", part.name, bytes(part.value));
    }
  page.add("<figure><figcaption>{}</figcaption>{}</figure>\n", name, stacked_bar(bar));
  page.add(
      "<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"words\" scope=\"col\">{}</th><th scope=\"col\">"
      "bytes</th></tr></thead><tbody>\n{}<tr class=\"strong\"><th scope=\"row\">together</th><td>{}</td></tr>\n",
      name, rows, bytes(total));
  if (limit) {
    page.add("<tr><th scope=\"row\">limit of the board</th><td>{}</td></tr>\n", bytes(limit));
    page.add("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
             *total <= *limit ? "left" : "<span class=\"bad\">over by</span>", bytes(std::abs(*limit - *total)));
  }
  page.add("</tbody></table></div>\n");
}

}  // namespace

void memory(Page& page, const json& record) {
  const auto& boards = list(record, "boards");
  const bool any = std::any_of(boards.begin(), boards.end(), [](const json& board) {
    const BoardFigures f = board_figures(board);
    return f.flash || f.ram;
  });
  if (!any) return;
  page.section("memory", "Memory");
  for (const json& board : boards) {
    const BoardFigures f = board_figures(board);
    if (!f.flash && !f.ram) continue;
    page.add("<h3>{}</h3>\n<div class=\"pair\">\n<div>\n", escape(f.title));
    memory_kind(page, "Flash", {{"code", f.code}, {"tables", f.tables}, {"model", f.model}}, f.flash, f.flash_limit);
    page.add("</div>\n<div>\n");
    if (f.other_static)
      memory_kind(page, "RAM", {{"arena", f.arena}, {"other static", f.other_static}, {"stack", f.stack}}, f.ram,
                  f.ram_limit);
    else
      memory_kind(page, "RAM", {{"static", f.ram_static}, {"stack", f.stack}}, f.ram, f.ram_limit);
    page.add("</div>\n</div>\n");
  }
  page.end_section();
}

void speed(Page& page, const json& record) {
  const auto& boards = list(record, "boards");
  double latency_top = 0, energy_top = 0;
  bool any = false;
  for (const json& board : boards) {
    const BoardFigures f = board_figures(board);
    const auto high = [](std::optional<double> value, std::optional<double> error) {
      return value.value_or(0) * (1 + error.value_or(0) / 100);
    };
    latency_top = std::max({latency_top, high(f.latency, f.latency_error), f.latency_limit.value_or(0)});
    energy_top = std::max({energy_top, high(f.energy, f.energy_error), f.energy_limit.value_or(0)});
    any = any || f.latency || f.energy || number(board, "instructions");
  }
  if (!any) return;
  const auto drawn = [](std::optional<double> value, std::optional<double> error, std::optional<double> limit,
                        double top) {
    if (!value) return std::string();
    const double part = error.value_or(0) / 100;
    return range_bar(*value * (1 - part), *value, *value * (1 + part), limit, top * 1.05);
  };
  page.section("speed", "Time and energy of an inference");
  page.add(
      "<p class=\"note\">Instructions are counted. Latency and energy come from models of the chip: the tick is the "
      "estimate, the band its error{}.</p>\n<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"words\" "
      "scope=\"col\">board</th><th scope=\"col\">instructions</th><th scope=\"col\">latency</th><td></td><th "
      "scope=\"col\">limit</th><th scope=\"col\">energy</th><td></td><th "
      "scope=\"col\">limit</th></tr></thead><tbody>\n",
      std::any_of(boards.begin(), boards.end(),
                  [](const json& b) { return number(b, "latency_limit_ms") || number(b, "energy_limit_uj"); })
          ? ", the upright line the limit"
          : "");
  for (const json& board : boards) {
    const BoardFigures f = board_figures(board);
    page.add(
        "<tr><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td>{}</td><td class=\"drawn\">{}</td><td>{}</td><td>{}"
        "</td><td class=\"drawn\">{}</td><td>{}</td></tr>\n",
        escape(f.title), grouped(number(board, "instructions")), estimate(f.latency, "ms", f.latency_error),
        drawn(f.latency, f.latency_error, f.latency_limit, latency_top),
        f.latency_limit ? given(f.latency_limit) + " ms" : std::string(kNone), estimate(f.energy, "µJ", f.energy_error),
        drawn(f.energy, f.energy_error, f.energy_limit, energy_top),
        f.energy_limit ? given(f.energy_limit) + " µJ" : std::string(kNone));
  }
  page.add("</tbody></table></div>\n<dl class=\"facts\">\n");
  for (const json& board : boards) {
    std::string how;
    for (const std::string_view key : {"core", "emulator", "compiler"})
      if (const std::string value = text(board, key); !value.empty()) how += (how.empty() ? "" : " · ") + escape(value);
    if (const auto init = number(board, "init_instructions"))
      how += fmt::format(" · {} instructions to start", grouped(init));
    if (!how.empty()) page.add("<dt>{}</dt><dd>{}</dd>\n", escape(text(board, "board", "board")), how);
  }
  page.add("</dl>\n");
  page.end_section();
}

namespace {

/// The op, and the kernel that computes it where the record says so.
std::string op_and_kernel(const json& layer) {
  const std::string op = text(layer, "op"), kernel = text(layer, "kernel");
  return kernel.empty() || kernel == op ? op : op + " · " + kernel;
}

/// The largest functions and constants, the rest in one row.
void flash_by_symbol(Page& page, const json& board) {
  constexpr size_t kRows = 20;
  const auto& symbols = list(board, "flash_symbols");
  if (symbols.empty()) return;
  page.add(
      "<details><summary>Flash by symbol</summary>\n<div class=\"wide\"><table class=\"full\"><thead><tr><th "
      "class=\"words\" scope=\"col\">symbol</th><th class=\"words\" scope=\"col\">part</th><th scope=\"col\">bytes</th>"
      "</tr></thead><tbody>\n");
  double rest = 0;
  for (size_t i = 0; i < symbols.size(); ++i) {
    if (i >= kRows) {
      rest += number(symbols[i], "bytes").value_or(0);
      continue;
    }
    page.add("<tr><th scope=\"row\" class=\"free\">{}</th><td class=\"words\">{}</td><td>{}</td></tr>\n",
             escape(text(symbols[i], "name")), escape(text(symbols[i], "part")), bytes(number(symbols[i], "bytes")));
  }
  if (symbols.size() > kRows)
    page.add("<tr><th scope=\"row\" class=\"free\">{} more</th><td></td><td>{}</td></tr>\n", symbols.size() - kRows,
             bytes(rest));
  page.add("</tbody></table></div></details>\n");
}

}  // namespace

void layers(Page& page, const json& record) {
  const auto& boards = list(record, "boards");
  if (std::none_of(boards.begin(), boards.end(), [](const json& board) { return !list(board, "layers").empty(); }))
    return;
  page.section("layers", "Layer by layer");
  for (const json& board : boards) {
    const auto& all = list(board, "layers");
    if (all.empty()) continue;
    double counted = 0, macs = 0;
    for (const json& layer : all)
      counted += number(layer, "instructions").value_or(0), macs += number(layer, "macs").value_or(0);
    const double total = std::max(counted, number(board, "instructions").value_or(0));
    page.add(
        "<h3>{}</h3>\n<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"index\" "
        "scope=\"col\">layer</th><th class=\"words\" "
        "scope=\"col\">op</th><th class=\"words\" scope=\"col\">name</th><th scope=\"col\">MACs</th><th scope=\"col\">"
        "instructions</th><th scope=\"col\">per MAC</th><th scope=\"col\">share</th><td></td><th scope=\"col\">live "
        "arena</th><th scope=\"col\">stack</th>"
        "</tr></thead><tbody>\n",
        escape(text(board, "board_title", text(board, "board", "Board"))));
    const auto share = [&](double instructions) {
      return total > 0 ? fmt::format("<td>{}</td><td class=\"drawn\">{}</td>", percent(instructions / total),
                                     cell_bar(instructions / total))
                       : "<td></td><td></td>";
    };
    for (const json& layer : all) {
      const auto layer_macs = number(layer, "macs"), instructions = number(layer, "instructions");
      page.add(
          "<tr><td class=\"index\">{}</td><td class=\"words\">{}</td><th scope=\"row\" "
          "class=\"free\">{}</th><td>{}</td><td>{}</td><td>{}"
          "</td>{}<td>{}</td><td>{}</td></tr>\n",
          grouped(number(layer, "index")), escape(op_and_kernel(layer)), escape(text(layer, "name")),
          layer_macs && *layer_macs > 0 ? grouped(layer_macs) : std::string(kNone), grouped(instructions),
          layer_macs && *layer_macs > 0 && instructions ? fixed(*instructions / *layer_macs, 2) : std::string(kNone),
          instructions ? share(*instructions) : "<td></td><td></td>", bytes(number(layer, "arena_live_bytes")),
          bytes(number(layer, "stack_bytes")));
    }
    // A call into the model costs a few instructions that belong to no layer.
    if (total - counted >= 1)
      page.add(
          "<tr><td></td><td></td><th scope=\"row\" class=\"free\">outside "
          "layers</th><td></td><td>{}</td><td></td>{}<td></td><td></td></tr>\n",
          grouped(total - counted), share(total - counted));
    page.add(
        "<tr class=\"strong\"><td></td><td></td><th "
        "scope=\"row\">together</th><td>{}</td><td>{}</td><td>{}</td><td></td><td></td>"
        "<td>{}</td><td>{}</td></tr>\n</tbody></table></div>\n",
        grouped(macs), grouped(total), macs > 0 ? fixed(total / macs, 2) : std::string(kNone),
        bytes(number(board, "arena_bytes")), bytes(number(board, "stack_bytes")));
    flash_by_symbol(page, board);
  }
  page.end_section();
}

void arena(Page& page, const json& record) {
  const json& section = member(record, "arena");
  const auto& all = list(section, "layers");
  ArenaChart chart;
  chart.layers = static_cast<int>(std::min<size_t>(all.size(), 100000));
  chart.bytes = number(section, "bytes").value_or(0);
  chart.bound = number(section, "bound_bytes");
  for (const json& buffer : list(section, "buffers")) {
    const auto size = number(buffer, "bytes"), offset = number(buffer, "offset"), first = number(buffer, "first"),
               last = number(buffer, "last");
    if (!size || !offset || !first || !last || *size < 0 || *offset < 0 || *last < *first) continue;
    const auto layer = [&](double value) {
      return static_cast<int>(std::clamp(value, -1.0, static_cast<double>(chart.layers)));
    };
    chart.buffers.push_back({text(buffer, "name"), *size, *offset, layer(*first), layer(*last)});
  }
  if (!(chart.bytes > 0)) return;
  chart.frame = {
      "Arena over time",
      fmt::format("{} buffers share {} while {} layers run.", chart.buffers.size(), bytes(chart.bytes), chart.layers),
      960, 360};
  page.section("arena", "Arena over time");
  page.add(
      "<p class=\"note\">Each box is a tensor or scratch: it spans the layers that need it, at its place in the arena. "
      "Where boxes share bytes, an output takes the place of an input while that is read. The arena takes {}",
      bytes(chart.bytes));
  if (chart.bound) {
    if (*chart.bound >= chart.bytes)
      page.add("; no placement of these boxes needs less");
    else
      page.add("; it is proven that none needs less than {}", bytes(chart.bound));
  }
  const auto peak = std::max_element(all.begin(), all.end(), [](const json& a, const json& b) {
    return number(a, "live_bytes").value_or(0) < number(b, "live_bytes").value_or(0);
  });
  if (peak != all.end())
    page.add("; {} of them are in use at the peak, layer {} ({})", bytes(number(*peak, "live_bytes")),
             peak - all.begin(), escape(text(*peak, "name")));
  page.add(".</p>\n<figure>{}</figure>\n", arena_chart(chart));
  if (!all.empty()) {
    page.add(
        "<div class=\"wide\"><table class=\"full\"><thead><tr><th class=\"index\" scope=\"col\">layer</th><th "
        "class=\"words\" scope=\"col\">op"
        "</th><th class=\"words\" scope=\"col\">name</th><th scope=\"col\">live "
        "bytes</th><td></td></tr></thead><tbody>\n");
    for (size_t i = 0; i < all.size(); ++i) {
      const auto live = number(all[i], "live_bytes");
      page.add(
          "<tr><td class=\"index\">{}</td><td class=\"words\">{}</td><th scope=\"row\" "
          "class=\"free\">{}</th><td>{}</td><td class=\"drawn\">{}"
          "</td></tr>\n",
          i, escape(text(all[i], "op")), escape(text(all[i], "name")), bytes(live),
          live ? cell_bar(*live / chart.bytes) : "");
    }
    page.add("</tbody></table></div>\n");
  }
  page.end_section();
}

void quantization(Page& page, const json& record) {
  const auto& all = list(record, "quantization_error");
  if (all.empty()) return;
  double most = 0, worst = INFINITY;
  for (const json& layer : all) {
    const auto snr = number(layer, "snr_db");
    most = std::max(most, snr.value_or(most)), worst = std::min(worst, snr.value_or(worst));
  }
  page.section("quantization", "Error of quantization");
  page.add(
      "<p class=\"note\">Signal to error of each layer's int8 output against float, in decibels: 20 dB is an error of "
      "a "
      "tenth, 40 dB of a hundredth. The bold row is the weakest.</p>\n<div class=\"wide\"><table "
      "class=\"full\"><thead><tr><th "
      "class=\"index\" scope=\"col\">layer</th><th class=\"words\" scope=\"col\">name</th><th scope=\"col\">signal to "
      "error</th><td></td></tr>"
      "</thead><tbody>\n");
  for (size_t i = 0; i < all.size(); ++i) {
    const auto snr = number(all[i], "snr_db");
    const std::string layer = text(all[i], "layer");
    page.add(
        "<tr{}><td class=\"index\">{}</td><th scope=\"row\" class=\"free\">{}</th><td>{}</td><td "
        "class=\"drawn\">{}</td></tr>\n",
        snr && *snr == worst ? " class=\"strong\"" : "",
        layer.empty() ? grouped(number(all[i], "layer")) : escape(layer), escape(text(all[i], "name")),
        snr ? fixed(snr, 1) + " dB" : std::string(kNone), snr && most > 0 ? cell_bar(*snr / most) : "");
  }
  page.add("</tbody></table></div>\n");
  page.end_section();
}

}  // namespace mote::report
