#pragma once

#include "base/log.h"
#include "base/result.h"
#include "data/recording.h"

namespace mote {

/// Brings every recording to one even rate (config.rate_hz; 0 keeps the samples and only works out the rate).
///
/// Samples with the same time stamp become their mean. Pauses longer than config.max_gap_s cut a recording. Between
/// two samples values run in a straight line; a label is that of the nearer sample. Times are dropped afterwards:
/// sample i stands at i / rate_hz.
[[nodiscard]] Result<RecordingSet> resample(RecordingSet set, const DataConfig& config, const Log& log = {});

/// `length` samples that span the same stretch as the `n` given ones, in a straight line between neighbours.
/// samples: [n][channels], n >= 1; the result: [length][channels].
[[nodiscard]] std::vector<float> stretch(std::span<const float> samples, size_t channels, size_t length);

}  // namespace mote
