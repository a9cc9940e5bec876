#include "pipeline/cross_validate.h"

#include <cmath>

#include "pipeline/baseline.h"

namespace mote {

namespace {

Spread spread(const std::vector<double>& values) {
  Spread result;
  for (const double v : values) result.mean += v / static_cast<double>(values.size());
  for (const double v : values) result.deviation += (v - result.mean) * (v - result.mean);
  if (values.size() > 1) result.deviation = std::sqrt(result.deviation / static_cast<double>(values.size() - 1));
  return result;
}

void add(Confusion& total, const Confusion& part) {
  if (total.counts.empty()) total = {part.classes, std::vector<int64_t>(part.counts.size())};
  for (size_t i = 0; i < part.counts.size(); ++i) total.counts[i] += part.counts[i];
}

/// The pooled confusion of one form of the network, one a seed.
struct Form {
  std::string name;
  std::vector<Confusion> pooled;

  [[nodiscard]] CrossValidation::Row row() const {
    std::vector<double> f1s, accuracies;
    for (const Confusion& c : pooled) {
      f1s.push_back(macro_f1(c));
      accuracies.push_back(accuracy(c));
    }
    return {name, spread(f1s), spread(accuracies)};
  }
};

}  // namespace

Result<CrossValidation> cross_validate(const Project& project, size_t seeds, const Progress& progress, const Log& log) {
  MOTE_TRY_ASSIGN(const Prepared prepared, prepare(project, log));
  if (prepared.windows.labels.empty())
    return fail(ErrorCode::kUnsupported, "{}: cross-validation scores classes; this project predicts numbers",
                project.file.string());
  Form baseline{"linear baseline", {}}, float_form{"float", {}}, int8_form{"int8", {}};
  const size_t runs = seeds * prepared.splits.size();
  for (size_t seed = 0; seed < seeds; ++seed) {
    Project seeded = project;
    seeded.train.seed = project.train.seed + seed;
    seeded.network.seed = project.network.seed + seed;
    Confusion linear, real, quant;
    for (size_t fold = 0; fold < prepared.splits.size(); ++fold) {
      if (progress.stopped()) return fail(ErrorCode::kInterrupted, "interrupted: cross-validation needs all its folds");
      const size_t run = seed * prepared.splits.size() + fold;
      Progress part;
      part.stop = progress.stop;
      part.report = [&](double fraction, const std::string& detail) {
        progress.at((static_cast<double>(run) + fraction) / static_cast<double>(runs),
                    fmt::format("seed {}, fold {}: {}", seed + 1, fold + 1, detail));
      };
      const Split& split = prepared.splits[fold];
      const Dataset test = select(prepared.windows, split.test);
      MOTE_TRY_ASSIGN(const auto straight, evaluate_baseline(seeded, prepared, split));
      MOTE_TRY_ASSIGN(const Learned learned, learn(seeded, prepared, split, part, log));
      MOTE_TRY_ASSIGN(const Model int8, quantized(seeded, prepared, split, learned, log));
      MOTE_TRY_ASSIGN(const Evaluated on_float, evaluate(learned.model, test));
      MOTE_TRY_ASSIGN(const Evaluated on_int8, evaluate(int8, test));
      add(linear, straight->confusion);
      add(real, on_float.evaluation.confusion);
      add(quant, on_int8.evaluation.confusion);
    }
    baseline.pooled.push_back(linear);
    float_form.pooled.push_back(real);
    int8_form.pooled.push_back(quant);
  }
  CrossValidation result;
  result.windows = static_cast<size_t>(int8_form.pooled[0].total());
  result.folds = prepared.splits.size();
  result.seeds = seeds;
  result.rows = {baseline.row(), float_form.row(), int8_form.row()};
  result.classes = prepared.windows.classes;
  for (const Confusion& c : int8_form.pooled) add(result.confusion, c);
  return result;
}

nlohmann::json to_json(const CrossValidation& r) {
  nlohmann::json json{{"schema_version", 1}, {"n", r.windows}, {"folds", r.folds}, {"seeds", r.seeds}};
  for (const auto& row : r.rows)
    json["rows"].push_back({{"name", row.name},
                            {"macro_f1", row.macro_f1.mean},
                            {"macro_f1_deviation", row.macro_f1.deviation},
                            {"accuracy", row.accuracy.mean},
                            {"accuracy_deviation", row.accuracy.deviation}});
  json["int8"] = to_json(r.confusion, r.classes);
  return json;
}

}  // namespace mote
