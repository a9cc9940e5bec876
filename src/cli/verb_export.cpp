#include "cli/model_options.h"
#include "cli/verbs.h"
#include "pipeline/export.h"

namespace mote::cli {

void add_export(CLI::App& program, Work& work) {
  struct Options : ModelOptions {
    std::filesystem::path out;
    std::string as = "cpp", board;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("export", "sources for people to build on");
  options->add_to(*verb);
  verb->add_option("--as", options->as, "cpp: the sources; cmake: a project that builds them; tflite: the model file")
      ->check(CLI::IsMember({"cpp", "cmake", "tflite"}));
  verb->add_option("--board", options->board, "call the kernels of this board (a name, or a board file)");
  verb->add_option("-o,--output", options->out, "folder to write")->required();
  verb->add_option("--name", options->deploy.name, "prefix of the interface (default: the file's name)");
  verb->footer("Example: mote export model.tflite --as cpp --board nano33ble -o firmware/model");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Model model, options->load());
      DeployOptions deploy = options->deploy;
      if (!options->board.empty()) {
        MOTE_TRY_ASSIGN(const Board board, load_board(options->board));
        deploy = for_board(deploy, board);
      }
      MOTE_TRY_ASSIGN(const auto written, export_model(model, deploy, options->as, options->out));
      nlohmann::json files = nlohmann::json::array();
      std::string text;
      for (const auto& path : written) {
        files.push_back(path.string());
        text += path.string() + "\n";
      }
      console.result(text, {{"schema_version", 1}, {"files", files}});
      return 0;
    };
  });
}

}  // namespace mote::cli
