#include "cli/verbs.h"
#include "pipeline/report_text.h"
#include "pipeline/road.h"

namespace mote::cli {

void add_build(CLI::App& program, Work& work) {
  struct Options {
    std::filesystem::path project;
    RoadOptions road;
    bool no_board = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      program.add_subcommand("build", "the whole road: train, quantize, compile, run on the emulated board, report");
  verb->add_option("project", options->project, "a mote.toml")->required();
  verb->add_option("-o,--output", options->road.out, "folder for the models, the firmware's sources and the report")
      ->required();
  verb->add_flag("--no-board", options->no_board, "stop before the board: needs no cross-compiler and no emulator");
  verb->footer("Example: mote build examples/shoulder/mote.toml -o build/demo");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      options->road.board = !options->no_board;
      MOTE_TRY_ASSIGN(const Project project, load_project(options->project));
      MOTE_TRY_ASSIGN(const nlohmann::json record, run_road(project, options->road, console.progress(), console.log()));
      const std::string where = fmt::format("\nreport: {}\n", (options->road.out / "report.html").string());
      console.result(report_text(record) + where, record);
      return record["fits"].get<bool>() && record["accuracy"].value("equal", true) ? 0 : 3;
    };
  });
}

}  // namespace mote::cli
