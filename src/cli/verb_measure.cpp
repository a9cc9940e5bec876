#include "cli/model_options.h"
#include "cli/verbs.h"
#include "pipeline/measure.h"
#include "pipeline/measurement_text.h"

namespace mote::cli {

void add_measure(CLI::App& program, Work& work) {
  struct Options : ModelOptions {
    std::string board;
    std::filesystem::path keep;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand(
      "measure", "exact flash, RAM, stack and instructions from the linked ELF and the emulator, a row a layer");
  options->add_to(*verb);
  verb->add_option("--board", options->board, "a board's name, or a board file")->required();
  verb->add_option("--keep", options->keep, "leave the ELF, the map and the generated sources in this folder");
  verb->footer("Example: mote measure model.tflite --board nano33ble --keep counted");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Board board, load_board(options->board));
      MOTE_TRY_ASSIGN(const Model model, options->load());
      MOTE_TRY_ASSIGN(const Measurement m, measure_model(model, board, options->deploy, options->keep));
      console.result(text(m, board), to_json(m));
      return m.fits ? 0 : 3;
    };
  });
}

}  // namespace mote::cli
