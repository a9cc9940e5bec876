#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "data/config.h"

namespace mote {

/// One stretch of sensor readings of one subject.
struct Recording {
  std::string path{};            ///< as given, for messages
  double rate_hz = 0;            ///< 0: unknown (neither a time column nor a declared rate)
  std::vector<double> times{};   ///< seconds, ascending; empty: evenly spaced at rate_hz
  std::vector<float> samples{};  ///< [n][channels]
  std::vector<float> targets{};  ///< [n][targets], regression only
  std::vector<int> labels{};     ///< [n] class of every sample, -1 where the label is ignored; empty for regression
  int subject = 0;               ///< index into RecordingSet::subjects

  [[nodiscard]] size_t size(size_t channels) const { return samples.size() / channels; }
};

/// All recordings of a data folder; they share channels, classes and subjects.
struct RecordingSet {
  std::vector<std::string> channels{};
  std::vector<std::string> targets{};
  std::vector<std::string> classes{};
  std::vector<std::string> subjects{};
  std::vector<Recording> recordings{};
  double rate_hz = 0;  ///< of all recordings after resampling; before that 0 if they differ
};

/// Reads all files below `folder` / each of config.paths (a path that is a file is read alone).
///
/// kBadInput for an empty folder, and with file, line and column for everything a file does wrong: missing columns,
/// text where numbers belong, times that run backwards, a name that the label's or subject's pattern does not fit, a
/// label outside config.classes.
[[nodiscard]] Result<RecordingSet> load_recordings(const DataConfig& config, const std::filesystem::path& folder,
                                                   const Log& log = {});

/// The same with the files in `folder` itself, whatever config.paths says: `mote eval MODEL --data FOLDER`.
[[nodiscard]] Result<RecordingSet> load_recordings_in(const DataConfig& config, const std::filesystem::path& folder,
                                                      const Log& log = {});

}  // namespace mote
