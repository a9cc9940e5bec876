#include "pipeline/verify_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/numbers.h"

namespace mote {

namespace {

/// The first element of any output in which two runs differ.
std::optional<Difference> compare(const std::vector<Port>& ports, const Batch& host, const Batch& board,
                                  double tolerance) {
  size_t at = 0;
  for (size_t sample = 0; sample < host.inferences; ++sample) {
    size_t index = 0;
    for (const Port& port : ports) {
      const std::vector<double> h = numbers(port.type.dtype, std::span(host.bytes).subspan(at, port.type.bytes()));
      const std::vector<double> b = numbers(port.type.dtype, std::span(board.bytes).subspan(at, port.type.bytes()));
      at += port.type.bytes();
      double allowed = 0;
      if (port.type.dtype == DType::kFloat32)
        for (const double x : h) allowed = std::max(allowed, std::abs(x) * tolerance);
      for (size_t i = 0; i < h.size(); ++i, ++index)
        if (!(std::abs(h[i] - b[i]) <= allowed)) return Difference{sample, {}, index, h[i], b[i]};
    }
  }
  return std::nullopt;
}

/// Runs a plan on both sides.
Result<std::optional<Difference>> difference(const Plan& plan, const Board& board, const Batch& inputs, StateUse state,
                                             double tolerance) {
  Interpreter interpreter(plan);
  const Batch host = run_on_host(interpreter, inputs, state);
  MOTE_TRY_ASSIGN(TemporaryFolder folder, TemporaryFolder::make("mote-verify"));
  MOTE_TRY_ASSIGN(Image image, build_image(board, generate(plan, GenerateOptions{}), {}, folder.path()));
  MOTE_TRY_ASSIGN(const Batch there, run_on_board({plan, std::move(image), std::move(folder)}, board, inputs, state));
  return compare(plan.outputs, host, there, tolerance);
}

Result<Difference> first_layer(const Model& model, const Board& board, const DeployOptions& options,
                               const Batch& inputs, StateUse state, double tolerance, Difference found) {
  MOTE_TRY_ASSIGN(const Graph whole, deployable(model, options));
  const PlanOptions plan_options{.keep_input = options.keep_input, .target = for_board(options, board).target};
  for (const Node& node : whole.nodes) {
    if (node.outputs.empty()) continue;
    Graph cut = whole;
    cut.nodes.resize(static_cast<size_t>(&node - whole.nodes.data()) + 1);
    cut.outputs = {node.outputs[0]};
    MOTE_TRY_ASSIGN(const Plan plan, make_plan(cut, plan_options));
    MOTE_TRY_ASSIGN(const auto here, difference(plan, board, inputs, state, tolerance));
    if (!here) continue;
    found = *here;
    found.layer = node.name;
    break;
  }
  return found;
}

}  // namespace

Result<Verification> verify_on_board(const Model& model, const Board& board, const DeployOptions& options,
                                     const Batch& inputs, StateUse state, double tolerance) {
  MOTE_TRY_ASSIGN(const Firmware firmware, build_firmware(model, board, options));
  Interpreter interpreter(firmware.plan);
  const Batch host = run_on_host(interpreter, inputs, state);
  MOTE_TRY_ASSIGN(const Batch there, run_on_board(firmware, board, inputs, state));
  Verification result{inputs.inferences, true, compare(firmware.plan.outputs, host, there, tolerance)};
  result.equal = !result.first_difference.has_value();
  if (!result.equal) {
    MOTE_TRY_ASSIGN(result.first_difference,
                    first_layer(model, board, options, inputs, state, tolerance, *result.first_difference));
  }
  return result;
}

nlohmann::json to_json(const Verification& v) {
  nlohmann::json json{{"schema_version", 1}, {"n", v.inferences}, {"equal", v.equal}, {"first_difference", nullptr}};
  if (v.first_difference)
    json["first_difference"] = {{"sample", v.first_difference->sample},
                                {"layer", v.first_difference->layer},
                                {"index", v.first_difference->index},
                                {"host", v.first_difference->host},
                                {"board", v.first_difference->board}};
  return json;
}

std::string text(const Verification& v) {
  if (v.equal) return fmt::format("equal: {} inferences, every output the same on host and board\n", v.inferences);
  const Difference& d = *v.first_difference;
  return fmt::format("different: sample {}, layer {}, element {}: host {}, board {}\n", d.sample, d.layer, d.index,
                     d.host, d.board);
}

}  // namespace mote
