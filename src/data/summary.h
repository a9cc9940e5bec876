#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/recording.h"

namespace mote {

/// What `mote data summary` shows.
struct DataSummary {
  struct Group {
    std::string name;
    size_t recordings = 0;  ///< that hold at least one of its samples
    size_t windows = 0;
    double seconds = 0;  ///< 0 if the rate is unknown
  };
  struct Channel {
    std::string name;
    float low = 0, high = 0;
    double mean = 0, deviation = 0;
  };
  size_t recordings = 0, windows = 0, window_length = 0;
  double seconds = 0, rate_hz = 0;
  std::vector<Group> classes, subjects;
  std::vector<Channel> channels{};
  std::vector<std::vector<size_t>> windows_of{};  ///< [subjects][classes], empty for regression
};

/// `set` after resampling, and the windows cut from it.
[[nodiscard]] DataSummary summarize(const RecordingSet& set, const Dataset& dataset);

[[nodiscard]] nlohmann::json to_json(const DataSummary& summary);

}  // namespace mote
