#include "cli/verbs.h"
#include "pipeline/templates.h"

namespace mote::cli {

void add_new(CLI::App& program, Work& work) {
  struct Options {
    std::filesystem::path folder;
    std::string name = "activity";
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("new", "a ready project: mote.toml, data folder, README");
  verb->add_option("folder", options->folder, "where the project goes")->required();
  verb->add_option("--template", options->name, "gesture, activity or sine");
  verb->footer("Example: mote new hello --template sine");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY(new_project(options->folder, options->name));
      const std::string next =
          fmt::format("{0} is ready. Next:\n  mote build {0}/mote.toml -o {0}/out\n", options->folder.string());
      console.result(next, {{"schema_version", 1}, {"folder", options->folder.string()}});
      return 0;
    };
  });
}

}  // namespace mote::cli
