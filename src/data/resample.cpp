#include "data/resample.h"

#include <algorithm>
#include <cmath>

namespace mote {

namespace {

/// A recording with strictly ascending times: runs of equal time stamps become their mean, with the first one's label.
Recording average_duplicates(const Recording& in, size_t channels, size_t targets) {
  Recording out;
  out.path = in.path;
  out.subject = in.subject;
  for (size_t begin = 0; begin < in.times.size();) {
    size_t end = begin + 1;
    while (end < in.times.size() && in.times[end] == in.times[begin]) ++end;
    const auto mean = [&](const std::vector<float>& from, size_t width, std::vector<float>& to) {
      for (size_t c = 0; c < width; ++c) {
        double sum = 0;
        for (size_t i = begin; i < end; ++i) sum += static_cast<double>(from[i * width + c]);
        to.push_back(static_cast<float>(sum / static_cast<double>(end - begin)));
      }
    };
    mean(in.samples, channels, out.samples);
    mean(in.targets, targets, out.targets);
    out.times.push_back(in.times[begin]);
    if (!in.labels.empty()) out.labels.push_back(in.labels[begin]);
    begin = end;
  }
  return out;
}

/// Samples [begin, end) of `in`, with times from 0.
Recording cut(const Recording& in, size_t begin, size_t end, size_t channels, size_t targets) {
  Recording out;
  out.path = in.path;
  out.subject = in.subject;
  const auto at = [](size_t i) { return static_cast<std::ptrdiff_t>(i); };
  out.samples.assign(in.samples.begin() + at(begin * channels), in.samples.begin() + at(end * channels));
  out.targets.assign(in.targets.begin() + at(begin * targets), in.targets.begin() + at(end * targets));
  if (!in.labels.empty()) out.labels.assign(in.labels.begin() + at(begin), in.labels.begin() + at(end));
  for (size_t i = begin; i < end; ++i) out.times.push_back(in.times[i] - in.times[begin]);
  return out;
}

Recording interpolate(const Recording& in, size_t channels, size_t targets, double rate_hz) {
  Recording out;
  out.path = in.path;
  out.subject = in.subject;
  out.rate_hz = rate_hz;
  const size_t last = in.times.size() - 1;
  const size_t count = static_cast<size_t>(std::floor(in.times[last] * rate_hz + 1e-6)) + 1;
  size_t left = 0;
  for (size_t i = 0; i < count; ++i) {
    const double t = std::min(static_cast<double>(i) / rate_hz, in.times[last]);
    while (left + 1 < last && in.times[left + 1] <= t) ++left;
    const size_t right = std::min(left + 1, last);
    const double span = in.times[right] - in.times[left];
    const double part = span > 0 ? (t - in.times[left]) / span : 0;
    const auto mix = [&](const std::vector<float>& from, size_t width, std::vector<float>& to) {
      for (size_t c = 0; c < width; ++c) {
        const double a = static_cast<double>(from[left * width + c]), b = static_cast<double>(from[right * width + c]);
        to.push_back(static_cast<float>(a + (b - a) * part));
      }
    };
    mix(in.samples, channels, out.samples);
    mix(in.targets, targets, out.targets);
    if (!in.labels.empty()) out.labels.push_back(in.labels[part < 0.5 ? left : right]);
  }
  return out;
}

/// The rate that the middle one of all steps between samples has.
double median_rate(const std::vector<Recording>& recordings) {
  std::vector<double> steps;
  for (const Recording& r : recordings)
    for (size_t i = 1; i < r.times.size(); ++i)
      if (r.times[i] > r.times[i - 1]) steps.push_back(r.times[i] - r.times[i - 1]);
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return 1 / *middle;
}

}  // namespace

Result<RecordingSet> resample(RecordingSet set, const DataConfig& config, const Log& log) {
  const size_t channels = set.channels.size(), targets = set.targets.size();
  std::vector<Recording> done;
  size_t cuts = 0;
  const bool timed = !config.time.empty();
  if (timed) set.rate_hz = config.rate_hz > 0 ? config.rate_hz : median_rate(set.recordings);
  for (Recording& r : set.recordings) {
    if (!timed) {
      if (config.rate_hz > 0 && r.rate_hz != config.rate_hz) {
        for (size_t i = 0; i < r.size(channels); ++i) r.times.push_back(static_cast<double>(i) / r.rate_hz);
        done.push_back(interpolate(r, channels, targets, config.rate_hz));
      } else {
        done.push_back(std::move(r));
      }
      continue;
    }
    const Recording whole = average_duplicates(r, channels, targets);
    for (size_t begin = 0; begin < whole.times.size();) {
      size_t end = begin + 1;
      while (end < whole.times.size() &&
             (config.max_gap_s == 0 || whole.times[end] - whole.times[end - 1] <= config.max_gap_s))
        ++end;
      Recording part = cut(whole, begin, end, channels, targets);
      if (config.rate_hz > 0) part = interpolate(part, channels, targets, config.rate_hz);
      part.rate_hz = set.rate_hz;
      part.times.clear();
      done.push_back(std::move(part));
      cuts += end < whole.times.size() ? 1 : 0;
      begin = end;
    }
  }
  if (cuts > 0) log.info("{} pauses longer than {} s cut recordings in two", cuts, config.max_gap_s);
  set.recordings = std::move(done);
  if (config.rate_hz > 0) set.rate_hz = config.rate_hz;
  return set;
}

std::vector<float> stretch(std::span<const float> samples, size_t channels, size_t length) {
  const size_t n = samples.size() / channels;
  std::vector<float> out(length * channels);
  const double step = length > 1 ? static_cast<double>(n - 1) / static_cast<double>(length - 1) : 0;
  for (size_t i = 0; i < length; ++i) {
    const double at = std::min(static_cast<double>(i) * step, static_cast<double>(n - 1));
    const size_t left = std::min(static_cast<size_t>(at), n - 1), right = std::min(left + 1, n - 1);
    const float part = static_cast<float>(at - static_cast<double>(left));
    for (size_t c = 0; c < channels; ++c) {
      const float a = samples[left * channels + c], b = samples[right * channels + c];
      out[i * channels + c] = a + (b - a) * part;
    }
  }
  return out;
}

}  // namespace mote
