#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

/// Where a recording's label or subject is written.
struct NameRule {
  enum class From {
    kNone,    ///< nowhere: no labels (regression), or one unnamed subject
    kColumn,  ///< in the column `column`; a label may change inside a file, a changing subject cuts the file
    kFolder,  ///< the name of the folder `level` steps above the file (1: the folder that holds it)
    kFile,    ///< in the file name: up to its first dot, or the first group of `pattern`
    kPath,    ///< in the path below the data folder, with '/' between: the first group of `pattern`
  };
  From from = From::kNone;
  std::string column{};
  int level = 1;
  std::string pattern{};  ///< ECMAScript regular expression

  bool operator==(const NameRule&) const = default;
};

/// The section [data]: what the files hold.
struct DataConfig {
  std::vector<std::string> paths = {"data"};  ///< folders or files, relative to the project file
  std::string format = "csv";
  double rate_hz = 0;         ///< rate after resampling; 0: as recorded
  double source_rate_hz = 0;  ///< rate of files without a time column; 0: rate_hz
  std::string time{};         ///< name of the time column; empty: none
  std::string time_unit = "s";
  double max_gap_s = 1;                ///< a longer pause between two samples cuts the recording in two
  bool sort_times = false;             ///< sort rows that go back in time (with a warning) instead of refusing the file
  std::vector<std::string> columns{};  ///< sensor columns; empty: every numeric column that has no other role
  std::vector<std::string> targets{};  ///< columns to predict (regression); empty: classification
  NameRule label = {.from = NameRule::From::kFile};
  NameRule subject{};
  std::vector<std::string> classes{};        ///< order of the classes; empty: as found, sorted
  std::vector<std::string> ignore_labels{};  ///< samples of these labels are left out

  bool operator==(const DataConfig&) const = default;
};

/// The section [window]: how recordings become the model's inputs.
struct WindowConfig {
  enum class Mode { kSlide, kWhole };
  enum class Label { kMajority, kStrict };
  enum class Short { kSkip, kPad, kCenter };
  enum class Pad { kEdge, kZero };
  enum class Fit { kCrop, kResample };

  double length_s = 0;  ///< seconds; 0: `length` counts samples
  size_t length = 0;
  double hop_s = 0;  ///< seconds; 0: `hop` counts samples; both 0: the length, so that windows do not overlap
  size_t hop = 0;
  Mode mode = Mode::kSlide;
  Label label = Label::kMajority;  ///< strict: a window that holds two labels is left out
  Short when_short = Short::kSkip;
  Pad pad = Pad::kEdge;
  Fit fit = Fit::kCrop;  ///< mode "whole": cut from or centred in the window, or stretched to it

  bool operator==(const WindowConfig&) const = default;
};

/// One kind of augmentation: how strong, and how often a window gets it.
struct AugmentStep {
  double strength = 0;     ///< 0: never
  double probability = 1;  ///< in [0, 1]

  bool operator==(const AugmentStep&) const = default;
};

/// The section [augment]: what is done to training windows, anew in every epoch.
struct AugmentConfig {
  AugmentStep noise{};         ///< deviation of Gaussian noise, in deviations of the channel
  AugmentStep shift{};         ///< largest time shift, as a fraction of the window
  AugmentStep scale{};         ///< factor uniform in [1 - strength, 1 + strength]
  AugmentStep rotation_deg{};  ///< largest angle around a random axis, the same for all triples of `axes`
  AugmentStep dropout{};       ///< chance of a time step to be lost; the step before it is repeated
  std::vector<std::vector<std::string>> axes{};  ///< triples of channel names that turn together

  bool operator==(const AugmentConfig&) const = default;
};

/// The section [split]: who is tested, and on whom is trained.
struct SplitConfig {
  enum class By { kSubject, kRecording, kRows };
  enum class Rule { kShuffle, kModulo, kGroups };

  By by = By::kSubject;
  Rule rule = Rule::kShuffle;
  size_t folds = 0;                 ///< 0: one hold-out split
  double holdout = 0.2;             ///< fraction of the units (subjects, recordings, rows) to test on, without folds
  double validation = 0.2;          ///< fraction of the training units that early stopping looks at
  std::vector<std::string> test{};  ///< subjects to hold out, by name, instead of a fraction
  std::vector<std::vector<std::string>> groups{};  ///< rule "groups": one list of subjects per fold
  uint64_t seed = 1;

  bool operator==(const SplitConfig&) const = default;
};

/// A whole project file, parsed. `file` stands in front of messages. kBadInput with the line and column if it is no
/// TOML.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, std::string_view file);
[[nodiscard]] Result<toml::table> read_toml(const std::filesystem::path& path);

/// One section of a project file. Unknown keys are refused with the nearest known one; every error gives file, line
/// and column.
[[nodiscard]] Result<DataConfig> data_config(const toml::table& section, std::string_view file);
[[nodiscard]] Result<WindowConfig> window_config(const toml::table& section, std::string_view file);
[[nodiscard]] Result<AugmentConfig> augment_config(const toml::table& section, std::string_view file);
[[nodiscard]] Result<SplitConfig> split_config(const toml::table& section, std::string_view file);

/// The same keys as in the project file, so that a model's metadata can carry them.
[[nodiscard]] nlohmann::json to_json(const DataConfig& config);
[[nodiscard]] nlohmann::json to_json(const WindowConfig& config);
[[nodiscard]] nlohmann::json to_json(const AugmentConfig& config);
[[nodiscard]] nlohmann::json to_json(const SplitConfig& config);

/// The way back; `where` names the source ("metadata of model.tflite") in messages.
[[nodiscard]] Result<DataConfig> data_config(const nlohmann::json& json, std::string_view where);
[[nodiscard]] Result<WindowConfig> window_config(const nlohmann::json& json, std::string_view where);
[[nodiscard]] Result<AugmentConfig> augment_config(const nlohmann::json& json, std::string_view where);
[[nodiscard]] Result<SplitConfig> split_config(const nlohmann::json& json, std::string_view where);

}  // namespace mote
