#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "boards/board.h"
#include "data/dataset.h"
#include "pipeline/deploy.h"
#include "pipeline/run_model.h"
#include "train/metrics.h"

namespace mote {

/// Windows of the recordings in `folder`, read and cut as the model's metadata declares. Class indices are those of the
/// model's labels.
[[nodiscard]] Result<Dataset> windows_of(const Model& model, const std::filesystem::path& folder, const Log& log);

/// The chosen windows of a dataset, in that order.
[[nodiscard]] Dataset select(const Dataset& windows, std::span<const size_t> chosen);

/// The windows as inputs of the plan: floats as they are, else quantized by the input's own scale.
[[nodiscard]] Result<Batch> model_inputs(const Dataset& windows, const Plan& plan);

/// The first output of every inference as real numbers, [n][elements].
[[nodiscard]] std::vector<float> real_outputs(const Batch& outputs, const Plan& plan);

/// How the model fared on labelled windows, or on targets.
struct Evaluation {
  size_t n = 0;
  std::vector<std::string> classes;  ///< empty for regression
  Confusion confusion;
  std::map<std::string, Confusion> per_subject;
  std::optional<RegressionError> regression;
};

/// Scores real outputs, [windows][elements], against the windows' labels or targets.
[[nodiscard]] Evaluation score(const Dataset& windows, const std::vector<float>& outputs);
/// Scores the predicted class of each window.
[[nodiscard]] Evaluation score(const Dataset& windows, const std::vector<int>& predicted);

/// An evaluation and the bytes behind it, so that two runs can be compared.
struct Evaluated {
  Evaluation evaluation;
  Batch outputs;
};

/// Runs all windows on the host, or on an emulated board if one is given, and scores them. With StateUse::kKeep the
/// windows of one recording are one sequence: state is reset where another recording begins.
[[nodiscard]] Result<Evaluated> evaluate(const Model& model, const Dataset& windows, const Board* board = nullptr,
                                         StateUse state = StateUse::kReset);

[[nodiscard]] nlohmann::json to_json(const Evaluation& evaluation);
[[nodiscard]] std::string text(const Evaluation& evaluation);

}  // namespace mote
