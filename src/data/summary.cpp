#include "data/summary.h"

#include <algorithm>
#include <cmath>

namespace mote {

namespace {

DataSummary::Channel channel_summary(const RecordingSet& set, size_t c) {
  DataSummary::Channel result{.name = set.channels[c]};
  const size_t channels = set.channels.size();
  double count = 0, squares = 0;
  for (const Recording& r : set.recordings)
    for (size_t at = c; at < r.samples.size(); at += channels) {
      const float x = r.samples[at];
      result.low = count == 0 ? x : std::min(result.low, x);
      result.high = count == 0 ? x : std::max(result.high, x);
      count += 1;
      const double away = static_cast<double>(x) - result.mean;  // Welford's running mean and squares
      result.mean += away / count;
      squares += away * (static_cast<double>(x) - result.mean);
    }
  if (count > 0) result.deviation = std::sqrt(squares / count);
  return result;
}

nlohmann::json groups(const std::vector<DataSummary::Group>& list) {
  nlohmann::json j = nlohmann::json::array();
  for (const auto& g : list)
    j.push_back({{"name", g.name}, {"recordings", g.recordings}, {"windows", g.windows}, {"seconds", g.seconds}});
  return j;
}

}  // namespace

DataSummary summarize(const RecordingSet& set, const Dataset& dataset) {
  DataSummary s;
  const size_t channels = set.channels.size();
  const double step = set.rate_hz > 0 ? 1 / set.rate_hz : 0;
  s.recordings = set.recordings.size();
  s.windows = dataset.size();
  s.window_length = dataset.length;
  s.rate_hz = set.rate_hz;
  for (const std::string& name : set.classes) s.classes.push_back({.name = name});
  for (const std::string& name : set.subjects) s.subjects.push_back({.name = name});
  for (const Recording& r : set.recordings) {
    const double seconds = static_cast<double>(r.size(channels)) * step;
    DataSummary::Group& subject = s.subjects[static_cast<size_t>(r.subject)];
    s.seconds += seconds;
    subject.seconds += seconds;
    ++subject.recordings;
    std::vector<size_t> samples(set.classes.size());
    for (const int label : r.labels)
      if (label >= 0) ++samples[static_cast<size_t>(label)];
    for (size_t c = 0; c < samples.size(); ++c) {
      s.classes[c].seconds += static_cast<double>(samples[c]) * step;
      s.classes[c].recordings += samples[c] > 0 ? 1 : 0;
    }
  }
  if (!dataset.labels.empty()) s.windows_of.assign(set.subjects.size(), std::vector<size_t>(set.classes.size()));
  for (size_t i = 0; i < dataset.size(); ++i) {
    const auto subject = static_cast<size_t>(dataset.subject_ids[i]);
    ++s.subjects[subject].windows;
    if (dataset.labels.empty()) continue;
    const auto label = static_cast<size_t>(dataset.labels[i]);
    ++s.classes[label].windows;
    ++s.windows_of[subject][label];
  }
  for (size_t c = 0; c < channels; ++c) s.channels.push_back(channel_summary(set, c));
  return s;
}

nlohmann::json to_json(const DataSummary& s) {
  nlohmann::json channels = nlohmann::json::array();
  for (const auto& c : s.channels)
    channels.push_back(
        {{"name", c.name}, {"low", c.low}, {"high", c.high}, {"mean", c.mean}, {"deviation", c.deviation}});
  return {{"recordings", s.recordings},     {"windows", s.windows}, {"window_length", s.window_length},
          {"seconds", s.seconds},           {"rate_hz", s.rate_hz}, {"classes", groups(s.classes)},
          {"subjects", groups(s.subjects)}, {"channels", channels}, {"windows_of", s.windows_of}};
}

}  // namespace mote
