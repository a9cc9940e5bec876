#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace mote {

/// Features of samples as rows, with their classes.
struct FeatureRows {
  std::span<const float> values;  ///< [n][columns]
  size_t columns = 0;
  std::span<const int> labels;  ///< [n]; may be empty where only predictions are asked for

  [[nodiscard]] size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

/// Multinomial logistic regression on standardised features: what every network has to beat.
struct LinearBaseline {
  std::vector<float> mean, deviation;  ///< [columns], of the training rows; deviation is never 0
  Graph graph;                         ///< one dense layer and a softmax

  /// The class of each row.
  [[nodiscard]] Result<std::vector<int>> predict(const FeatureRows& rows) const;
};

struct LinearBaselineOptions {
  size_t epochs = 200;
  double weight_decay = 1e-3;
  bool balanced = false;  ///< every class counts alike
  uint64_t seed = 1;
  size_t threads = 0;
};

/// Trained by the same trainer as the networks, always for all epochs. The data room's window_features makes the rows.
[[nodiscard]] Result<LinearBaseline> train_linear_baseline(const FeatureRows& rows, size_t classes,
                                                           const LinearBaselineOptions& options = {});

}  // namespace mote
