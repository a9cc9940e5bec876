#include "cli/verbs.h"
#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "pipeline/learn.h"

namespace mote::cli {

void add_quantize(CLI::App& program, Work& work) {
  struct Options {
    std::filesystem::path project, model, out;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      program.add_subcommand("quantize", "the int8 form of a float model, calibrated on its project's windows");
  verb->add_option("model", options->model, "a float .tflite that Mote trained")->required()->type_name("MODEL");
  verb->add_option("--project", options->project, "the mote.toml it was trained from")->required();
  verb->add_option("-o,--output", options->out, "the model file to write")->required();
  verb->footer("Example: mote quantize float.tflite --project examples/shoulder/mote.toml -o model.tflite");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      const Log log = console.log();
      MOTE_TRY_ASSIGN(const Project project, load_project(options->project));
      MOTE_TRY_ASSIGN(const Prepared prepared, prepare(project, log));
      const Split& split = prepared.splits[0];
      MOTE_TRY_ASSIGN(Model float_model, load_model(options->model));
      if (!float_model.metadata.values.contains("normalization"))
        return fail(ErrorCode::kBadInput, "{} carries no normalisation in its metadata; it was not trained by Mote",
                    options->model.string());
      const Learned learned{std::move(float_model), {}, calibration_windows(project, prepared.windows, split)};
      MOTE_TRY_ASSIGN(const Model model, quantized(project, prepared, split, learned, log));
      MOTE_TRY(save_model(options->out, model));
      console.result(options->out.string() + "\n", {{"schema_version", 1}, {"model", options->out.string()}});
      return 0;
    };
  });
}

}  // namespace mote::cli
