#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the page and the terminal table of a run share: reading a record without trusting it, and numbers as text.
namespace mote::report {

/// The member `key` of an object; null if there is none or `json` is no object.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& json, std::string_view key);
/// A finite number; nothing for null, text, or an absent member.
[[nodiscard]] std::optional<double> number(const nlohmann::json& json, std::string_view key);
[[nodiscard]] std::optional<bool> flag(const nlohmann::json& json, std::string_view key);
[[nodiscard]] std::string text(const nlohmann::json& json, std::string_view key, std::string_view otherwise = "");
/// The elements of an array; none if the member is absent or no array.
[[nodiscard]] const std::vector<nlohmann::json>& list(const nlohmann::json& json, std::string_view key);

/// Text that may stand in HTML, also inside a quoted attribute. What is no UTF-8, and control characters, become
/// U+FFFD.
[[nodiscard]] std::string escape(std::string_view raw);
/// Characters, not bytes, of UTF-8 text.
[[nodiscard]] size_t length(std::string_view utf8);
/// At most `characters` characters, the last an ellipsis if some had to go.
[[nodiscard]] std::string shorten(std::string_view utf8, size_t characters);

/// Stands where a figure is absent.
inline constexpr std::string_view kNone = "–";

/// 1234567 -> "1,234,567"; rounds to whole numbers.
[[nodiscard]] std::string grouped(std::optional<double> value);
[[nodiscard]] std::string fixed(std::optional<double> value, int digits);
/// Three significant digits, without an exponent where people would write none: 0.0421, 7.21, 123, 4,120.
[[nodiscard]] std::string significant(std::optional<double> value);
/// 0.931 -> "93.1 %"
[[nodiscard]] std::string percent(std::optional<double> fraction);
/// "1,234 B"
[[nodiscard]] std::string bytes(std::optional<double> value);
/// "812 B", "23.4 KB", "1 MB"; 1 KB is 1,024 B.
[[nodiscard]] std::string short_bytes(std::optional<double> value);
/// "7.21 ms ± 9 %"; nothing but the dash if the value is absent, "± unknown" if only its error is.
[[nodiscard]] std::string estimate(std::optional<double> value, std::string_view unit, std::optional<double> error_pct);
/// The error of an estimate in percent: "± 9 %", "± 9.4 %", "± unknown".
[[nodiscard]] std::string error_text(std::optional<double> error_pct);
/// A number as its author would write it: 20, 0.5.
[[nodiscard]] std::string given(std::optional<double> value);
/// "0.8 s", "42 s", "3 min 05 s"
[[nodiscard]] std::string duration(std::optional<double> seconds);
/// "macro_f1" -> "macro-F1"; other names with spaces for underscores.
[[nodiscard]] std::string metric_name(std::string_view key);
/// Whether a metric lies in [0, 1] and more is better; an error has no such bounds.
[[nodiscard]] bool is_share(std::string_view metric);
/// 0.932 for a share, three significant digits for an error.
[[nodiscard]] std::string metric_value(std::string_view metric, std::optional<double> value);

/// One board's figures with what they are measured against.
struct BoardFigures {
  std::string title;
  std::optional<double> code, tables, model;         ///< bytes of flash; `code` without the tables
  std::optional<double> arena, other_static, stack;  ///< bytes of RAM
  std::optional<double> flash, ram_static, ram;      ///< sums; `ram` is static and stack
  std::optional<double> flash_limit, ram_limit, latency_limit, energy_limit;
  std::optional<double> latency, latency_error, energy, energy_error;
  std::optional<bool> fits;
  std::vector<std::string> exceeded;  ///< names of the limits that do not hold: "flash", "RAM", "latency", "energy"
};

[[nodiscard]] BoardFigures board_figures(const nlohmann::json& board);

/// The answer is no although every board fits: a limit that no board sets, such as the least macro-F1.
[[nodiscard]] bool limit_of_project_broken(const nlohmann::json& record);

}  // namespace mote::report
