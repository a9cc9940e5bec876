#include "cli/model_options.h"
#include "cli/verbs.h"
#include "pipeline/evaluate.h"
#include "pipeline/verify_model.h"

namespace mote::cli {

namespace {

struct Options : ModelOptions {
  std::string board;
  std::filesystem::path data;
  size_t random = 0;
  uint64_t seed = 1;
};

/// The inputs to compare on: the windows of a data folder, or random ones.
Result<Batch> inputs_of(const Model& model, Options& options) {
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, options.deploy));
  if (options.data.empty()) return random_inputs(plan.inputs, options.random == 0 ? 10 : options.random, options.seed);
  MOTE_TRY_ASSIGN(const Dataset windows, windows_of(model, options.data, Log{}));
  return model_inputs(windows, plan);
}

}  // namespace

void add_verify(CLI::App& program, Work& work) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("verify", "host against board: are all output bytes equal?");
  options->add_to(*verb);
  verb->add_option("--board", options->board, "a board's name, or a board file")->required();
  auto* data =
      verb->add_option("--data", options->data, "recordings to compare on, as the model's metadata declares them");
  verb->add_option("--random", options->random, "this many random inputs instead (default 10)")->excludes(data);
  verb->add_option("--seed", options->seed, "of the random inputs");
  verb->footer("Example: mote verify model.tflite --board nano33ble --random 50");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Board board, load_board(options->board));
      MOTE_TRY_ASSIGN(const Model model, options->load());
      MOTE_TRY_ASSIGN(const Batch inputs, inputs_of(model, *options));
      MOTE_TRY_ASSIGN(const Verification result, verify_on_board(model, board, options->deploy, inputs));
      console.result(text(result), to_json(result));
      return result.equal ? 0 : 3;
    };
  });
}

}  // namespace mote::cli
