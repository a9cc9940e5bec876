#include "data/toml_reader.h"

#include <algorithm>
#include <numeric>

namespace mote {

std::string place(std::string_view file, const toml::node& node) {
  const toml::source_position at = node.source().begin;
  if (at.line == 0) return std::string(file);
  return fmt::format("{}:{}:{}", file, at.line, at.column);
}

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2) + 1;
  for (const std::string& candidate : candidates)
    if (const size_t d = edit_distance(name, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  return best;
}

const toml::node* TomlReader::find(std::string_view key) {
  asked_.emplace_back(key);
  return table_.get(key);
}

void TomlReader::refuse(const toml::node& node, std::string message) {
  refuse(Error{ErrorCode::kBadInput, std::move(message), place(file_, node)});
}

void TomlReader::refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

void TomlReader::number(std::string_view key, double& value, double low, double high) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto read = node->is_number() ? node->value<double>() : std::nullopt;
  if (!read || !std::isfinite(*read)) return refuse(*node, fmt::format("{} must be a number", full(key)));
  if (*read < low || *read > high) {
    const std::string range =
        !std::isfinite(high) ? fmt::format("at least {}", low) : fmt::format("from {} to {}", low, high);
    return refuse(*node, fmt::format("{} = {} must be {}", full(key), *read, range));
  }
  value = *read;
}

void TomlReader::count(std::string_view key, size_t& value, size_t low, size_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto read = node->value_exact<int64_t>();
  if (!read) return refuse(*node, fmt::format("{} must be a whole number", full(key)));
  if (*read < static_cast<int64_t>(low) || *read > static_cast<int64_t>(high))
    return refuse(*node, fmt::format("{} = {} must be from {} to {}", full(key), *read, low, high));
  value = static_cast<size_t>(*read);
}

void TomlReader::flag(std::string_view key, bool& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto read = node->value_exact<bool>();
  if (!read) return refuse(*node, fmt::format("{} must be true or false", full(key)));
  value = *read;
}

void TomlReader::text(std::string_view key, std::string& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  auto read = node->value_exact<std::string>();
  if (!read) return refuse(*node, fmt::format("{} must be a text in quotes", full(key)));
  value = std::move(*read);
}

namespace {

/// The texts of a list, or nothing if it holds anything else.
std::optional<std::vector<std::string>> as_texts(const toml::node& node) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const toml::node& item : *list) {
    auto word = item.value_exact<std::string>();
    if (!word) return std::nullopt;
    texts.push_back(std::move(*word));
  }
  return texts;
}

}  // namespace

void TomlReader::texts(std::string_view key, std::vector<std::string>& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  if (auto one = node->value_exact<std::string>()) {
    value = {std::move(*one)};
  } else if (auto many = as_texts(*node)) {
    value = std::move(*many);
  } else {
    refuse(*node, fmt::format("{} must be a list of texts in quotes", full(key)));
  }
}

void TomlReader::text_lists(std::string_view key, std::vector<std::vector<std::string>>& value) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const std::string wanted =
      fmt::format("{} must be a list of lists of texts, as in [[\"a\", \"b\"], [\"c\"]]", full(key));
  const toml::array* lists = node->as_array();
  if (lists == nullptr) return refuse(*node, wanted);
  value.clear();
  for (const toml::node& item : *lists) {
    auto one = as_texts(item);
    if (!one) return refuse(item, wanted);
    value.push_back(std::move(*one));
  }
}

Result<> TomlReader::finish() {
  if (error_) return fail(std::move(*error_));
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    std::string known;
    for (const std::string& k : asked_) known += (known.empty() ? "" : ", ") + k;
    const auto near = nearest_name(name, asked_);
    const std::string hint = near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("known keys: {}", known);
    const toml::source_position at = key.source().begin;
    const std::string where = at.line == 0 ? file_ : fmt::format("{}:{}:{}", file_, at.line, at.column);
    return fail(Error{ErrorCode::kBadInput, fmt::format("[{}] has no key \"{}\"; {}", section_, name, hint), where});
  }
  return {};
}

}  // namespace mote
