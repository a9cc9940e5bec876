#include "pipeline/evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/table.h"
#include "pipeline/measure.h"

namespace mote {

namespace {

/// The stored byte of a real number in the scale of an int8 tensor: rounded to nearest, ties away from zero.
int8_t quantized(float real, const Quantization& q) {
  const float steps = std::round(real / q.scale[0]) + static_cast<float>(q.zero_point[0]);
  return static_cast<int8_t>(std::clamp(std::isnan(steps) ? 0.0f : steps, -128.0f, 127.0f));
}

}  // namespace

Result<Dataset> windows_of(const Model& model, const std::filesystem::path& folder, const Log& log) {
  const nlohmann::json& values = model.metadata.values;
  if (!values.contains("data") || !values.contains("window"))
    return fail(ErrorCode::kBadInput,
                "the model does not say how recordings become its inputs (no data and window in its metadata); models "
                "that Mote trained do");
  MOTE_TRY_ASSIGN(DataConfig data, data_config(values["data"], "the model's metadata"));
  MOTE_TRY_ASSIGN(const WindowConfig window, window_config(values["window"], "the model's metadata"));
  data.classes = model.metadata.labels();
  return load_dataset_in(data, window, folder, log);
}

Dataset select(const Dataset& windows, std::span<const size_t> chosen) {
  Dataset result = windows;
  result.samples.clear();
  result.targets.clear();
  result.labels.clear();
  result.subject_ids.clear();
  result.recording_ids.clear();
  const size_t targets = windows.target_names.size();
  for (const size_t i : chosen) {
    const auto window = windows.window(i);
    result.samples.insert(result.samples.end(), window.begin(), window.end());
    const auto target = windows.targets.begin() + static_cast<ptrdiff_t>(i * targets);
    if (targets > 0) result.targets.insert(result.targets.end(), target, target + static_cast<ptrdiff_t>(targets));
    if (!windows.labels.empty()) result.labels.push_back(windows.labels[i]);
    if (!windows.subject_ids.empty()) result.subject_ids.push_back(windows.subject_ids[i]);
    result.recording_ids.push_back(windows.recording_ids[i]);
  }
  return result;
}

Result<Batch> model_inputs(const Dataset& windows, const Plan& plan) {
  if (plan.inputs.size() != 1)
    return fail(ErrorCode::kUnsupported, "the model has {} inputs; recordings feed models with one",
                plan.inputs.size());
  const TensorType& type = plan.inputs[0].type;
  if (static_cast<size_t>(count(type.shape)) != windows.length * windows.channels)
    return fail(ErrorCode::kBadInput, "a window has {} samples of {} channels, the model's input is {}", windows.length,
                windows.channels, text(type));
  Batch batch;
  batch.inferences = windows.size();
  if (type.dtype == DType::kFloat32) {
    batch.bytes.resize(windows.samples.size() * sizeof(float));
    std::memcpy(batch.bytes.data(), windows.samples.data(), batch.bytes.size());
    return batch;
  }
  if (type.dtype != DType::kInt8)
    return fail(ErrorCode::kUnsupported, "windows are fed to float32 and int8 inputs, this one is {}", text(type));
  for (const float x : windows.samples) batch.bytes.push_back(static_cast<uint8_t>(quantized(x, type.quantization)));
  return batch;
}

std::vector<float> real_outputs(const Batch& outputs, const Plan& plan) {
  const TensorType& type = plan.outputs[0].type;
  const size_t stride = bytes_of(plan.outputs);
  std::vector<float> result;
  for (size_t n = 0; n < outputs.inferences; ++n) {
    const uint8_t* bytes = outputs.bytes.data() + n * stride;
    for (int64_t i = 0; i < count(type.shape); ++i) {
      if (type.dtype == DType::kFloat32) {
        float value;
        std::memcpy(&value, bytes + i * 4, sizeof value);
        result.push_back(value);
      } else {
        const auto stored = static_cast<int8_t>(bytes[i]);
        result.push_back(type.quantization.scale[0] * static_cast<float>(stored - type.quantization.zero_point[0]));
      }
    }
  }
  return result;
}

Evaluation score(const Dataset& windows, const std::vector<float>& outputs) {
  if (!windows.labels.empty()) return score(windows, predictions(outputs, windows.classes.size()));
  Evaluation result;
  result.n = windows.size();
  result.regression = regression_error(outputs, windows.targets);
  return result;
}

Evaluation score(const Dataset& windows, const std::vector<int>& predicted) {
  Evaluation result;
  result.n = windows.size();
  result.classes = windows.classes;
  const size_t classes = windows.classes.size();
  result.confusion = confusion(windows.labels, predicted, classes);
  for (size_t s = 0; s < windows.subjects.size(); ++s) {
    std::vector<int> truth, answers;
    for (size_t i = 0; i < windows.size(); ++i)
      if (windows.subject_ids[i] == static_cast<int>(s)) {
        truth.push_back(windows.labels[i]);
        answers.push_back(predicted[i]);
      }
    if (!truth.empty()) result.per_subject[windows.subjects[s]] = confusion(truth, answers, classes);
  }
  return result;
}

namespace {

/// Runs the sequences of a batch one after the other, each from reset state. `recordings` says which inference belongs
/// to which; without --keep-state the whole batch is one sequence of independent inferences.
template <class Run>
Result<Batch> run_by_recording(const Batch& inputs, std::span<const int> recordings, StateUse state, const Run& run) {
  if (state == StateUse::kReset) return run(inputs);
  const size_t stride = inputs.inferences == 0 ? 0 : inputs.bytes.size() / inputs.inferences;
  Batch outputs;
  for (size_t first = 0; first < inputs.inferences;) {
    size_t end = first + 1;
    while (end < inputs.inferences && recordings[end] == recordings[first]) ++end;
    const auto bytes = std::span(inputs.bytes).subspan(first * stride, (end - first) * stride);
    MOTE_TRY_ASSIGN(const Batch part, run(Batch{{bytes.begin(), bytes.end()}, end - first}));
    outputs.bytes.insert(outputs.bytes.end(), part.bytes.begin(), part.bytes.end());
    outputs.inferences += part.inferences;
    first = end;
  }
  return outputs;
}

}  // namespace

Result<Evaluated> evaluate(const Model& model, const Dataset& windows, const Board* board, StateUse state) {
  const DeployOptions options{.front_end = true, .keep_input = false, .target = {}, .name = "model"};
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, for_host(options)));
  MOTE_TRY_ASSIGN(const Batch inputs, model_inputs(windows, plan));
  Batch outputs;
  if (board == nullptr) {
    Interpreter interpreter(plan);
    const auto on_host = [&](const Batch& part) -> Result<Batch> { return run_on_host(interpreter, part, state); };
    MOTE_TRY_ASSIGN(outputs, run_by_recording(inputs, windows.recording_ids, state, on_host));
  } else {
    MOTE_TRY_ASSIGN(const Firmware firmware, build_firmware(model, *board, options));
    const auto there = [&](const Batch& part) { return run_on_board(firmware, *board, part, state); };
    MOTE_TRY_ASSIGN(outputs, run_by_recording(inputs, windows.recording_ids, state, there));
  }
  const int64_t elements = count(plan.outputs[0].type.shape);
  const size_t expected = windows.labels.empty() ? windows.target_names.size() : windows.classes.size();
  if (static_cast<size_t>(elements) != expected)
    return fail(ErrorCode::kBadInput, "the model has {} outputs, the recordings have {}", elements, expected);
  return Evaluated{score(windows, real_outputs(outputs, plan)), std::move(outputs)};
}

nlohmann::json to_json(const Evaluation& e) {
  nlohmann::json json{{"n", e.n}};
  if (e.regression) {
    json["mean_absolute_error"] = e.regression->mean_absolute;
    json["root_mean_square_error"] = e.regression->root_mean_square;
    json["r2"] = e.regression->r2;
  } else {
    json = to_json(e.confusion, e.classes);
    json["per_subject"] = nlohmann::json::object();
    for (const auto& [subject, part] : e.per_subject)
      json["per_subject"][subject] = {{"n", part.total()}, {"accuracy", accuracy(part)}, {"macro_f1", macro_f1(part)}};
  }
  json["schema_version"] = 1;
  return json;
}

std::string text(const Evaluation& e) {
  if (e.regression)
    return fmt::format("{} windows: mean absolute error {:.4g}, root mean square {:.4g}, R2 {:.4f}\n", e.n,
                       e.regression->mean_absolute, e.regression->root_mean_square, e.regression->r2);
  std::string result = fmt::format("{} windows: accuracy {:.2f} %, macro-F1 {:.4f}\n\n", e.n,
                                   100 * accuracy(e.confusion), macro_f1(e.confusion));
  std::vector<std::vector<std::string>> rows{{"true \\ predicted"}};
  for (const std::string& name : e.classes) rows[0].push_back(name);
  for (const char* heading : {"recall", "F1"}) rows[0].emplace_back(heading);
  for (size_t t = 0; t < e.classes.size(); ++t) {
    std::vector<std::string> row{e.classes[t]};
    for (size_t p = 0; p < e.classes.size(); ++p) row.push_back(grouped(e.confusion.at(t, p)));
    row.push_back(fmt::format("{:.3f}", recall(e.confusion, t)));
    row.push_back(fmt::format("{:.3f}", f1(e.confusion, t)));
    rows.push_back(std::move(row));
  }
  result += table(rows) + "\n";
  rows = {{"subject", "windows", "accuracy", "macro-F1"}};
  for (const auto& [subject, part] : e.per_subject)
    rows.push_back({subject, grouped(part.total()), fmt::format("{:.2f} %", 100 * accuracy(part)),
                    fmt::format("{:.4f}", macro_f1(part))});
  return result + table(rows);
}

}  // namespace mote
