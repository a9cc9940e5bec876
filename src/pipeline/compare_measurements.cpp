#include "pipeline/compare_measurements.h"

#include <cmath>

#include "base/files.h"
#include "base/table.h"

namespace mote {

namespace {

using nlohmann::json;

Result<json> read_measurement(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(const std::string content, read_text(path));
  json read = json::parse(content, nullptr, false);
  if (read.is_discarded() || !read.is_object() || !read.contains("layers") || !read["layers"].is_array())
    return fail(ErrorCode::kBadInput, "{} is not what `mote measure --json` writes", path.string());
  return read;
}

std::optional<double> number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::string shown(std::optional<double> value) {
  if (!value) return "-";
  if (std::floor(*value) == *value) return grouped(static_cast<int64_t>(*value));
  return fmt::format("{:.4g}", *value);
}

std::string change(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return "-";
  if (*a == *b) return "=";
  return *a == 0 ? "new" : fmt::format("{:+.1f} %", 100 * (*b / *a - 1));
}

std::string word(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// One figure of both: a row of the table, an entry of the list.
void add(const std::string& name, const json& a, const json& b, const char* key,
         std::vector<std::vector<std::string>>& rows, nlohmann::ordered_json& list) {
  const auto left = number(a, key), right = number(b, key);
  if (!left && !right) return;
  rows.push_back({name, shown(left), shown(right), change(left, right)});
  nlohmann::ordered_json entry{{"name", name}, {"figure", key}, {"a", nullptr}, {"b", nullptr}};
  if (left) entry["a"] = *left;
  if (right) entry["b"] = *right;
  list.push_back(std::move(entry));
}

constexpr const char* kTotals[] = {"macs",
                                   "instructions",
                                   "init_instructions",
                                   "cycles",
                                   "flash_code_bytes",
                                   "flash_tables_bytes",
                                   "flash_model_bytes",
                                   "flash_image_bytes",
                                   "ram_static_bytes",
                                   "arena_bytes",
                                   "stack_bytes",
                                   "latency_ms",
                                   "energy_uj"};

}  // namespace

Result<MeasurementComparison> compare_measurements(const std::filesystem::path& a, const std::filesystem::path& b) {
  MOTE_TRY_ASSIGN(const json left, read_measurement(a));
  MOTE_TRY_ASSIGN(const json right, read_measurement(b));
  MeasurementComparison result;
  result.json = {{"schema_version", 1},
                 {"a", a.string()},
                 {"b", b.string()},
                 {"differs_in", nlohmann::ordered_json::array()},
                 {"totals", nlohmann::ordered_json::array()},
                 {"layers", nlohmann::ordered_json::array()}};
  for (const char* key : {"model", "board", "compiler", "emulator"})
    if (word(left, key) != word(right, key)) {
      result.json["differs_in"].push_back(key);
      result.text += fmt::format("another {}: {} and {}\n", key, word(left, key), word(right, key));
    }
  if (!result.text.empty()) result.text += "\n";

  std::vector<std::vector<std::string>> totals{{"figure", "a", "b", "change"}};
  for (const char* key : kTotals) add(key, left, right, key, totals, result.json["totals"]);
  std::vector<std::vector<std::string>> layers{{"layer: instructions", "a", "b", "change"}};
  const size_t count = std::max(left["layers"].size(), right["layers"].size());
  for (size_t i = 0; i < count; ++i) {
    const json one = i < left["layers"].size() ? left["layers"][i] : json::object();
    const json other = i < right["layers"].size() ? right["layers"][i] : json::object();
    std::string op = word(one, "op");
    if (const std::string now = word(other, "op"); now != op) op += op.empty() ? now : " / " + now;
    add(fmt::format("{} {}", i, op), one, other, "instructions", layers, result.json["layers"]);
  }
  result.text += table(totals) + "\n" + table(layers);
  return result;
}

}  // namespace mote
