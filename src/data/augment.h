#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/config.h"
#include "data/normalize.h"

namespace mote {

/// Changes training windows a little, so that the network does not learn them by heart. Works on samples as recorded,
/// before normalisation, so that rotations turn physical axes.
class Augmenter {
 public:
  /// kBadInput if config.axes names a channel that is not there.
  [[nodiscard]] static Result<Augmenter> make(const AugmentConfig& config, const Dataset& dataset,
                                              const Normalization& normalization);

  /// window: [length][channels], in place. The same (seed, epoch, sample) always gives the same change, whatever
  /// thread asks and in whatever order.
  void apply(std::span<float> window, uint64_t seed, uint64_t epoch, uint64_t sample) const;

 private:
  AugmentConfig config_;
  size_t channels_ = 0;
  std::vector<float> deviation_;                ///< [channels]
  std::vector<std::array<size_t, 3>> triples_;  ///< channel indices that turn together
};

}  // namespace mote
