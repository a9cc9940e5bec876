#include "boards/board.h"
#include "cli/model_options.h"
#include "cli/state_option.h"
#include "cli/verbs.h"
#include "formats/tensor_file.h"
#include "pipeline/measure.h"
#include "pipeline/read_inputs.h"

namespace mote::cli {

namespace {

namespace fs = std::filesystem;

/// The output bytes cut into tensors.
std::vector<Tensor> tensors(const std::vector<Port>& ports, const Batch& batch) {
  std::vector<Tensor> result;
  auto next = batch.bytes.begin();
  for (size_t n = 0; n < batch.inferences; ++n)
    for (const Port& port : ports) {
      const auto end = next + static_cast<ptrdiff_t>(port.type.bytes());
      result.emplace_back(port.type, std::vector<uint8_t>(next, end));
      next = end;
    }
  return result;
}

std::vector<double> numbers(const Tensor& tensor) {
  const auto widen = [](auto elements) { return std::vector<double>(elements.begin(), elements.end()); };
  switch (tensor.type.dtype) {
    case DType::kFloat32:
      return widen(tensor.as<float>());
    case DType::kInt8:
      return widen(tensor.as<int8_t>());
    case DType::kInt16:
      return widen(tensor.as<int16_t>());
    case DType::kInt32:
      return widen(tensor.as<int32_t>());
    default:
      return widen(tensor.as<uint8_t>());
  }
}

struct Options : ModelOptions {
  std::vector<fs::path> inputs, outputs;
  std::string on = "host";
  bool keep_state = false;
};

Result<Batch> run(const Model& model, const Options& options, const Batch& inputs, const Plan& plan) {
  const StateUse state = state_use(options.keep_state);
  if (options.on == "host") {
    Interpreter interpreter(plan);
    return run_on_host(interpreter, inputs, state);
  }
  MOTE_TRY_ASSIGN(const Board board, load_board(options.on));
  MOTE_TRY_ASSIGN(const Firmware firmware, build_firmware(model, board, options.deploy));
  return run_on_board(firmware, board, inputs, state);
}

Result<int> work_on(Options& options, const Console& console) {
  MOTE_TRY_ASSIGN(const Model model, options.load());
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, for_host(options.deploy)));
  MOTE_TRY_ASSIGN(const Batch inputs, read_inputs(plan.inputs, options.inputs));
  remark_on_state(plan, options.keep_state, inputs.inferences, "inference", console);
  const size_t expected = inputs.inferences * plan.outputs.size();
  if (!options.outputs.empty() && options.outputs.size() != expected)
    return fail(ErrorCode::kBadInput, "{} inferences with {} outputs each need {} --output files, {} were given",
                inputs.inferences, plan.outputs.size(), expected, options.outputs.size());
  MOTE_TRY_ASSIGN(const Batch batch, run(model, options, inputs, plan));
  const std::vector<Tensor> results = tensors(plan.outputs, batch);
  for (size_t i = 0; i < options.outputs.size(); ++i) MOTE_TRY(write_tensor_file(options.outputs[i], results[i]));
  nlohmann::json json{{"schema_version", 1}, {"inferences", batch.inferences}, {"outputs", nlohmann::json::array()}};
  std::string text;
  for (size_t i = 0; i < results.size(); ++i) {
    const std::vector<double> values = numbers(results[i]);
    json["outputs"].push_back(values);
    text += fmt::format("{} {}: {}\n", i / plan.outputs.size(), plan.outputs[i % plan.outputs.size()].name,
                        fmt::join(values, " "));
  }
  console.result(text, json);
  return 0;
}

}  // namespace

void add_run(CLI::App& program, Work& work) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("run", "run inferences on tensor files, on the host or an emulated board");
  options->no_front_end = true;
  verb->add_option("model", options->model, "a .tflite or .onnx file")->required()->type_name("MODEL");
  verb->add_flag("--keep-input", options->deploy.keep_input, "the input survives the inference");
  verb->add_flag(
      "--front-end,!--no-front-end", [options](int64_t times) { options->no_front_end = times <= 0; },
      "feed the model's own front end instead of the network behind it");
  verb->add_option("--input", options->inputs,
                   "tensors in the model's own dtype: .bin (raw, little-endian), .npy or .csv")
      ->required();
  verb->add_option("--output", options->outputs, "files for the outputs, in the same order");
  verb->add_option("--on", options->on, "host, or a board");
  add_keep_state(*verb, options->keep_state, "inference");
  verb->footer(
      "Files are grouped by the model's number of inputs; each group is one inference.\n"
      "Example: mote run model.tflite --input window.bin --output scores.bin --on nano33ble");
  verb->callback([options, &work] { work = [options](const Console& console) { return work_on(*options, console); }; });
}

}  // namespace mote::cli
