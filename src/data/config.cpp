#include "data/config.h"

#include <fmt/format.h>

#include <regex>

#include "base/files.h"
#include "data/toml_reader.h"

namespace mote {

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return fail(ErrorCode::kBadInput, "{}:{}:{}: {}", file, at.line, at.column, error.description());
  }
}

Result<toml::table> read_toml(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(const std::string text, read_text(path));
  return parse_toml(text, path.string());
}

namespace {

using From = NameRule::From;

/// A file name or path pattern must compile and hold one group.
void check_pattern(TomlReader& reader, const toml::node& node, std::string_view key, const std::string& pattern) {
  try {
    if (std::regex(pattern).mark_count() == 0)
      reader.refuse(node, fmt::format("{}: the pattern \"{}\" needs a group in parentheses around the name",
                                      reader.full(key), pattern));
  } catch (const std::regex_error& error) {
    reader.refuse(node,
                  fmt::format("{}: \"{}\" is no regular expression: {}", reader.full(key), pattern, error.what()));
  }
}

/// "none", "folder", "file", or { column = "..." }, { folder = 1 }, { file = "pattern" }, { path = "pattern" }.
void read_name_rule(TomlReader& reader, std::string_view key, NameRule& rule) {
  const toml::node* node = reader.find(key);
  if (node == nullptr) return;
  const std::string forms = fmt::format(
      "{} must be \"none\", \"folder\", \"file\", {{ column = \"name\" }}, {{ folder = 1 }}, {{ file = \"pattern\" }} "
      "or "
      "{{ path = \"pattern\" }}",
      reader.full(key));
  rule = NameRule{};
  if (const auto word = node->value_exact<std::string>()) {
    if (*word == "folder")
      rule.from = From::kFolder;
    else if (*word == "file")
      rule.from = From::kFile;
    else if (*word != "none")
      reader.refuse(*node, forms);
    return;
  }
  const toml::table* table = node->as_table();
  if (table == nullptr || table->size() != 1) return reader.refuse(*node, forms);
  const auto entry = table->begin();
  const toml::key& name = entry->first;
  const toml::node& value = entry->second;
  const auto word = value.value_exact<std::string>();
  if (name.str() == "column" && word && !word->empty()) {
    rule.from = From::kColumn;
    rule.column = *word;
  } else if (name.str() == "folder" && value.is_integer()) {
    rule.from = From::kFolder;
    rule.level = value.value_or(0);
    if (rule.level < 1 || rule.level > 16)
      reader.refuse(value, fmt::format("{}: folder counts steps up from the file, from 1 to 16", reader.full(key)));
  } else if ((name.str() == "file" || name.str() == "path") && word) {
    rule.from = name.str() == "file" ? From::kFile : From::kPath;
    rule.pattern = *word;
    check_pattern(reader, value, key, *word);
  } else {
    reader.refuse(*node, forms);
  }
}

/// A bare number is the strength; { strength = ..., probability = ... } says both.
void read_step(TomlReader& reader, std::string_view key, AugmentStep& step, double strongest) {
  const toml::node* node = reader.find(key);
  if (node == nullptr) return;
  if (const toml::table* table = node->as_table()) {
    TomlReader inner(*table, fmt::format("augment.{}", key), reader.file());
    inner.number("strength", step.strength, 0, strongest);
    inner.number("probability", step.probability, 0, 1);
    if (auto done = inner.finish(); !done) reader.refuse(std::move(done).error());
    return;
  }
  const auto strength = node->is_number() ? node->value<double>() : std::nullopt;
  if (!strength || !(*strength >= 0 && *strength <= strongest))
    return reader.refuse(*node,
                         fmt::format("{} must be a number from 0 to {} or {{ strength = ..., probability = ... }}",
                                     reader.full(key), strongest));
  step.strength = *strength;
}

}  // namespace

Result<DataConfig> data_config(const toml::table& section, std::string_view file) {
  DataConfig c;
  TomlReader r(section, "data", file);
  r.texts("path", c.paths);
  r.text("format", c.format);
  r.number("rate_hz", c.rate_hz, 0, 1e7);
  r.number("source_rate_hz", c.source_rate_hz, 0, 1e7);
  r.text("time", c.time);
  r.text("time_unit", c.time_unit);
  r.number("max_gap_s", c.max_gap_s, 0);
  r.flag("sort_times", c.sort_times);
  r.texts("columns", c.columns);
  r.texts("targets", c.targets);
  if (!c.targets.empty()) c.label = NameRule{};
  read_name_rule(r, "label", c.label);
  read_name_rule(r, "subject", c.subject);
  r.texts("classes", c.classes);
  r.texts("ignore_labels", c.ignore_labels);
  if (const toml::node* node = section.get("format"); node && c.format != "csv")
    r.refuse(*node, fmt::format("[data] format \"{}\" is not read yet; use \"csv\"", c.format));
  if (const toml::node* node = section.get("time_unit");
      node && c.time_unit != "s" && c.time_unit != "ms" && c.time_unit != "us" && c.time_unit != "ns")
    r.refuse(*node, fmt::format("[data] time_unit \"{}\" must be one of \"s\", \"ms\", \"us\", \"ns\"", c.time_unit));
  if (const toml::node* node = section.get("path"); node && c.paths.empty())
    r.refuse(*node, "[data] path must name at least one folder");
  if (const toml::node* node = section.get("label"); node && !c.targets.empty() && c.label.from != From::kNone)
    r.refuse(*node, "[data] label and targets exclude each other: a model either classifies or predicts numbers");
  MOTE_TRY(r.finish());
  return c;
}

Result<WindowConfig> window_config(const toml::table& section, std::string_view file) {
  using W = WindowConfig;
  W c;
  TomlReader r(section, "window", file);
  r.number("length_s", c.length_s, 0, 3600);
  r.count("length", c.length, 0, 1 << 24);
  r.number("hop_s", c.hop_s, 0, 3600);
  r.count("hop", c.hop, 0, 1 << 24);
  r.choice("mode", c.mode, {{"slide", W::Mode::kSlide}, {"whole", W::Mode::kWhole}});
  r.choice("label", c.label, {{"majority", W::Label::kMajority}, {"strict", W::Label::kStrict}});
  r.choice("short", c.when_short, {{"skip", W::Short::kSkip}, {"pad", W::Short::kPad}, {"center", W::Short::kCenter}});
  r.choice("pad", c.pad, {{"edge", W::Pad::kEdge}, {"zero", W::Pad::kZero}});
  r.choice("fit", c.fit, {{"crop", W::Fit::kCrop}, {"resample", W::Fit::kResample}});
  if ((c.length_s > 0) == (c.length > 0))
    r.refuse(section, "[window] needs either length_s (seconds) or length (samples), and not both");
  if (c.hop_s > 0 && c.hop > 0) r.refuse(section, "[window] takes either hop_s (seconds) or hop (samples), not both");
  MOTE_TRY(r.finish());
  return c;
}

Result<AugmentConfig> augment_config(const toml::table& section, std::string_view file) {
  AugmentConfig c;
  TomlReader r(section, "augment", file);
  read_step(r, "noise", c.noise, 10);
  read_step(r, "shift", c.shift, 1);
  read_step(r, "scale", c.scale, 0.9);
  read_step(r, "rotation_deg", c.rotation_deg, 180);
  read_step(r, "dropout", c.dropout, 0.9);
  r.text_lists("axes", c.axes);
  for (const auto& triple : c.axes)
    if (triple.size() != 3)
      r.refuse(*section.get("axes"),
               fmt::format("[augment] axes: a group has {} channels, a rotation needs three", triple.size()));
  if (c.rotation_deg.strength > 0 && c.axes.empty())
    r.refuse(
        *section.get("rotation_deg"),
        "[augment] rotation_deg needs axes, the channels that turn together, as in axes = [[\"ax\", \"ay\", \"az\"]]");
  MOTE_TRY(r.finish());
  return c;
}

Result<SplitConfig> split_config(const toml::table& section, std::string_view file) {
  using S = SplitConfig;
  S c;
  TomlReader r(section, "split", file);
  r.choice("by", c.by, {{"subject", S::By::kSubject}, {"recording", S::By::kRecording}, {"rows", S::By::kRows}});
  r.choice("rule", c.rule,
           {{"shuffle", S::Rule::kShuffle}, {"modulo", S::Rule::kModulo}, {"groups", S::Rule::kGroups}});
  r.count("folds", c.folds, 0, 1000);
  r.number("holdout", c.holdout, 0, 0.9);
  r.number("validation", c.validation, 0, 0.9);
  r.texts("test", c.test);
  r.text_lists("groups", c.groups);
  size_t seed = c.seed;
  r.count("seed", seed, 0, size_t{1} << 53);
  c.seed = seed;
  if (!c.groups.empty()) {
    if (!section.contains("rule")) c.rule = S::Rule::kGroups;
    if (!section.contains("folds")) c.folds = c.groups.size();
  }
  if (c.folds == 1)
    r.refuse(*section.get("folds"), "[split] folds = 1 would leave nobody to train on; use 2 or more, or holdout");
  if (c.rule == S::Rule::kGroups && (c.groups.size() < 2 || c.folds != c.groups.size()))
    r.refuse(section, "[split] rule \"groups\" needs groups, one list of subjects per fold, and at least two of them");
  if (c.rule != S::Rule::kGroups && !c.groups.empty())
    r.refuse(*section.get("groups"), "[split] groups only go with rule = \"groups\"");
  if (c.rule == S::Rule::kModulo && c.folds == 0) r.refuse(section, "[split] rule \"modulo\" needs folds");
  if (c.rule != S::Rule::kShuffle && c.by != S::By::kSubject)
    r.refuse(section, "[split] rules \"modulo\" and \"groups\" only go with by = \"subject\"");
  if (!c.test.empty() && (c.folds != 0 || c.by != S::By::kSubject))
    r.refuse(*section.get("test"),
             "[split] test names subjects to hold out: it goes with by = \"subject\" and without folds");
  if (c.test.empty() && c.folds == 0 && c.holdout == 0 && section.contains("holdout"))
    r.refuse(*section.get("holdout"), "[split] holdout = 0 leaves nothing to test on; give a fraction, test or folds");
  MOTE_TRY(r.finish());
  return c;
}

}  // namespace mote
