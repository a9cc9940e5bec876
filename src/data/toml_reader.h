#pragma once

#include <fmt/format.h>

#include <toml++/toml.h>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mote {

/// "file:line:column", or the file alone where the node has no place in a text.
[[nodiscard]] std::string place(std::string_view file, const toml::node& node);

/// The candidate nearest to `name` in edit distance, if it is near enough to be meant.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> candidates);

/// Reads one table of a project file key by key and remembers the first error, so that a section reads as a list of
/// its keys. At the end `finish` refuses keys that nobody asked for.
///
///   TomlReader r(section, "data", "mote.toml");
///   r.number("rate_hz", config.rate_hz, 0, 1e6);
///   MOTE_TRY(r.finish());
class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string section, std::string_view file)
      : table_(table), section_(std::move(section)), file_(file) {}

  /// Each leaves `value` as it is when the key is absent. Numbers are checked against [low, high].
  void number(std::string_view key, double& value, double low = -std::numeric_limits<double>::infinity(),
              double high = std::numeric_limits<double>::infinity());
  void count(std::string_view key, size_t& value, size_t low = 0, size_t high = size_t{1} << 31);
  void flag(std::string_view key, bool& value);
  void text(std::string_view key, std::string& value);
  void texts(std::string_view key, std::vector<std::string>& value);  ///< one string or a list of strings
  void text_lists(std::string_view key, std::vector<std::vector<std::string>>& value);

  template <class Enum>
  void choice(std::string_view key, Enum& value, std::initializer_list<std::pair<const char*, Enum>> choices) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto word = node->value_exact<std::string>();
    std::string known;
    for (const auto& [name, meaning] : choices) {
      if (word && *word == name) {
        value = meaning;
        return;
      }
      known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
    }
    refuse(*node, fmt::format("{} must be one of {}", full(key), known));
  }

  /// The node of a key with a form of its own; null if absent. Counts as asked for.
  const toml::node* find(std::string_view key);
  /// Notes an error at `node`; the first one stays.
  void refuse(const toml::node& node, std::string message);
  void refuse(Error error);
  [[nodiscard]] std::string full(std::string_view key) const { return fmt::format("[{}] {}", section_, key); }
  [[nodiscard]] const toml::table& table() const { return table_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  [[nodiscard]] Result<> finish();

 private:
  const toml::table& table_;
  std::string section_;
  std::string file_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
};

}  // namespace mote
