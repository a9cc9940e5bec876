#include "cli/model_options.h"
#include "cli/state_option.h"
#include "cli/verbs.h"
#include "formats/tflite_reader.h"
#include "pipeline/evaluate.h"

namespace mote::cli {

void add_eval(CLI::App& program, Work& work) {
  struct Options {
    std::filesystem::path model, data;
    std::string on = "host";
    bool keep_state = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("eval", "accuracy on recordings, on the host or an emulated board");
  verb->add_option("model", options->model, "a .tflite file that Mote trained")->required()->type_name("MODEL");
  verb->add_option("--data", options->data, "a folder of recordings in the form the model was trained on")->required();
  verb->add_option("--on", options->on, "host, or a board");
  add_keep_state(*verb, options->keep_state, "window of a recording");
  verb->footer("Example: mote eval model.tflite --data test --on nano33ble");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Model model, load_model(options->model));
      MOTE_TRY_ASSIGN(const Dataset windows, windows_of(model, options->data, console.log()));
      std::optional<Board> board;
      if (options->on != "host") {
        MOTE_TRY_ASSIGN(board, load_board(options->on));
      }
      MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, DeployOptions{}));
      remark_on_state(plan, options->keep_state, windows.size(), "window", console);
      MOTE_TRY_ASSIGN(const Evaluated result,
                      evaluate(model, windows, board ? &*board : nullptr, state_use(options->keep_state)));
      console.result(text(result.evaluation), to_json(result.evaluation));
      return 0;
    };
  });
}

}  // namespace mote::cli
