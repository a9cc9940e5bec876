#include "cli/verbs.h"
#include "formats/tflite_writer.h"
#include "pipeline/learn.h"
#include "pipeline/open_model.h"
#include "pipeline/quantize_model.h"

namespace mote::cli {

namespace {

struct QuantizeOptions {
  std::filesystem::path project, model, out;
  std::vector<std::filesystem::path> data;
};

/// Calibrated on the windows of the project that the model was trained from.
Result<Model> with_project(const QuantizeOptions& options, const Log& log) {
  MOTE_TRY_ASSIGN(const Project project, load_project(options.project));
  MOTE_TRY_ASSIGN(const Prepared prepared, prepare(project, log));
  const Split& split = prepared.splits[0];
  MOTE_TRY_ASSIGN(Model float_model, open_model(options.model));
  if (!float_model.metadata.values.contains("normalization"))
    return fail(
        ErrorCode::kBadInput,
        "{} carries no normalisation in its metadata, so Mote did not train it; give --data instead of --project",
        options.model.string());
  const Learned learned{std::move(float_model), {}, calibration_windows(project, prepared.windows, split)};
  return quantized(project, prepared, split, learned, log);
}

Result<Model> with_data(const QuantizeOptions& options, const Log& log) {
  MOTE_TRY_ASSIGN(Model model, open_model(options.model));
  return quantize_model(std::move(model), options.data, {}, log);
}

}  // namespace

void add_quantize(CLI::App& program, Work& work) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* verb = program.add_subcommand("quantize", "the int8 form of a float model, calibrated on data");
  verb->add_option("model", options->model, "a float .tflite or .onnx file")->required()->type_name("MODEL");
  CLI::Option* project = verb->add_option("--project", options->project, "the mote.toml it was trained from");
  verb->add_option(
          "--data", options->data,
          "what the model will see: .npy, .bin or .csv files or folders of them, a file an input and inference")
      ->excludes(project);
  verb->add_option("-o,--output", options->out, "the model file to write")->required();
  verb->footer("Example: mote quantize float.onnx --data inputs -o model.tflite");
  verb->callback([options, &work] {
    if (options->project.empty() && options->data.empty())
      throw CLI::RequiredError("--data, what the model will see, or --project, which it was trained from,");
    work = [options](const Console& console) -> Result<int> {
      const Log log = console.log();
      MOTE_TRY_ASSIGN(const Model model,
                      options->data.empty() ? with_project(*options, log) : with_data(*options, log));
      MOTE_TRY(save_model(options->out, model));
      console.result(options->out.string() + "\n", {{"schema_version", 1}, {"model", options->out.string()}});
      return 0;
    };
  });
}

}  // namespace mote::cli
