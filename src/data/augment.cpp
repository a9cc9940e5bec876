#include "data/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/rng.h"

namespace mote {

namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

bool chosen(const AugmentStep& step, Rng& rng) {
  return step.strength > 0 && rng.uniform() < step.probability;
}

/// Rotation by `angle` radians around an axis spread evenly over the sphere (Rodrigues' formula).
Matrix3 random_rotation(double angle, Rng& rng) {
  std::array<double, 3> axis{};
  double norm = 0;
  while (norm < 1e-6) {
    for (double& a : axis) a = rng.normal();
    norm = std::hypot(axis[0], axis[1], axis[2]);
  }
  for (double& a : axis) a /= norm;
  const auto [x, y, z] = axis;
  const double c = std::cos(angle), s = std::sin(angle), k = 1 - c;
  return {{{c + x * x * k, x * y * k - z * s, x * z * k + y * s},
           {y * x * k + z * s, c + y * y * k, y * z * k - x * s},
           {z * x * k - y * s, z * y * k + x * s, c + z * z * k}}};
}

/// Moves the window by `steps` (positive: later); the edge is repeated.
void shift(std::span<float> window, size_t channels, std::ptrdiff_t steps) {
  const auto length = static_cast<std::ptrdiff_t>(window.size() / channels);
  const std::vector<float> before(window.begin(), window.end());
  for (std::ptrdiff_t t = 0; t < length; ++t) {
    const auto from = static_cast<size_t>(std::clamp<std::ptrdiff_t>(t - steps, 0, length - 1));
    for (size_t c = 0; c < channels; ++c) window[static_cast<size_t>(t) * channels + c] = before[from * channels + c];
  }
}

}  // namespace

Result<Augmenter> Augmenter::make(const AugmentConfig& config, const Dataset& dataset,
                                  const Normalization& normalization) {
  Augmenter a;
  a.config_ = config;
  a.channels_ = dataset.channels;
  a.deviation_ = normalization.deviation;
  const auto& names = dataset.channel_names;
  for (const auto& group : config.axes) {
    std::array<size_t, 3> triple{};
    if (group.size() != 3)
      return fail(ErrorCode::kBadInput, "[augment] axes: a group has {} channels, a rotation needs three",
                  group.size());
    for (size_t i = 0; i < 3; ++i) {
      const auto at = std::find(names.begin(), names.end(), group[i]);
      if (at == names.end())
        return fail(ErrorCode::kBadInput,
                    "[augment] axes names the channel \"{}\", which the data does not have; it has {}", group[i],
                    fmt::join(names, ", "));
      triple[i] = static_cast<size_t>(at - names.begin());
    }
    a.triples_.push_back(triple);
  }
  return a;
}

void Augmenter::apply(std::span<float> window, uint64_t seed, uint64_t epoch, uint64_t sample) const {
  Rng mixed = Rng::stream(seed, epoch);
  Rng rng = Rng::stream(mixed.next(), sample);
  const size_t length = window.size() / channels_;
  if (chosen(config_.shift, rng)) {
    const double most = config_.shift.strength * static_cast<double>(length);
    shift(window, channels_, std::lround(rng.uniform(-most, most)));
  }
  if (chosen(config_.rotation_deg, rng)) {
    const double most = config_.rotation_deg.strength * std::numbers::pi / 180;
    const Matrix3 turn = random_rotation(rng.uniform(-most, most), rng);
    for (size_t t = 0; t < length; ++t)
      for (const auto& triple : triples_) {
        std::array<double, 3> v{};
        for (size_t i = 0; i < 3; ++i) v[i] = static_cast<double>(window[t * channels_ + triple[i]]);
        for (size_t i = 0; i < 3; ++i)
          window[t * channels_ + triple[i]] =
              static_cast<float>(turn[i][0] * v[0] + turn[i][1] * v[1] + turn[i][2] * v[2]);
      }
  }
  if (chosen(config_.scale, rng)) {
    const auto factor = static_cast<float>(1 + rng.uniform(-config_.scale.strength, config_.scale.strength));
    for (float& x : window) x *= factor;
  }
  if (chosen(config_.noise, rng))
    for (size_t i = 0; i < window.size(); ++i)
      window[i] += static_cast<float>(rng.normal() * config_.noise.strength) * deviation_[i % channels_];
  if (chosen(config_.dropout, rng))
    for (size_t t = 1; t < length; ++t)
      if (rng.uniform() < config_.dropout.strength)
        for (size_t c = 0; c < channels_; ++c) window[t * channels_ + c] = window[(t - 1) * channels_ + c];
}

}  // namespace mote
