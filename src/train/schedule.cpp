#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mote {

namespace {
/// From `from` at 0 to `to` at 1 along half a cosine.
double ease(double from, double to, double at) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * std::clamp(at, 0.0, 1.0))) / 2;
}
constexpr double kOneCycleStart = 1.0 / 25;
}  // namespace

double Schedule::rate(double epoch) const {
  using enum ScheduleConfig::Kind;
  if (epoch < config_.warmup_epochs) return base_ * epoch / config_.warmup_epochs;
  const double length = std::max(epochs_ - config_.warmup_epochs, 1e-9);
  const double at = (epoch - config_.warmup_epochs) / length;
  switch (config_.kind) {
    case kConstant:
      return base_;
    case kStep:
      return base_ * std::pow(config_.factor, std::floor((epoch - config_.warmup_epochs) / config_.step_epochs));
    case kCosine:
      return base_ * ease(1, config_.final_fraction, at);
    case kOneCycle:
      if (at < config_.rise) return base_ * ease(kOneCycleStart, 1, at / config_.rise);
      return base_ * ease(1, config_.final_fraction, (at - config_.rise) / (1 - config_.rise));
    case kPlateau:
      return base_ * std::max(plateau_, config_.final_fraction);
  }
  return base_;
}

bool Schedule::note_stagnation(size_t epochs_without_improvement) {
  if (epochs_without_improvement == 0) lowered_at_ = 0;
  if (config_.kind != ScheduleConfig::Kind::kPlateau || config_.patience == 0) return false;
  if (epochs_without_improvement < lowered_at_ + config_.patience) return false;
  lowered_at_ = epochs_without_improvement;
  plateau_ *= config_.factor;
  return true;
}

}  // namespace mote
