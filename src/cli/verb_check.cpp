#include "boards/board.h"
#include "cli/model_options.h"
#include "cli/verbs.h"
#include "formats/tflite_reader.h"
#include "pipeline/check.h"

namespace mote::cli {

void add_check(CLI::App& program, Work& work) {
  struct Options : ModelOptions {
    std::string board;
    bool tensors = false;
    bool strict = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      program.add_subcommand("check", "static facts of a model: ops, shapes, sizes, arena, what is unsupported");
  options->add_to(*verb);
  verb->add_option("--board", options->board, "does it fit this board? (a name, or a board file)");
  verb->add_flag("--tensors", options->tensors, "list every tensor with its shape and quantization");
  verb->add_flag("--strict", options->strict, "suspicious findings count as a no (exit code 3)");
  verb->footer("Example: mote check model.tflite --board nano33ble");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      std::optional<Board> board;
      if (!options->board.empty()) {
        MOTE_TRY_ASSIGN(board, load_board(options->board));
      }
      MOTE_TRY_ASSIGN(const Reading reading, options->inspect());
      const DeployOptions deploy = board ? for_board(options->deploy, *board) : options->deploy;
      const CheckReport report = check_model(reading, deploy, board ? &*board : nullptr);
      console.result(text(report, options->tensors), to_json(report));
      const bool clean = !options->strict || report.findings.empty();
      return report.supported && clean && report.fits.value_or(true) ? 0 : 3;
    };
  });
}

}  // namespace mote::cli
