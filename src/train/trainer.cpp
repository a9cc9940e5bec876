#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "base/rng.h"
#include "train/check_samples.h"
#include "train/metrics.h"
#include "train/shard_engine.h"

namespace mote {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t kShuffleStream = 1;
constexpr uint64_t kStepStream = 2;
constexpr size_t kPredictShard = 32;

size_t thread_count(size_t asked, size_t shards) {
  const size_t threads = asked != 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
  return std::clamp<size_t>(shards, 1, threads);
}

/// The value that the loss looks at: what goes into a final softmax, else the output.
Result<ValueId> loss_value(const Graph& graph, LossKind kind) {
  const ValueId output = graph.outputs[0];
  if (kind != LossKind::kCrossEntropy) return output;
  for (const Node& node : graph.nodes) {
    if (node.outputs.empty() || node.outputs[0] != output) continue;
    const auto* softmax = std::get_if<Softmax>(&node.op);
    if (softmax == nullptr) return output;
    if (softmax->beta != 1)
      return fail(ErrorCode::kUnsupported, "{}: a softmax with beta {} at the end; training knows beta 1", node.name,
                  softmax->beta);
    return node.inputs[0];
  }
  return output;
}

/// n / (classes seen * samples of the class); 0 for a class without samples.
std::vector<float> balanced_weights(std::span<const int> labels, std::span<const size_t> rows, size_t classes) {
  std::vector<size_t> counts(classes);
  for (const size_t row : rows) ++counts[static_cast<size_t>(labels[row])];
  const auto seen = classes - static_cast<size_t>(std::ranges::count(counts, size_t{0}));
  std::vector<float> weights(classes);
  for (size_t c = 0; c < classes; ++c)
    if (counts[c] > 0) weights[c] = static_cast<float>(rows.size()) / static_cast<float>(seen * counts[c]);
  return weights;
}

void clip(std::span<float> gradient, double largest) {
  double sum = 0;
  for (const float g : gradient) sum += static_cast<double>(g) * static_cast<double>(g);
  const double norm = std::sqrt(sum);
  if (norm <= largest) return;
  for (float& g : gradient) g *= static_cast<float>(largest / norm);
}

/// Remembers the best weights and for how long nothing was better.
class Best {
 public:
  Best(TrainConfig::Monitor monitor, double min_delta) : monitor_(monitor), min_delta_(min_delta) {}

  void look(const EpochRecord& record, std::span<const float> weights) {
    const double figure = monitor_ == TrainConfig::Monitor::kLoss       ? -record.validation_loss
                          : monitor_ == TrainConfig::Monitor::kAccuracy ? record.validation_accuracy
                                                                        : record.validation_macro_f1;
    const bool better = epoch == 0 || figure > figure_ + min_delta_ ||
                        (figure == figure_ && record.validation_loss < loss_ - min_delta_);
    ++stagnant;
    if (!better) return;
    figure_ = figure;
    loss_ = record.validation_loss;
    epoch = record.epoch;
    stagnant = 0;
    kept.assign(weights.begin(), weights.end());
  }

  size_t epoch = 0, stagnant = 0;
  std::vector<float> kept;

 private:
  TrainConfig::Monitor monitor_;
  double min_delta_, figure_ = 0, loss_ = 0;
};

/// One training: what its epochs share.
class Training {
 public:
  Training(Graph& graph, const Samples& training, const Samples* validation, const TrainConfig& config)
      : graph_(graph), training_(training), validation_(validation), config_(config), layout_(graph) {}

  [[nodiscard]] Result<> prepare();
  [[nodiscard]] Result<TrainResult> run(const Augment& augment, const Progress& progress, const Log& log);

 private:
  [[nodiscard]] Result<EpochRecord> run_epoch(size_t epoch, const Augment& augment, const Progress& progress);
  [[nodiscard]] Result<> validate(EpochRecord& record);
  [[nodiscard]] Error diverged(size_t epoch, size_t step) const;
  [[nodiscard]] size_t used_rows() const;
  [[nodiscard]] bool classifies() const { return loss_.kind == LossKind::kCrossEntropy; }
  [[nodiscard]] std::string describe(const EpochRecord& record) const;

  Graph& graph_;
  const Samples& training_;
  const Samples* validation_;
  const TrainConfig& config_;
  ParameterLayout layout_;
  LossSetup loss_;
  std::vector<float> weights_;
  std::vector<size_t> rows_, validation_rows_;
  std::vector<float> validation_results_;
  std::unique_ptr<ShardEngine> engine_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  TrainResult result_;
  size_t trained_ = 0;
};

Result<> Training::prepare() {
  MOTE_TRY(verify(graph_));
  MOTE_TRY(check_samples(training_, graph_, "training"));
  loss_.kind = training_.labels.empty() ? LossKind::kMeanSquaredError : LossKind::kCrossEntropy;
  if (layout_.parameters.empty())
    return fail(ErrorCode::kBadInput, "{} has no weights to train; give [model] layers a dense or conv layer",
                graph_.name);
  if (config_.batch < 1 || config_.shard < 1 || config_.epochs < 1)
    return fail(ErrorCode::kBadInput, "epochs {}, batch {} and shard {} must be at least 1", config_.epochs,
                config_.batch, config_.shard);
  weights_ = layout_.gather(graph_);
  MOTE_TRY_ASSIGN(const ValueId result, loss_value(graph_, loss_.kind));
  const size_t batch = config_.batch, shard = std::min(config_.shard, batch);
  const size_t threads = thread_count(config_.threads, (batch + shard - 1) / shard);
  MOTE_TRY_ASSIGN(engine_, ShardEngine::create(graph_, result, layout_, weights_, shard, threads));
  MOTE_TRY(engine_->check_gradients());
  rows_ = chosen_rows(training_, engine_->input_elements());
  MOTE_TRY(engine_->prepare_batch(std::min(batch, used_rows())));
  MOTE_TRY(engine_->prepare_batch(used_rows() % batch));
  if (validation_ != nullptr) {
    MOTE_TRY(check_samples(*validation_, graph_, "validation"));
    if (validation_->labels.empty() != training_.labels.empty())
      return fail(ErrorCode::kBadInput, "training and validation samples must both have labels or both have targets");
    validation_rows_ = chosen_rows(*validation_, engine_->input_elements());
    validation_results_.resize(validation_rows_.size() * engine_->result_elements());
  }
  if (classifies()) {
    loss_.cross_entropy.label_smoothing = static_cast<float>(config_.label_smoothing);
    if (config_.class_weights == TrainConfig::ClassWeights::kBalanced)
      loss_.cross_entropy.class_weights = balanced_weights(training_.labels, rows_, engine_->result_elements());
  } else if (config_.monitor != TrainConfig::Monitor::kLoss) {
    return fail(ErrorCode::kBadInput, "[train] monitor accuracy and macro_f1 need labels; regression watches the loss");
  }
  optimizer_ = std::make_unique<Optimizer>(config_.optimizer, layout_.ranges(), layout_.elements);
  schedule_ = std::make_unique<Schedule>(config_.schedule, config_.learning_rate, config_.epochs);
  result_.loss = loss_.kind;
  return {};
}

Error Training::diverged(size_t epoch, size_t step) const {
  return Error{ErrorCode::kBadInput,
               fmt::format("training diverged in epoch {}{}: the loss is infinite or NaN; lower [train] learning_rate "
                           "(it is {}), set clip_norm = 1, or look for extreme values in the recordings",
                           epoch, step == 0 ? "" : fmt::format(", step {}", step), config_.learning_rate),
               {}};
}

/// How many samples an epoch uses. With batch normalisation a shard of a few samples has no statistics to speak of: the
/// last ones that fill no shard wait for another epoch.
size_t Training::used_rows() const {
  const size_t shard = std::min(config_.shard, config_.batch);
  if (layout_.statistics.empty() || rows_.size() < shard) return rows_.size();
  return rows_.size() - rows_.size() % config_.batch % shard;
}

Result<EpochRecord> Training::run_epoch(size_t epoch, const Augment& augment, const Progress& progress) {
  Rng rng = Rng::stream(Rng::stream(config_.seed, kShuffleStream).next(), epoch);
  std::ranges::sort(rows_);
  rng.shuffle(std::span(rows_));
  Rng seeds = Rng::stream(Rng::stream(config_.seed, kStepStream).next(), epoch);
  EpochRecord record{epoch, 0, kNan, kNan, kNan, kNan, 0};
  ShardSums sums;
  const auto start = std::chrono::steady_clock::now();
  size_t done = 0;
  const size_t used = used_rows();
  for (size_t step = 1; done < used; ++step) {
    const auto batch = std::span<const size_t>(rows_).subspan(done, std::min(config_.batch, used - done));
    const ShardSums one = engine_->step(training_, batch, loss_, augment, epoch, seeds.next());
    if (!std::isfinite(one.loss)) return fail(diverged(epoch, step));
    sums.loss += one.loss;
    sums.correct += one.correct;
    done += batch.size();
    if (config_.clip_norm > 0) clip(engine_->gradient(), config_.clip_norm);
    const double moment = static_cast<double>(epoch - 1) + static_cast<double>(done) / static_cast<double>(used);
    record.learning_rate = schedule_->rate(moment);
    optimizer_->step(weights_, engine_->gradient(), record.learning_rate);
    engine_->move_statistics(weights_);
    if (progress.stopped()) {
      result_.interrupted = true;
      break;
    }
  }
  result_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  trained_ += done;
  const auto n = static_cast<double>(done);
  record.loss = sums.loss / (classifies() ? n : n * static_cast<double>(engine_->result_elements()));
  if (classifies()) record.accuracy = static_cast<double>(sums.correct) / n;
  return record;
}

Result<> Training::validate(EpochRecord& record) {
  MOTE_TRY(engine_->run(*validation_, validation_rows_, validation_results_));
  const auto n = static_cast<double>(validation_rows_.size());
  const size_t outputs = engine_->result_elements();
  if (classifies()) {
    std::vector<int> labels;
    for (const size_t row : validation_rows_) labels.push_back(validation_->labels[row]);
    const CrossEntropyOptions options{loss_.cross_entropy.class_weights, 0};
    record.validation_loss = cross_entropy(validation_results_, labels, options, 1, {}) / n;
    const Confusion table = confusion(labels, predictions(validation_results_, outputs), outputs);
    record.validation_accuracy = accuracy(table);
    record.validation_macro_f1 = macro_f1(table);
  } else {
    double sum = 0;
    for (size_t i = 0; i < validation_rows_.size(); ++i)
      sum += squared_error(std::span<const float>(validation_results_).subspan(i * outputs, outputs),
                           validation_->targets.subspan(validation_rows_[i] * outputs, outputs), 1, {});
    record.validation_loss = sum / (n * static_cast<double>(outputs));
  }
  if (!std::isfinite(record.validation_loss)) return fail(diverged(record.epoch, 0));
  return {};
}

std::string Training::describe(const EpochRecord& record) const {
  std::string text = fmt::format("epoch {}/{}, loss {:.4f}", record.epoch, config_.epochs, record.loss);
  if (classifies()) text += fmt::format(", accuracy {:.3f}", record.accuracy);
  if (validation_ != nullptr) text += fmt::format(", validation loss {:.4f}", record.validation_loss);
  if (validation_ != nullptr && classifies()) text += fmt::format(", accuracy {:.3f}", record.validation_accuracy);
  return text;
}

Result<TrainResult> Training::run(const Augment& augment, const Progress& progress, const Log& log) {
  Best best(config_.monitor, config_.min_delta);
  size_t finished = 0, stagnant = 0;
  double lowest_loss = std::numeric_limits<double>::infinity();
  for (size_t epoch = 1; epoch <= config_.epochs; ++epoch) {
    MOTE_TRY_ASSIGN(EpochRecord record, run_epoch(epoch, augment, progress));
    if (result_.interrupted) break;
    if (validation_ != nullptr) {
      MOTE_TRY(validate(record));
      best.look(record, weights_);
      stagnant = best.stagnant;
    } else {
      stagnant = record.loss < lowest_loss - config_.min_delta ? 0 : stagnant + 1;
      lowest_loss = std::min(lowest_loss, record.loss);
    }
    finished = epoch;
    result_.curve.push_back(record);
    progress.at(static_cast<double>(epoch) / static_cast<double>(config_.epochs), describe(record));
    if (validation_ != nullptr && config_.patience > 0 && stagnant >= config_.patience) {
      result_.stopped_early = true;
      log.info("stopped after epoch {}: no better {} for {} epochs", epoch,
               config_.monitor == TrainConfig::Monitor::kLoss ? "validation loss" : "validation score", stagnant);
      break;
    }
    schedule_->note_stagnation(stagnant);
  }
  result_.best_epoch = validation_ != nullptr ? best.epoch : finished;
  if (!best.kept.empty()) weights_ = best.kept;
  if (!std::ranges::all_of(weights_, [](float w) { return std::isfinite(w); })) return fail(diverged(finished, 0));
  if (result_.interrupted)
    log.warning("interrupted in epoch {}; {}", finished + 1,
                best.epoch == 0 ? std::string("the weights are those of this moment")
                                : fmt::format("the weights of epoch {} are kept, the best so far", best.epoch));
  layout_.scatter(weights_, graph_);
  if (result_.seconds > 0) result_.samples_per_second = static_cast<double>(trained_) / result_.seconds;
  return std::move(result_);
}

}  // namespace

Result<TrainResult> train(Graph& graph, const Samples& training, const Samples* validation, const TrainConfig& config,
                          const Augment& augment, const Progress& progress, const Log& log) {
  Training run(graph, training, validation, config);
  MOTE_TRY(run.prepare());
  return run.run(augment, progress, log);
}

Result<std::vector<float>> predict(const Graph& graph, const Samples& samples, size_t threads) {
  const ParameterLayout layout(graph);
  const std::vector<float> weights = layout.gather(graph);
  if (graph.outputs.size() != 1)
    return fail(ErrorCode::kUnsupported, "{} has {} outputs; a network with one was expected", graph.name,
                graph.outputs.size());
  const size_t workers = thread_count(threads, 1024);
  MOTE_TRY_ASSIGN(const auto engine,
                  ShardEngine::create(graph, graph.outputs[0], layout, weights, kPredictShard, workers));
  if (samples.inputs.size() % engine->input_elements() != 0)
    return fail(ErrorCode::kBadInput, "{} values are no multiple of the network's {} inputs", samples.inputs.size(),
                engine->input_elements());
  const std::vector<size_t> rows = chosen_rows(samples, engine->input_elements());
  std::vector<float> results(rows.size() * engine->result_elements());
  MOTE_TRY(engine->run(samples, rows, results));
  return results;
}

nlohmann::json to_json(const TrainResult& result) {
  using nlohmann::json;
  const auto list = [&](double EpochRecord::*figure) {
    json values = json::array();
    for (const EpochRecord& record : result.curve)
      values.push_back(std::isfinite(record.*figure) ? json(record.*figure) : json());
    return values;
  };
  return {{"epochs", result.curve.size()},
          {"best_epoch", result.best_epoch},
          {"stopped_early", result.stopped_early},
          {"interrupted", result.interrupted},
          {"loss_function", name(result.loss)},
          {"seconds", result.seconds},
          {"samples_per_second", result.samples_per_second},
          {"curves",
           {{"loss", list(&EpochRecord::loss)},
            {"accuracy", list(&EpochRecord::accuracy)},
            {"validation_loss", list(&EpochRecord::validation_loss)},
            {"validation_accuracy", list(&EpochRecord::validation_accuracy)},
            {"validation_macro_f1", list(&EpochRecord::validation_macro_f1)},
            {"learning_rate", list(&EpochRecord::learning_rate)}}}};
}

}  // namespace mote
