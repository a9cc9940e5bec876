#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "data/config.h"
#include "data/recording.h"

namespace mote {

/// Windows of equal shape, ready to train or test on. Samples are as recorded: normalisation is the model's own.
struct Dataset {
  size_t channels = 0;
  size_t length = 0;   ///< time steps of a window
  double rate_hz = 0;  ///< 0: unknown
  std::vector<std::string> channel_names, target_names, classes, subjects;
  std::vector<std::string> recordings;  ///< path of each recording (parts of a cut file count on their own)
  std::vector<float> samples;           ///< [n][length][channels]
  std::vector<float> targets;           ///< [n][target_names], at the window's last sample; regression only
  std::vector<int> labels;              ///< [n] index into classes; empty for regression
  std::vector<int> subject_ids;         ///< [n]
  std::vector<int> recording_ids;       ///< [n]

  [[nodiscard]] size_t size() const { return recording_ids.size(); }
  [[nodiscard]] std::span<const float> window(size_t i) const {
    return std::span(samples).subspan(i * length * channels, length * channels);
  }
};

/// Cuts resampled recordings into windows. Windows never reach over the end of a recording.
///
/// A majority label is the class of most samples, the lower index on a tie; windows where ignored samples are in the
/// majority, and under the strict rule windows with two labels, are left out. kBadInput if seconds are asked for and
/// the rate is unknown, or if no window is left.
[[nodiscard]] Result<Dataset> make_dataset(const RecordingSet& set, const WindowConfig& config, const Log& log = {});

/// load_recordings, resample and make_dataset in one.
[[nodiscard]] Result<Dataset> load_dataset(const DataConfig& data, const WindowConfig& window,
                                           const std::filesystem::path& folder, const Log& log = {});

/// The same with the files in `folder` itself, whatever data.paths says.
[[nodiscard]] Result<Dataset> load_dataset_in(const DataConfig& data, const WindowConfig& window,
                                              const std::filesystem::path& folder, const Log& log = {});

/// Weight of every class so that classes count alike in a loss: n / (classes seen * windows of the class) over the
/// windows `of`; 0 for a class that is not among them.
[[nodiscard]] std::vector<float> class_weights(const Dataset& dataset, std::span<const size_t> of);

}  // namespace mote
