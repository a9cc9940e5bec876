#include "pipeline/baseline.h"

#include "data/features.h"
#include "train/linear_baseline.h"

namespace mote {

Result<std::optional<Evaluation>> evaluate_baseline(const Project& project, const Prepared& prepared,
                                                    const Split& split) {
  const Dataset& windows = prepared.windows;
  if (windows.labels.empty()) return std::nullopt;
  std::vector<size_t> known = split.train;  // it needs no early stopping: the validation windows train it too
  known.insert(known.end(), split.validation.begin(), split.validation.end());
  const FeatureMatrix seen = window_features(windows, known), unseen = window_features(windows, split.test);
  std::vector<int> labels;
  for (const size_t i : known) labels.push_back(windows.labels[i]);

  LinearBaselineOptions options;
  options.balanced = project.train.class_weights == TrainConfig::ClassWeights::kBalanced;
  options.seed = project.train.seed;
  options.threads = project.train.threads;
  MOTE_TRY_ASSIGN(const LinearBaseline baseline,
                  train_linear_baseline({seen.values, seen.columns, labels}, windows.classes.size(), options));
  MOTE_TRY_ASSIGN(const std::vector<int> answers, baseline.predict({unseen.values, unseen.columns, {}}));
  return score(select(windows, split.test), answers);
}

}  // namespace mote
