#include "pipeline/measure.h"

#include "pipeline/reference_input.h"

namespace mote {

Result<Measurement> measure_model(const Model& model, const Board& board, const DeployOptions& options,
                                  const MeasureExtras& extras) {
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, for_board(options, board)));
  MeasureOptions measure_options;
  measure_options.model_name = options.name;
  measure_options.keep = extras.keep;
  measure_options.functions = extras.functions;
  for (const PlannedLayer& layer : plan.layers)
    measure_options.layers.push_back(
        {layer.op, layer.name, layer.kernel, static_cast<uint64_t>(layer.macs), layer.live_bytes, 0});
  for (const uint32_t seed : kReferenceSeeds) {
    const std::vector<uint8_t> input = reference_input(plan.inputs, seed);
    measure_options.inputs.insert(measure_options.inputs.end(), input.begin(), input.end());
  }
  return measure(board, generate(model, plan, options), measure_options);
}

Result<Firmware> build_firmware(const Model& model, const Board& board, const DeployOptions& options) {
  MOTE_TRY_ASSIGN(Plan plan, make_plan(model, for_board(options, board)));
  MOTE_TRY_ASSIGN(TemporaryFolder folder, TemporaryFolder::make("mote-firmware"));
  MOTE_TRY_ASSIGN(Image image, build_image(board, generate(model, plan, options), {}, folder.path()));
  return Firmware{std::move(plan), std::move(image), std::move(folder)};
}

Result<Batch> run_on_board(const Firmware& firmware, const Board& board, const Batch& inputs, StateUse state) {
  RunOptions options;
  options.counting = Counting::kNothing;
  options.reset_between = state == StateUse::kReset;
  MOTE_TRY_ASSIGN(BoardRun run, run_image(board, firmware.image, inputs.bytes, inputs.inferences, options));
  return Batch{std::move(run.outputs), inputs.inferences};
}

}  // namespace mote
