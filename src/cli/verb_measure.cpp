#include "cli/model_options.h"
#include "cli/verbs.h"
#include "pipeline/compare_measurements.h"
#include "pipeline/measure.h"
#include "pipeline/measurement_text.h"

namespace mote::cli {

void add_measure(CLI::App& program, Work& work) {
  struct Options : ModelOptions {
    std::string board;
    MeasureExtras extras;
    std::vector<std::filesystem::path> compare;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand(
      "measure", "exact flash, RAM, stack and instructions from the linked ELF and the emulator, a row a layer");
  options->add_to(*verb);
  CLI::Option* const model_option = verb->get_option("model")->required(false);
  CLI::Option* const board_option = verb->add_option("--board", options->board, "a board's name, or a board file");
  verb->add_option("--keep", options->extras.keep, "leave the ELF, the map and the generated sources in this folder");
  verb->add_flag("--functions", options->extras.functions, "also instructions by function and flash by symbol");
  verb->add_option("--compare", options->compare, "two files of `mote measure --json`, side by side; measures nothing")
      ->expected(2)
      ->excludes(model_option)
      ->excludes(board_option);
  verb->footer(
      "Example: mote measure model.tflite --board nano33ble --keep counted\n"
      "         mote measure --compare before.json after.json");
  verb->callback([options, &work] {
    if (options->compare.empty() && (options->model.empty() || options->board.empty()))
      throw CLI::ValidationError("measure", "a measurement takes MODEL and --board, or --compare takes two files");
    work = [options](const Console& console) -> Result<int> {
      if (!options->compare.empty()) {
        MOTE_TRY_ASSIGN(const MeasurementComparison compared,
                        compare_measurements(options->compare[0], options->compare[1]));
        console.result(compared.text, compared.json);
        return 0;
      }
      MOTE_TRY_ASSIGN(const Board board, load_board(options->board));
      MOTE_TRY_ASSIGN(const Model model, options->load());
      MOTE_TRY_ASSIGN(const Measurement m, measure_model(model, board, options->deploy, options->extras));
      console.result(text(m, board), to_json(m));
      return m.fits ? 0 : 3;
    };
  });
}

}  // namespace mote::cli
