#include "train/train_config.h"

#include <utility>

#include "data/toml_reader.h"

namespace mote {

namespace {

using nlohmann::json;
using Kind = ScheduleConfig::Kind;

constexpr std::initializer_list<std::pair<const char*, OptimizerKind>> kOptimizers = {{"adam", OptimizerKind::kAdam},
                                                                                      {"sgd", OptimizerKind::kSgd}};
constexpr std::initializer_list<std::pair<const char*, Kind>> kSchedules = {{"constant", Kind::kConstant},
                                                                            {"step", Kind::kStep},
                                                                            {"cosine", Kind::kCosine},
                                                                            {"one_cycle", Kind::kOneCycle},
                                                                            {"plateau", Kind::kPlateau}};
constexpr std::initializer_list<std::pair<const char*, TrainConfig::ClassWeights>> kClassWeights = {
    {"none", TrainConfig::ClassWeights::kNone}, {"balanced", TrainConfig::ClassWeights::kBalanced}};
constexpr std::initializer_list<std::pair<const char*, TrainConfig::Monitor>> kMonitors = {
    {"loss", TrainConfig::Monitor::kLoss},
    {"accuracy", TrainConfig::Monitor::kAccuracy},
    {"macro_f1", TrainConfig::Monitor::kMacroF1}};

template <class Enum>
const char* word(std::initializer_list<std::pair<const char*, Enum>> words, Enum value) {
  for (const auto& [text, meaning] : words)
    if (meaning == value) return text;
  return "";
}

/// A key that has a meaning under another choice only.
void only_with(TomlReader& r, std::string_view key, bool meant, std::string_view choice) {
  const toml::node* node = r.table().get(key);
  if (node != nullptr && !meant) r.refuse(*node, fmt::format("{} only goes with {}", r.full(key), choice));
}

}  // namespace

Result<TrainConfig> train_config(const toml::table& section, std::string_view file) {
  TrainConfig c;
  TomlReader r(section, "train", file);
  r.count("epochs", c.epochs, 1, 1'000'000);
  r.count("batch", c.batch, 1, 65536);
  r.number("learning_rate", c.learning_rate, 1e-12, 1000);
  r.choice("optimizer", c.optimizer.kind, kOptimizers);
  r.number("momentum", c.optimizer.momentum, 0, 0.9999);
  r.flag("nesterov", c.optimizer.nesterov);
  r.number("beta1", c.optimizer.beta1, 0, 0.99999);
  r.number("beta2", c.optimizer.beta2, 0, 0.9999999);
  r.number("epsilon", c.optimizer.epsilon, 1e-20, 1);
  r.number("weight_decay", c.optimizer.weight_decay, 0, 100);
  r.choice("schedule", c.schedule.kind, kSchedules);
  r.number("warmup_epochs", c.schedule.warmup_epochs, 0, 1e6);
  r.number("schedule_factor", c.schedule.factor, 1e-6, 1);
  r.number("step_epochs", c.schedule.step_epochs, 1e-3, 1e6);
  r.count("plateau_patience", c.schedule.patience, 1, 1'000'000);
  r.number("rise", c.schedule.rise, 0.001, 0.999);
  r.number("final_fraction", c.schedule.final_fraction, 0, 1);
  r.number("label_smoothing", c.label_smoothing, 0, 0.99);
  r.number("clip_norm", c.clip_norm, 0);
  r.choice("class_weights", c.class_weights, kClassWeights);
  r.choice("monitor", c.monitor, kMonitors);
  r.count("patience", c.patience, 0, 1'000'000);
  r.number("min_delta", c.min_delta, 0);
  size_t seed = c.seed;
  r.count("seed", seed, 0, size_t{1} << 53);
  c.seed = seed;
  r.count("threads", c.threads, 0, 1024);
  r.count("shard", c.shard, 1, 65536);
  const bool sgd = c.optimizer.kind == OptimizerKind::kSgd;
  only_with(r, "momentum", sgd, "optimizer = \"sgd\"");
  only_with(r, "nesterov", sgd, "optimizer = \"sgd\"");
  only_with(r, "beta1", !sgd, "optimizer = \"adam\"");
  only_with(r, "beta2", !sgd, "optimizer = \"adam\"");
  only_with(r, "epsilon", !sgd, "optimizer = \"adam\"");
  const Kind kind = c.schedule.kind;
  only_with(r, "schedule_factor", kind == Kind::kStep || kind == Kind::kPlateau, "schedule = \"step\" or \"plateau\"");
  only_with(r, "step_epochs", kind == Kind::kStep, "schedule = \"step\"");
  only_with(r, "plateau_patience", kind == Kind::kPlateau, "schedule = \"plateau\"");
  only_with(r, "rise", kind == Kind::kOneCycle, "schedule = \"one_cycle\"");
  only_with(r, "final_fraction", kind != Kind::kConstant && kind != Kind::kStep,
            "schedule = \"cosine\", \"one_cycle\" or \"plateau\"");
  MOTE_TRY(r.finish());
  return c;
}

json to_json(const TrainConfig& c) {
  json j = {{"epochs", c.epochs},
            {"batch", c.batch},
            {"learning_rate", c.learning_rate},
            {"optimizer", word(kOptimizers, c.optimizer.kind)},
            {"weight_decay", c.optimizer.weight_decay},
            {"schedule", word(kSchedules, c.schedule.kind)},
            {"warmup_epochs", c.schedule.warmup_epochs},
            {"label_smoothing", c.label_smoothing},
            {"clip_norm", c.clip_norm},
            {"class_weights", word(kClassWeights, c.class_weights)},
            {"monitor", word(kMonitors, c.monitor)},
            {"patience", c.patience},
            {"min_delta", c.min_delta},
            {"seed", c.seed},
            {"threads", c.threads},
            {"shard", c.shard}};
  if (c.optimizer.kind == OptimizerKind::kSgd) {
    j["momentum"] = c.optimizer.momentum;
    j["nesterov"] = c.optimizer.nesterov;
  } else {
    j["beta1"] = c.optimizer.beta1;
    j["beta2"] = c.optimizer.beta2;
    j["epsilon"] = c.optimizer.epsilon;
  }
  const Kind kind = c.schedule.kind;
  if (kind == Kind::kStep || kind == Kind::kPlateau) j["schedule_factor"] = c.schedule.factor;
  if (kind == Kind::kStep) j["step_epochs"] = c.schedule.step_epochs;
  if (kind == Kind::kPlateau) j["plateau_patience"] = c.schedule.patience;
  if (kind == Kind::kOneCycle) j["rise"] = c.schedule.rise;
  if (kind != Kind::kConstant && kind != Kind::kStep) j["final_fraction"] = c.schedule.final_fraction;
  return j;
}

}  // namespace mote
