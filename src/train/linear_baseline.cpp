#include "train/linear_baseline.h"

#include <cmath>

#include "train/metrics.h"
#include "train/network.h"
#include "train/trainer.h"

namespace mote {

namespace {
std::vector<float> standardised(const LinearBaseline& model, const FeatureRows& rows) {
  std::vector<float> values(rows.values.begin(), rows.values.end());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = (values[i] - model.mean[i % rows.columns]) / model.deviation[i % rows.columns];
  return values;
}

void fit_scale(LinearBaseline& model, const FeatureRows& rows) {
  const size_t columns = rows.columns;
  const auto n = static_cast<double>(rows.rows());
  std::vector<double> sum(columns), squares(columns);
  for (size_t i = 0; i < rows.values.size(); ++i) sum[i % columns] += static_cast<double>(rows.values[i]);
  for (size_t i = 0; i < rows.values.size(); ++i)
    squares[i % columns] += std::pow(static_cast<double>(rows.values[i]) - sum[i % columns] / n, 2);
  for (size_t c = 0; c < columns; ++c) {
    const double deviation = std::sqrt(squares[c] / n);
    model.mean.push_back(static_cast<float>(sum[c] / n));
    model.deviation.push_back(deviation > 1e-12 ? static_cast<float>(deviation) : 1.0f);
  }
}
}  // namespace

Result<LinearBaseline> train_linear_baseline(const FeatureRows& rows, size_t classes,
                                             const LinearBaselineOptions& options) {
  if (rows.columns == 0 || rows.values.empty() || rows.values.size() % rows.columns != 0)
    return fail(ErrorCode::kBadInput, "the linear baseline got {} features in {} columns", rows.values.size(),
                rows.columns);
  LinearBaseline model;
  fit_scale(model, rows);
  Layer dense;
  dense.units = static_cast<int32_t>(classes);
  ModelConfig network;
  network.layers = {dense};
  network.seed = options.seed;
  MOTE_TRY_ASSIGN(model.graph,
                  build_network(network, {1, static_cast<int32_t>(rows.columns), dense.units, true}, "linear"));
  TrainConfig config;
  config.epochs = options.epochs;
  config.batch = 64;
  config.learning_rate = 0.02;
  config.optimizer.weight_decay = options.weight_decay;
  config.seed = options.seed;
  config.threads = options.threads;
  if (options.balanced) config.class_weights = TrainConfig::ClassWeights::kBalanced;
  const std::vector<float> inputs = standardised(model, rows);
  const Samples samples{.inputs = inputs, .labels = rows.labels, .targets = {}, .rows = {}};
  MOTE_TRY(train(model.graph, samples, nullptr, config));
  return model;
}

Result<std::vector<int>> LinearBaseline::predict(const FeatureRows& rows) const {
  if (rows.columns != mean.size())
    return fail(ErrorCode::kBadInput, "the linear baseline knows {} features, it got {}", mean.size(), rows.columns);
  const std::vector<float> inputs = standardised(*this, rows);
  MOTE_TRY_ASSIGN(const std::vector<float> scores,
                  mote::predict(graph, {.inputs = inputs, .labels = {}, .targets = {}, .rows = {}}, 1));
  return predictions(scores, static_cast<size_t>(graph.value(graph.outputs[0]).type.shape.back()));
}

}  // namespace mote
