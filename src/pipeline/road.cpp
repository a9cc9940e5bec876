#include "pipeline/road.h"

#include "compress/layer_error.h"
#include "formats/tflite_writer.h"
#include "pipeline/baseline.h"
#include "pipeline/evaluate.h"
#include "pipeline/export.h"
#include "pipeline/learn.h"
#include "pipeline/measure.h"
#include "pipeline/record.h"
#include "pipeline/report_html.h"
#include "pipeline/steps.h"

namespace mote {

namespace {

/// Warnings go to the record as well as to the shell.
Log recording(const Log& log, nlohmann::json& warnings) {
  return Log([&log, &warnings](Log::Level level, const std::string& message) {
    if (level == Log::Level::kWarning) {
      warnings.push_back(message);
      log.warning("{}", message);
    } else {
      log.info("{}", message);
    }
  });
}

}  // namespace

Result<nlohmann::json> run_road(const Project& project, const RoadOptions& options, const Progress& progress,
                                const Log& shell) {
  RunRecord record(project);
  const Log log = recording(shell, record.warnings());
  Steps steps(shell);

  steps.begin("read the recordings and cut windows");
  MOTE_TRY_ASSIGN(const Prepared prepared, prepare(project, log));
  const Split& split = prepared.splits[0];
  const Dataset test = select(prepared.windows, split.test);
  record.add_data(prepared);

  steps.begin("train a linear baseline");
  MOTE_TRY_ASSIGN(const std::optional<Evaluation> baseline, evaluate_baseline(project, prepared, split));

  steps.begin("train the network");
  MOTE_TRY_ASSIGN(const Learned learned, learn(project, prepared, split, progress, log));
  MOTE_TRY(save_model(options.out / "model_float.tflite", learned.model));
  record.add_training(learned.training);

  steps.begin("quantize to int8");
  MOTE_TRY_ASSIGN(const Model int8, quantized(project, prepared, split, learned, log));
  MOTE_TRY(save_model(options.out / "model.tflite", int8));

  steps.begin("test on the host");
  MOTE_TRY_ASSIGN(const Evaluated float_host, evaluate(learned.model, test));
  MOTE_TRY_ASSIGN(const Evaluated int8_host, evaluate(int8, test));
  if (baseline) record.add_accuracy("linear baseline", *baseline);
  record.add_accuracy("float", float_host.evaluation);
  record.add_accuracy("int8 on the host", int8_host.evaluation);
  record.add_confusion(int8_host.evaluation);
  MOTE_TRY(record.add_layer_errors(learned, int8, prepared));
  record.add_regression(test, float_host, int8_host, learned.model, int8);

  steps.begin("generate the firmware's sources");
  DeployOptions deploy{.front_end = true, .keep_input = false, .target = {}, .name = project.name};
  if (options.board && !project.boards.empty()) {
    MOTE_TRY_ASSIGN(const Board first, load_board(project.boards[0]));
    deploy = for_board(deploy, first);
  }
  MOTE_TRY(export_model(int8, deploy, "cmake", options.out / "firmware"));
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(int8, deploy));
  record.add_arena(plan);

  for (const std::string& name : options.board ? project.boards : std::vector<std::string>{}) {
    MOTE_TRY_ASSIGN(const Board board, load_board(name));
    steps.begin(fmt::format("measure on the emulated {}", board.title));
    MOTE_TRY_ASSIGN(const Measurement measured, measure_model(int8, board, deploy));
    record.add_board(board, measured);
    steps.begin(fmt::format("run the test set on the emulated {}", board.title));
    MOTE_TRY_ASSIGN(const Evaluated on_board, evaluate(int8, test, &board));
    record.add_accuracy(fmt::format("int8 on {}", board.name), on_board.evaluation);
    record.add_equality(int8_host.outputs.bytes == on_board.outputs.bytes);
  }

  nlohmann::json finished = record.finish(steps.record());
  MOTE_TRY(write_text(options.out / "record.json",
                      finished.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"));
  MOTE_TRY(write_text(options.out / "report.html", report_html(finished)));
  return finished;
}

}  // namespace mote
