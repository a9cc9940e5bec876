#include "data/dataset.h"

#include <algorithm>
#include <cmath>

#include "data/resample.h"

namespace mote {

namespace {

/// Seconds or samples as samples, at least one.
Result<size_t> steps(double seconds, size_t samples, double rate_hz, const char* key) {
  if (seconds <= 0) return samples;
  if (rate_hz <= 0)
    return fail(ErrorCode::kBadInput,
                "[window] {}_s counts seconds, but the rate is unknown; set [data] rate_hz or use {}", key, key);
  return std::max<size_t>(1, static_cast<size_t>(std::llround(seconds * rate_hz)));
}

class WindowCutter {
 public:
  WindowCutter(const RecordingSet& set, const WindowConfig& config, size_t length, size_t hop, Dataset& out)
      : set_(set), config_(config), length_(length), hop_(hop), channels_(set.channels.size()), out_(out) {}

  void add(const Recording& r) {
    const size_t n = r.size(channels_);
    const int id = static_cast<int>(out_.recordings.size());
    out_.recordings.push_back(r.path);
    if (n == 0) return;
    if (config_.mode == WindowConfig::Mode::kWhole && config_.fit == WindowConfig::Fit::kResample) {
      add_window(r, 0, n, id, stretch(r.samples, channels_, length_));
    } else if (n < length_) {
      const bool whole = config_.mode == WindowConfig::Mode::kWhole;
      if (!whole && config_.when_short == WindowConfig::Short::kSkip) {
        ++too_short;
        return;
      }
      const bool centered = whole || config_.when_short == WindowConfig::Short::kCenter;
      add_window(r, 0, n, id, padded(r, n, centered ? (length_ - n) / 2 : 0));
    } else if (config_.mode == WindowConfig::Mode::kWhole) {
      add_slice(r, (n - length_) / 2, id);
    } else {
      for (size_t begin = 0; begin + length_ <= n; begin += hop_) add_slice(r, begin, id);
    }
  }

  size_t too_short = 0, mixed = 0;

 private:
  void add_slice(const Recording& r, size_t begin, int id) {
    const auto first = r.samples.begin() + static_cast<std::ptrdiff_t>(begin * channels_);
    add_window(r, begin, begin + length_, id, {first, first + static_cast<std::ptrdiff_t>(length_ * channels_)});
  }

  std::vector<float> padded(const Recording& r, size_t n, size_t lead) const {
    std::vector<float> window(length_ * channels_, 0.0f);
    for (size_t i = 0; i < length_; ++i) {
      const bool inside = i >= lead && i < lead + n;
      if (!inside && config_.pad == WindowConfig::Pad::kZero) continue;
      const size_t from = i < lead ? 0 : std::min(i - lead, n - 1);
      for (size_t c = 0; c < channels_; ++c) window[i * channels_ + c] = r.samples[from * channels_ + c];
    }
    return window;
  }

  /// -1: leave the window out.
  int label(const Recording& r, size_t begin, size_t end) const {
    std::vector<size_t> counts(set_.classes.size() + 1);
    for (size_t i = begin; i < end; ++i) ++counts[static_cast<size_t>(r.labels[i] + 1)];
    const size_t best = static_cast<size_t>(std::max_element(counts.begin() + 1, counts.end()) - counts.begin());
    const bool pure = counts[best] == end - begin;
    if (config_.label == WindowConfig::Label::kStrict ? !pure : counts[0] >= counts[best]) return -1;
    return static_cast<int>(best) - 1;
  }

  void add_window(const Recording& r, size_t begin, size_t end, int id, const std::vector<float>& samples) {
    if (!r.labels.empty()) {
      const int found = label(r, begin, end);
      if (found < 0) {
        ++mixed;
        return;
      }
      out_.labels.push_back(found);
    }
    const size_t targets = set_.targets.size();
    for (size_t t = 0; t < targets; ++t) out_.targets.push_back(r.targets[(end - 1) * targets + t]);
    out_.samples.insert(out_.samples.end(), samples.begin(), samples.end());
    out_.subject_ids.push_back(r.subject);
    out_.recording_ids.push_back(id);
  }

  const RecordingSet& set_;
  const WindowConfig& config_;
  size_t length_, hop_, channels_;
  Dataset& out_;
};

}  // namespace

Result<Dataset> make_dataset(const RecordingSet& set, const WindowConfig& config, const Log& log) {
  MOTE_TRY_ASSIGN(const size_t length, steps(config.length_s, config.length, set.rate_hz, "length"));
  MOTE_TRY_ASSIGN(size_t hop, steps(config.hop_s, config.hop, set.rate_hz, "hop"));
  if (length == 0) return fail(ErrorCode::kBadInput, "[window] length is 0; give length_s or length");
  if (hop == 0) hop = length;
  Dataset out;
  out.channels = set.channels.size();
  out.length = length;
  out.rate_hz = set.rate_hz;
  out.channel_names = set.channels;
  out.target_names = set.targets;
  out.classes = set.classes;
  out.subjects = set.subjects;
  WindowCutter cutter(set, config, length, hop, out);
  for (const Recording& r : set.recordings) cutter.add(r);
  if (cutter.too_short > 0)
    log.warning(
        "{} of {} recordings are shorter than a window of {} samples and left out; [window] short = \"pad\" keeps them",
        cutter.too_short, set.recordings.size(), length);
  if (cutter.mixed > 0) log.info("{} windows without one clear label were left out", cutter.mixed);
  if (out.size() == 0)
    return fail(ErrorCode::kBadInput,
                "no window of {} samples fits into the {} recordings; shorten [window] length or set short = \"pad\"",
                length, set.recordings.size());
  return out;
}

Result<Dataset> load_dataset(const DataConfig& data, const WindowConfig& window, const std::filesystem::path& folder,
                             const Log& log) {
  MOTE_TRY_ASSIGN(RecordingSet raw, load_recordings(data, folder, log));
  MOTE_TRY_ASSIGN(const RecordingSet even, resample(std::move(raw), data, log));
  return make_dataset(even, window, log);
}

Result<Dataset> load_dataset_in(const DataConfig& data, const WindowConfig& window, const std::filesystem::path& folder,
                                const Log& log) {
  MOTE_TRY_ASSIGN(RecordingSet raw, load_recordings_in(data, folder, log));
  MOTE_TRY_ASSIGN(const RecordingSet even, resample(std::move(raw), data, log));
  return make_dataset(even, window, log);
}

std::vector<float> class_weights(const Dataset& dataset, std::span<const size_t> of) {
  std::vector<size_t> counts(dataset.classes.size());
  for (const size_t i : of) ++counts[static_cast<size_t>(dataset.labels[i])];
  const auto seen =
      static_cast<double>(counts.size()) - static_cast<double>(std::count(counts.begin(), counts.end(), 0u));
  std::vector<float> weights(counts.size());
  for (size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0)
      weights[c] = static_cast<float>(static_cast<double>(of.size()) / (seen * static_cast<double>(counts[c])));
  return weights;
}

}  // namespace mote
