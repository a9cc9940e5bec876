#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/dataset.h"

namespace mote {

/// Per channel: x -> (x - mean) / deviation.
struct Normalization {
  std::vector<float> mean;       ///< [channels]
  std::vector<float> deviation;  ///< [channels], never 0: a constant channel has 1

  bool operator==(const Normalization&) const = default;
};

/// Fitted on the windows `of` and no other: pass the training side of a split. kBadInput if there are none.
[[nodiscard]] Result<Normalization> fit_normalization(const Dataset& dataset, std::span<const size_t> of);

/// samples: [n][channels], in place.
void normalize(const Normalization& normalization, std::span<float> samples);

[[nodiscard]] nlohmann::json to_json(const Normalization& normalization);
[[nodiscard]] Result<Normalization> normalization(const nlohmann::json& json, std::string_view where);

}  // namespace mote
