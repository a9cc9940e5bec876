#include <optional>

#include "data/config.h"

namespace mote {

using nlohmann::json;

namespace {

json name_rule(const NameRule& rule) {
  switch (rule.from) {
    case NameRule::From::kNone:
      return "none";
    case NameRule::From::kColumn:
      return json{{"column", rule.column}};
    case NameRule::From::kFolder:
      return json{{"folder", rule.level}};
    case NameRule::From::kFile:
      return rule.pattern.empty() ? json("file") : json{{"file", rule.pattern}};
    case NameRule::From::kPath:
      return json{{"path", rule.pattern}};
  }
  return "none";
}

json step(const AugmentStep& s) {
  return {{"strength", s.strength}, {"probability", s.probability}};
}

bool insert(toml::table& table, const std::string& key, const json& value);

/// The list as TOML; nothing if it holds what TOML has no word for.
std::optional<toml::array> to_toml(const json& list) {
  toml::array array;
  for (const json& item : list) {
    toml::table holder;  // one conversion for both: an item is the value of a key
    if (!insert(holder, "item", item)) return std::nullopt;
    array.push_back(std::move(*holder.get("item")));
  }
  return array;
}

bool insert(toml::table& table, const std::string& key, const json& value) {
  if (value.is_string()) {
    table.insert_or_assign(key, value.get<std::string>());
  } else if (value.is_boolean()) {
    table.insert_or_assign(key, value.get<bool>());
  } else if (value.is_number_integer()) {
    table.insert_or_assign(key, value.get<int64_t>());
  } else if (value.is_number()) {
    table.insert_or_assign(key, value.get<double>());
  } else if (value.is_array()) {
    auto array = to_toml(value);
    if (!array) return false;
    table.insert_or_assign(key, std::move(*array));
  } else if (value.is_object()) {
    toml::table inner;
    for (const auto& [k, v] : value.items())
      if (!insert(inner, k, v)) return false;
    table.insert_or_assign(key, std::move(inner));
  } else {
    return false;
  }
  return true;
}

/// JSON that came from to_json goes back through the same parser as a project file.
template <class Config>
Result<Config> from_json(const json& object, std::string_view where,
                         Result<Config> (*parse)(const toml::table&, std::string_view)) {
  toml::table table;
  if (!object.is_object() || !insert(table, "section", object))
    return fail(ErrorCode::kBadInput, "{}: a JSON object of keys and values was expected", where);
  return parse(*table["section"].as_table(), where);
}

}  // namespace

json to_json(const DataConfig& c) {
  return {{"path", c.paths},
          {"format", c.format},
          {"rate_hz", c.rate_hz},
          {"source_rate_hz", c.source_rate_hz},
          {"time", c.time},
          {"time_unit", c.time_unit},
          {"max_gap_s", c.max_gap_s},
          {"sort_times", c.sort_times},
          {"columns", c.columns},
          {"targets", c.targets},
          {"label", name_rule(c.label)},
          {"subject", name_rule(c.subject)},
          {"classes", c.classes},
          {"ignore_labels", c.ignore_labels}};
}

json to_json(const WindowConfig& c) {
  using W = WindowConfig;
  json j = {{"mode", c.mode == W::Mode::kWhole ? "whole" : "slide"},
            {"label", c.label == W::Label::kStrict ? "strict" : "majority"},
            {"short", c.when_short == W::Short::kPad      ? "pad"
                      : c.when_short == W::Short::kCenter ? "center"
                                                          : "skip"},
            {"pad", c.pad == W::Pad::kZero ? "zero" : "edge"},
            {"fit", c.fit == W::Fit::kResample ? "resample" : "crop"}};
  if (c.length_s > 0) j["length_s"] = c.length_s;
  if (c.length > 0) j["length"] = c.length;
  if (c.hop_s > 0) j["hop_s"] = c.hop_s;
  if (c.hop > 0) j["hop"] = c.hop;
  return j;
}

json to_json(const AugmentConfig& c) {
  return {{"noise", step(c.noise)},     {"shift", step(c.shift)},
          {"scale", step(c.scale)},     {"rotation_deg", step(c.rotation_deg)},
          {"dropout", step(c.dropout)}, {"axes", c.axes}};
}

json to_json(const SplitConfig& c) {
  using S = SplitConfig;
  return {{"by", c.by == S::By::kSubject     ? "subject"
                 : c.by == S::By::kRecording ? "recording"
                                             : "rows"},
          {"rule", c.rule == S::Rule::kModulo   ? "modulo"
                   : c.rule == S::Rule::kGroups ? "groups"
                                                : "shuffle"},
          {"folds", c.folds},
          {"holdout", c.holdout},
          {"validation", c.validation},
          {"test", c.test},
          {"groups", c.groups},
          {"seed", c.seed}};
}

Result<DataConfig> data_config(const json& j, std::string_view where) {
  return from_json<DataConfig>(j, where, &data_config);
}
Result<WindowConfig> window_config(const json& j, std::string_view where) {
  return from_json<WindowConfig>(j, where, &window_config);
}
Result<AugmentConfig> augment_config(const json& j, std::string_view where) {
  return from_json<AugmentConfig>(j, where, &augment_config);
}
Result<SplitConfig> split_config(const json& j, std::string_view where) {
  return from_json<SplitConfig>(j, where, &split_config);
}

}  // namespace mote
