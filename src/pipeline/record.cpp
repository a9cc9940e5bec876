#include "pipeline/record.h"

#include <cmath>
#include <set>

#include "compress/layer_error.h"
#include "data/normalize.h"

namespace mote {

namespace {

/// JSON knows no NaN.
nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

std::string tested_on(const SplitConfig& split) {
  switch (split.by) {
    case SplitConfig::By::kSubject:
      return "subjects it was not trained on";
    case SplitConfig::By::kRecording:
      return "recordings it was not trained on";
    case SplitConfig::By::kRows:
      break;
  }
  return "windows it was not trained on, of recordings it was";
}

}  // namespace

RunRecord::RunRecord(const Project& project) : limits_(project.limits) {
  json_ = {{"schema_version", 1},
           {"title", project.name},
           {"model", project.name},
           {"command", fmt::format("mote build {}", project.file.string())},
           {"warnings", nlohmann::json::array()},
           {"boards", nlohmann::json::array()}};
  json_["accuracy"] = {
      {"metric", "macro_f1"}, {"tested_on", tested_on(project.split)}, {"rows", nlohmann::json::array()}};
}

void RunRecord::add_data(const Prepared& prepared) {
  const Dataset& windows = prepared.windows;
  nlohmann::json classes = nlohmann::json::object();
  for (const int label : windows.labels) {
    nlohmann::json& entry = classes[windows.classes[static_cast<size_t>(label)]];
    entry = entry.is_null() ? 1 : entry.get<int>() + 1;
  }
  const double seconds =
      windows.rate_hz > 0 ? static_cast<double>(windows.size() * windows.length) / windows.rate_hz : 0;
  json_["data"] = {{"recordings", windows.recordings.size()},
                   {"subjects", windows.subjects.size()},
                   {"windows", windows.size()},
                   {"seconds", seconds},
                   {"classes", classes}};
}

void RunRecord::add_training(const TrainResult& training) {
  nlohmann::json epochs = nlohmann::json::array();
  for (const EpochRecord& e : training.curve)
    epochs.push_back({{"epoch", e.epoch},
                      {"loss", number(e.loss)},
                      {"accuracy", number(e.accuracy)},
                      {"validation_loss", number(e.validation_loss)},
                      {"validation_accuracy", number(e.validation_accuracy)},
                      {"learning_rate", number(e.learning_rate)}});
  json_["training"] = {{"epochs", epochs}, {"best_epoch", training.best_epoch}, {"seconds", training.seconds}};
  if (training.interrupted) json_["warnings"].push_back("training was interrupted; the best weights so far were kept");
}

void RunRecord::add_accuracy(const std::string& name, const Evaluation& evaluation) {
  nlohmann::json row{{"name", name}};
  if (evaluation.regression) {
    json_["accuracy"]["metric"] = "mean_absolute_error";
    row["mean_absolute_error"] = number(evaluation.regression->mean_absolute);
  } else {
    row["macro_f1"] = macro_f1(evaluation.confusion);
    row["accuracy"] = accuracy(evaluation.confusion);
  }
  json_["accuracy"]["rows"].push_back(std::move(row));
  json_["accuracy"]["windows"] = evaluation.n;
}

void RunRecord::add_confusion(const Evaluation& evaluation) {
  if (evaluation.regression) return;
  const nlohmann::json full = to_json(evaluation);
  json_["classes"] = full["classes"];
  json_["confusion"] = full["confusion"];
  json_["per_subject"] = full["per_subject"];
}

Result<> RunRecord::add_layer_errors(const Learned& learned, const Model& int8, const Prepared& prepared) {
  MOTE_TRY_ASSIGN(const Normalization normalization,
                  mote::normalization(int8.metadata.values["normalization"], "the model's metadata"));
  const Dataset chosen = select(prepared.windows, learned.calibration);
  std::vector<float> samples = chosen.samples;
  normalize(normalization, samples);
  const Graph& network = learned.model.graph;
  Shape shape = network.value(network.inputs[0]).type.shape;
  shape[0] = static_cast<int32_t>(chosen.size());
  const std::vector<ConstFloatView> inputs{{shape, samples}};
  MOTE_TRY_ASSIGN(const auto errors, quantization_error(network, int8.graph, inputs));
  json_["quantization_error"] = nlohmann::json::array();
  for (size_t i = 0; i < errors.size(); ++i)
    json_["quantization_error"].push_back(
        {{"layer", i}, {"name", errors[i].name}, {"snr_db", number(errors[i].signal_to_noise_db)}});
  return {};
}

void RunRecord::add_regression(const Dataset& test, const Evaluated& float_host, const Evaluated& int8_host,
                               const Model& float_model, const Model& int8) {
  if (!float_host.evaluation.regression || test.channels * test.length != 1) return;
  const auto outputs = [](const Model& model, const Batch& batch) {
    const auto plan = make_plan(model, DeployOptions{});
    return plan ? real_outputs(batch, *plan) : std::vector<float>();
  };
  const std::vector<float> f = outputs(float_model, float_host.outputs), q = outputs(int8, int8_host.outputs);
  nlohmann::json points = nlohmann::json::array();
  for (size_t i = 0; i < test.size() && i < f.size() && i < q.size(); ++i)
    points.push_back({{"x", test.samples[i]}, {"target", test.targets[i]}, {"float", f[i]}, {"int8", q[i]}});
  json_["regression"] = {{"points", points},
                         {"mae_float", float_host.evaluation.regression->mean_absolute},
                         {"mae_int8", int8_host.evaluation.regression->mean_absolute}};
}

void RunRecord::add_arena(const Plan& plan) {
  nlohmann::json arena{{"bytes", plan.arena_bytes}, {"bound_bytes", plan.arena_bound}};
  for (const PlannedLayer& layer : plan.layers)
    arena["layers"].push_back({{"name", layer.name}, {"op", layer.op}, {"live_bytes", layer.live_bytes}});
  for (const Buffer& b : plan.buffers)
    arena["buffers"].push_back(
        {{"name", b.name}, {"bytes", b.bytes}, {"offset", b.offset}, {"first", b.first}, {"last", b.last}});
  json_["arena"] = std::move(arena);
}

void RunRecord::add_board(const Board& board, const Measurement& measured) {
  nlohmann::json entry = to_json(measured);
  entry["board_title"] = board.title;
  entry["flash_limit_bytes"] = limits_.flash_bytes.value_or(board.flash_bytes.value);
  entry["ram_limit_bytes"] = limits_.ram_bytes.value_or(board.ram_bytes.value);
  if (limits_.latency_ms) entry["latency_limit_ms"] = *limits_.latency_ms;
  if (limits_.energy_uj) entry["energy_limit_uj"] = *limits_.energy_uj;
  const double flash = static_cast<double>(measured.memory.flash_code_bytes + measured.memory.flash_model_bytes);
  const double ram = static_cast<double>(measured.memory.ram_static_bytes + measured.stack_bytes);
  const bool latency_holds = !limits_.latency_ms || measured.latency_ms.value <= *limits_.latency_ms;
  const bool energy_holds =
      !limits_.energy_uj || (measured.energy_uj && measured.energy_uj->value <= *limits_.energy_uj);
  entry["fits"] = measured.fits && flash <= entry["flash_limit_bytes"].get<double>() &&
                  ram <= entry["ram_limit_bytes"].get<double>() && latency_holds && energy_holds;
  json_["boards"].push_back(std::move(entry));
}

void RunRecord::add_equality(bool equal) {
  nlohmann::json& all = json_["accuracy"]["equal"];
  all = equal && (all.is_null() || all.get<bool>());
}

nlohmann::json RunRecord::finish(nlohmann::json steps) {
  bool fits = true;
  for (const nlohmann::json& board : json_["boards"]) fits = fits && board["fits"].get<bool>();
  if (limits_.macro_f1)
    for (const nlohmann::json& row : json_["accuracy"]["rows"])
      if (row["name"] == "int8 on the host" && row.contains("macro_f1"))
        fits = fits && row["macro_f1"].get<double>() >= *limits_.macro_f1;
  json_["fits"] = fits;
  json_["steps"] = std::move(steps);
  return json_;
}

}  // namespace mote
