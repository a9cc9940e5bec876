#pragma once

#include <cstddef>

namespace mote {

/// How the learning rate moves over training. Every kind may start with a linear warm-up.
struct ScheduleConfig {
  enum class Kind {
    kConstant,
    kStep,      ///< times `factor` after every `step_epochs` epochs
    kCosine,    ///< half a cosine down to final_fraction of the rate at the end
    kOneCycle,  ///< up by a cosine from rate / 25 during the first `rise` of training, then down to rate *
                ///< final_fraction
    kPlateau,   ///< times `factor` when the watched figure has not improved for `patience` epochs
  };
  Kind kind = Kind::kCosine;
  double warmup_epochs = 0;      ///< linear from 0 to the rate
  double factor = 0.5;           ///< step, plateau; in (0, 1)
  double step_epochs = 20;       ///< step
  size_t patience = 5;           ///< plateau
  double rise = 0.3;             ///< one-cycle; in (0, 1)
  double final_fraction = 0.01;  ///< cosine, one-cycle and the floor of plateau

  bool operator==(const ScheduleConfig&) const = default;
};

/// The learning rate at any moment of training.
class Schedule {
 public:
  Schedule(const ScheduleConfig& config, double learning_rate, size_t epochs)
      : config_(config), base_(learning_rate), epochs_(static_cast<double>(epochs)) {}

  /// `epoch` counts from 0 with fractions: 2.5 is the middle of the third epoch.
  [[nodiscard]] double rate(double epoch) const;
  /// Tells plateau how many epochs the watched figure has not improved. True if the rate was lowered.
  bool note_stagnation(size_t epochs_without_improvement);

 private:
  ScheduleConfig config_;
  double base_, epochs_;
  double plateau_ = 1;     ///< product of the factors so far
  size_t lowered_at_ = 0;  ///< stagnant epochs at the last lowering
};

}  // namespace mote
