#include "base/table.h"
#include "cli/verbs.h"
#include "formats/tflite_writer.h"
#include "pipeline/cross_validate.h"
#include "pipeline/learn.h"

namespace mote::cli {

namespace {

struct Options {
  std::filesystem::path project, out;
  bool folds = false, int8 = false;
  size_t seeds = 1;
};

std::string text(const CrossValidation& result) {
  const auto range = [](const Spread& s, double unit) {
    return fmt::format("{:.4f} (+-{:.4f})", s.mean * unit, s.deviation * unit);
  };
  std::vector<std::vector<std::string>> rows{{"pooled over folds", "macro-F1", "accuracy"}};
  for (const auto& row : result.rows) rows.push_back({row.name, range(row.macro_f1, 1), range(row.accuracy, 1)});
  std::string report =
      fmt::format("{} windows, {} folds, {} seeds\n\n{}\n", result.windows, result.folds, result.seeds, table(rows));
  rows = {{"class (int8)", "recall", "F1"}};
  for (size_t c = 0; c < result.classes.size(); ++c)
    rows.push_back({result.classes[c], fmt::format("{:.4f}", recall(result.confusion, c)),
                    fmt::format("{:.4f}", f1(result.confusion, c))});
  return report + table(rows);
}

Result<int> train_once(const Options& options, const Project& project, const Console& console) {
  const Log log = console.log();
  MOTE_TRY_ASSIGN(const Prepared prepared, prepare(project, log));
  MOTE_TRY_ASSIGN(const Learned learned, learn(project, prepared, prepared.splits[0], console.progress(), log));
  Model model = learned.model;
  if (options.int8) {
    MOTE_TRY_ASSIGN(model, quantized(project, prepared, prepared.splits[0], learned, log));
  }
  MOTE_TRY(save_model(options.out, model));
  std::filesystem::path record = options.out;
  record.replace_extension(".train.json");
  MOTE_TRY(write_text(record, to_json(learned.training).dump(2) + "\n"));
  nlohmann::json json = to_json(learned.training);
  json["schema_version"] = 1;
  json["model"] = options.out.string();
  json["record"] = record.string();
  console.result(
      fmt::format("{}: best epoch {} of {}{}\nrun record: {}\n", options.out.string(), learned.training.best_epoch,
                  learned.training.curve.size(), learned.training.interrupted ? ", interrupted" : "", record.string()),
      json);
  return 0;
}

}  // namespace

void add_train(CLI::App& program, Work& work) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("train", "train the network of a project on its recordings");
  verb->add_option("project", options->project, "a mote.toml")->required();
  auto* out = verb->add_option("-o,--output", options->out, "the model file to write");
  verb->add_flag("--int8", options->int8, "quantize as well, calibrated on training windows");
  auto* folds = verb->add_flag("--folds", options->folds, "cross-validate instead: train once a fold, score pooled")
                    ->excludes(out);
  verb->add_option("--seeds", options->seeds, "with --folds: repeat with so many seeds, report mean and spread")
      ->needs(folds);
  verb->footer(
      "Ctrl-C keeps the best weights so far.\nExample: mote train examples/shoulder/mote.toml -o model.tflite");
  verb->callback([options, &work] {
    if (!options->folds && options->out.empty())
      throw CLI::RequiredError("-o model.tflite, where the model goes, or --folds,");
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Project project, load_project(options->project));
      if (options->folds) {
        MOTE_TRY_ASSIGN(const CrossValidation result,
                        cross_validate(project, options->seeds, console.progress(), console.log()));
        console.result(text(result), to_json(result));
        return 0;
      }
      return train_once(*options, project, console);
    };
  });
}

}  // namespace mote::cli
