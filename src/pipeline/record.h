#pragma once

#include <nlohmann/json.hpp>

#include "boards/measurement.h"
#include "pipeline/evaluate.h"
#include "pipeline/learn.h"

namespace mote {

/// Gathers what a run found out, in the form that docs/report.md describes.
class RunRecord {
 public:
  explicit RunRecord(const Project& project);

  [[nodiscard]] nlohmann::json& warnings() { return json_["warnings"]; }

  void add_data(const Prepared& prepared);
  void add_training(const TrainResult& training);
  void add_accuracy(const std::string& name, const Evaluation& evaluation);
  void add_confusion(const Evaluation& evaluation);
  [[nodiscard]] Result<> add_layer_errors(const Learned& learned, const Model& int8, const Prepared& prepared);
  /// Regression only: what both forms answer to each test window.
  void add_regression(const Dataset& test, const Evaluated& float_host, const Evaluated& int8_host,
                      const Model& float_model, const Model& int8);
  void add_arena(const Plan& plan);
  void add_board(const Board& board, const Measurement& measured);
  /// Whether board and host gave the same bytes for every window; with several boards, on all of them.
  void add_equality(bool equal);

  /// The whole record; answers whether every limit holds under "fits".
  [[nodiscard]] nlohmann::json finish(nlohmann::json steps);

 private:
  Limits limits_;
  nlohmann::json json_;
};

}  // namespace mote
