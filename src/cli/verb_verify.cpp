#include "boards/board.h"
#include "cli/model_options.h"
#include "cli/state_option.h"
#include "cli/verbs.h"
#include "pipeline/evaluate.h"
#include "pipeline/oracle.h"
#include "pipeline/read_inputs.h"
#include "pipeline/verify_model.h"

namespace mote::cli {

namespace {

struct Options : ModelOptions {
  std::string board, against;
  std::filesystem::path data;
  std::vector<std::filesystem::path> inputs;
  size_t random = 0;
  uint64_t seed = 1;
  double tolerance = 2e-5;
  bool set_up_oracle = false;
  bool keep_state = false;
};

/// The inputs to compare on: the windows of a data folder, or random ones.
Result<Batch> inputs_of(const Model& model, Options& options) {
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, options.deploy));
  if (!options.inputs.empty()) return read_inputs(plan.inputs, options.inputs);
  if (options.data.empty()) return random_inputs(plan.inputs, options.random == 0 ? 10 : options.random, options.seed);
  MOTE_TRY_ASSIGN(const Dataset windows, windows_of(model, options.data, Log{}));
  return model_inputs(windows, plan);
}

Result<int> verify_against_board(Options& options, const Console& console) {
  MOTE_TRY_ASSIGN(const Board board, load_board(options.board));
  MOTE_TRY_ASSIGN(const Model model, options.load());
  MOTE_TRY_ASSIGN(const Batch inputs, inputs_of(model, options));
  MOTE_TRY_ASSIGN(const Verification result,
                  verify_on_board(model, board, options.deploy, inputs, state_use(options.keep_state)));
  console.result(text(result), to_json(result));
  return result.equal ? 0 : 3;
}

/// Layer by layer, without the front end: other runtimes know nothing of it.
Result<int> verify_against_reference(Options& options, const Console& console) {
  options.no_front_end = true;
  MOTE_TRY_ASSIGN(const Reading reading, options.inspect());
  if (!reading.problems.empty()) return fail(refusal(reading.problems).in(options.model.string()));
  ReferenceTensors reference;
  if (options.against == "tflm" || options.against == "litert") {
    MOTE_TRY_ASSIGN(const Batch inputs, inputs_of(reading.model, options));
    const Oracle oracle = options.against == "tflm" ? Oracle::kTflm : Oracle::kLitert;
    MOTE_TRY_ASSIGN(reference, ask_oracle(oracle, options.model, reading.model.graph, inputs));
  } else {
    MOTE_TRY_ASSIGN(const Bytes npz, read_file(options.against));
    auto read = reference_from_npz(reading.model.graph, npz, options.against);
    if (!read) return fail(std::move(read).error().in(options.against));
    reference = std::move(*read);
  }
  MOTE_TRY_ASSIGN(const LayerComparison result, compare_layers(reading, reference, options.tolerance));
  console.result(text(result), to_json(result));
  return result.equal() ? 0 : 3;
}

Result<int> verify(Options& options, const Console& console) {
  if (options.set_up_oracle) {
    console.log().info("making a Python environment with the other runtimes; this takes minutes");
    MOTE_TRY_ASSIGN(const std::filesystem::path folder, set_up_oracle());
    if (options.board.empty() && options.against.empty()) {
      console.result(fmt::format("ready: {}\n", folder.string()), {{"schema_version", 1}, {"folder", folder.string()}});
      return 0;
    }
  }
  return options.against.empty() ? verify_against_board(options, console) : verify_against_reference(options, console);
}

}  // namespace

void add_verify(CLI::App& program, Work& work) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand(
      "verify", "host against board, or layer by layer against another runtime: are all bytes equal?");
  options->add_to(*verb);
  verb->get_option("model")->required(false);
  auto* board = verb->add_option("--board", options->board, "a board's name, or a board file");
  auto* against = verb->add_option("--against", options->against,
                                   "tflm, litert, or a .npz file with the values of inputs and layers by tensor name")
                      ->excludes(board);
  verb->add_flag("--setup-oracle", options->set_up_oracle,
                 "make the Python environment that tflm and litert run in (once; needs the network)");
  auto* data =
      verb->add_option("--data", options->data, "recordings to compare on, as the model's metadata declares them");
  auto* files = verb->add_option("--input", options->inputs, "tensor files to compare on (.bin, .npy, .csv)");
  auto* random = verb->add_option("--random", options->random, "this many random inputs instead (default 10)");
  random->excludes(data)->excludes(files);
  files->excludes(data);
  verb->add_option("--seed", options->seed, "of the random inputs");
  verb->add_option("--tolerance", options->tolerance, "of float layers, as a part of the largest value (default 2e-5)")
      ->needs(against);
  add_keep_state(*verb, options->keep_state, "inference");
  verb->footer("Example: mote verify model.tflite --board nano33ble --random 50");
  verb->callback([options, &work] {
    if (options->model.empty() && !options->set_up_oracle) throw CLI::RequiredError("MODEL");
    if (!options->model.empty() && options->board.empty() && options->against.empty() && !options->set_up_oracle)
      throw CLI::RequiredError("--board or --against");
    work = [options](const Console& console) { return verify(*options, console); };
  });
}

}  // namespace mote::cli
