#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace mote {

/// Made-up gestures of made-up people, to try the road before anything is recorded. Results on them say nothing about
/// real hands.
struct SynthConfig {
  std::vector<std::string> gestures = {"idle", "shake", "tap", "tilt", "circle", "wave"};
  size_t subjects = 6;
  size_t recordings = 8;  ///< per subject and gesture
  double seconds = 2;
  double rate_hz = 50;
  double noise = 1;     ///< 0: clean; 1: like a cheap sensor; more is worse
  double jitter = 0.1;  ///< deviation of time stamps, in sampling steps
  uint64_t seed = 1;
};

/// The gestures that can be made.
[[nodiscard]] const std::vector<std::string>& synth_gestures();

/// One recording as CSV: time_ms, ax, ay, az (g, gravity included), gx, gy, gz (deg/s). Subjects differ in tempo,
/// vigour, hand tilt and phase. kBadInput for a gesture that is not known or a length, rate or noise out of range.
[[nodiscard]] Result<std::string> synth_recording(const SynthConfig& config, const std::string& gesture, size_t subject,
                                                  size_t recording);

/// Writes FOLDER/GESTURE/pNN_RR.csv for all; returns the number of files.
[[nodiscard]] Result<size_t> write_synth(const SynthConfig& config, const std::filesystem::path& folder);

}  // namespace mote
