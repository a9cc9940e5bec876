#include "pipeline/report_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mote::report {

using nlohmann::json;

const json& member(const json& object, std::string_view key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::optional<double> number(const json& object, std::string_view key) {
  const json& value = member(object, key);
  if (!value.is_number()) return std::nullopt;
  const double result = value.get<double>();
  return std::isfinite(result) ? std::optional(result) : std::nullopt;
}

std::optional<bool> flag(const json& object, std::string_view key) {
  const json& value = member(object, key);
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

std::string text(const json& object, std::string_view key, std::string_view otherwise) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string(otherwise);
}

const std::vector<json>& list(const json& object, std::string_view key) {
  static const std::vector<json> kEmpty;
  const json& value = member(object, key);
  return value.is_array() ? value.get_ref<const json::array_t&>() : kEmpty;
}

namespace {

/// Bytes of the well-formed UTF-8 character at the front of `raw` (RFC 3629: no overlong forms, no surrogates); 0 if
/// there is none.
size_t character_bytes(std::string_view raw) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(raw[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const size_t bytes = lead >= 0xC2 && lead < 0xE0   ? 2
                       : lead >= 0xE0 && lead < 0xF0 ? 3
                       : lead >= 0xF0 && lead < 0xF5 ? 4
                                                     : 0;
  if (bytes == 0 || raw.size() < bytes) return 0;
  for (size_t i = 1; i < bytes; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  if ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F) || (lead == 0xF0 && at(1) < 0x90) ||
      (lead == 0xF4 && at(1) > 0x8F))
    return 0;
  return bytes;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool goes_on(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string escape(std::string_view raw) {
  std::string result;
  result.reserve(raw.size());
  while (!raw.empty()) {
    const size_t bytes = character_bytes(raw);
    const char c = raw.front();
    if (bytes == 0 || (bytes == 1 && ((c >= 0 && c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)))
      result += kReplacement;
    else if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (c == '\'')
      result += "&#39;";
    else
      result += raw.substr(0, bytes);
    raw.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return result;
}

size_t length(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return !goes_on(c); }));
}

std::string shorten(std::string_view utf8, size_t characters) {
  if (length(utf8) <= characters) return std::string(utf8);
  if (characters == 0) return {};
  size_t end = 0;
  for (size_t seen = 0; end < utf8.size(); ++end)
    if (!goes_on(utf8[end]) && seen++ == characters - 1) break;
  return std::string(utf8.substr(0, end)) + "…";
}

std::string grouped(std::optional<double> value) {
  if (!value) return std::string(kNone);
  std::string digits = fmt::format("{:.0f}", std::abs(*value));
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return *value < 0 && digits != "0" ? "−" + digits : digits;
}

std::string fixed(std::optional<double> value, int digits) {
  if (!value) return std::string(kNone);
  std::string result = fmt::format("{:.{}f}", std::abs(*value), digits);
  const bool zero = result.find_first_of("123456789") == std::string::npos;
  return *value < 0 && !zero ? "−" + result : result;
}

std::string significant(std::optional<double> value) {
  if (!value) return std::string(kNone);
  const double size = std::abs(*value);
  if (size == 0) return "0";
  if (size >= 999.5) return size < 1e15 ? grouped(value) : fmt::format("{:.3g}", *value);
  if (size < 1e-4) return fmt::format("{:.2e}", *value);
  int digits = 2 - static_cast<int>(std::floor(std::log10(size)));
  if (size * std::pow(10.0, digits) >= 999.5) --digits;  // 9.996 rounds up to 10.0
  return fixed(value, digits);
}

std::string percent(std::optional<double> fraction) {
  return fraction ? fixed(*fraction * 100, 1) + " %" : std::string(kNone);
}

std::string bytes(std::optional<double> value) {
  return value ? grouped(value) + " B" : std::string(kNone);
}

std::string short_bytes(std::optional<double> value) {
  if (!value) return std::string(kNone);
  if (*value < 1024) return bytes(value);
  const bool mega = *value >= 1024.0 * 1024.0;
  std::string result = fixed(*value / (mega ? 1024.0 * 1024.0 : 1024.0), 1);
  if (result.ends_with(".0")) result.resize(result.size() - 2);
  return result + (mega ? " MB" : " KB");
}

std::string estimate(std::optional<double> value, std::string_view unit, std::optional<double> error_pct) {
  return value ? fmt::format("{} {} {}", significant(value), unit, error_text(error_pct)) : std::string(kNone);
}

std::string error_text(std::optional<double> error_pct) {
  if (!error_pct) return "± unknown";
  const bool whole = *error_pct >= 9.95 || *error_pct == std::floor(*error_pct);
  return "± " + fixed(error_pct, whole ? 0 : 1) + " %";
}

std::string given(std::optional<double> value) {
  return value ? fmt::format("{:g}", *value) : std::string(kNone);
}

std::string duration(std::optional<double> seconds) {
  if (!seconds) return std::string(kNone);
  if (*seconds < 9.95) return fixed(seconds, *seconds < 0.0995 ? 2 : 1) + " s";
  const auto whole = static_cast<int64_t>(std::llround(std::min(*seconds, 1e12)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string metric_name(std::string_view key) {
  if (key == "macro_f1") return "macro-F1";
  if (key == "auc") return "AUC";
  std::string result(key);
  std::replace(result.begin(), result.end(), '_', ' ');
  return result;
}

bool is_share(std::string_view metric) {
  return metric == "macro_f1" || metric == "accuracy" || metric == "auc";
}

std::string metric_value(std::string_view metric, std::optional<double> value) {
  return is_share(metric) ? fixed(value, 3) : significant(value);
}

namespace {

std::optional<double> sum(std::optional<double> a, std::optional<double> b) {
  if (!a && !b) return std::nullopt;
  return a.value_or(0) + b.value_or(0);
}

}  // namespace

BoardFigures board_figures(const json& board) {
  BoardFigures f;
  f.title = text(board, "board_title", text(board, "board", "board"));
  f.tables = number(board, "flash_tables_bytes");
  f.model = number(board, "flash_model_bytes");
  const std::optional<double> code = number(board, "flash_code_bytes");
  if (code) f.code = std::max(0.0, *code - f.tables.value_or(0));
  f.flash = sum(code, f.model);
  f.ram_static = number(board, "ram_static_bytes");
  f.arena = number(board, "arena_bytes");
  if (f.ram_static && f.arena) f.other_static = std::max(0.0, *f.ram_static - *f.arena);
  f.stack = number(board, "stack_bytes");
  f.ram = sum(f.ram_static, f.stack);
  f.flash_limit = number(board, "flash_limit_bytes");
  f.ram_limit = number(board, "ram_limit_bytes");
  f.latency_limit = number(board, "latency_limit_ms");
  f.energy_limit = number(board, "energy_limit_uj");
  f.latency = number(board, "latency_ms");
  f.latency_error = number(board, "latency_error_pct");
  f.energy = number(board, "energy_uj");
  f.energy_error = number(board, "energy_error_pct");
  f.fits = flag(board, "fits");
  const auto check = [&](std::string_view name, std::optional<double> used, std::optional<double> limit) {
    if (used && limit && *used > *limit) f.exceeded.emplace_back(name);
  };
  check("flash", f.flash, f.flash_limit);
  check("RAM", f.ram, f.ram_limit);
  check("latency", f.latency, f.latency_limit);
  check("energy", f.energy, f.energy_limit);
  return f;
}

bool limit_of_project_broken(const json& record) {
  const auto& boards = list(record, "boards");
  return flag(record, "fits") == false &&
         std::none_of(boards.begin(), boards.end(), [](const json& board) { return flag(board, "fits") == false; });
}

}  // namespace mote::report
