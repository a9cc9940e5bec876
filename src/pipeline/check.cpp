#include "pipeline/check.h"

#include <algorithm>
#include <map>

#include "base/table.h"
#include "pipeline/findings.h"

namespace mote {

namespace {

nlohmann::json ports(const std::vector<Port>& list) {
  nlohmann::json result = nlohmann::json::array();
  for (const Port& port : list) {
    nlohmann::json entry{{"name", port.name}, {"dtype", name(port.type.dtype)}, {"shape", port.type.shape}};
    const Quantization& q = port.type.quantization;
    if (q.present()) {
      entry["scale"] = q.scale[0];
      entry["zero_point"] = q.zero_point[0];
    }
    result.push_back(std::move(entry));
  }
  return result;
}

nlohmann::json to_json(const std::vector<Problem>& problems) {
  nlohmann::json list = nlohmann::json::array();
  for (const Problem& p : problems)
    list.push_back({{"id", p.id},
                    {"op", p.op_name},
                    {"index", p.op},
                    {"tensor", p.tensor_name},
                    {"tensor_index", p.tensor},
                    {"reason", p.reason},
                    {"fix", p.fix}});
  return list;
}

nlohmann::json to_json(size_t index, const Value& tensor) {
  nlohmann::json entry{
      {"index", index}, {"name", tensor.name}, {"dtype", name(tensor.type.dtype)}, {"shape", tensor.type.shape}};
  const Quantization& q = tensor.type.quantization;
  if (!q.present()) return entry;
  entry["scale"] = q.scale;
  entry["zero_point"] = q.zero_point;
  if (q.per_channel()) entry["axis"] = q.axis;
  return entry;
}

std::string tensor_table(const std::vector<Value>& tensors) {
  std::vector<std::vector<std::string>> rows{{"tensor", "name", "type", "shape", "scale", "zero point"}};
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Quantization& q = tensors[i].type.quantization;
    std::string scale, zero;
    if (q.present()) {
      const auto [low, high] = std::minmax_element(q.scale.begin(), q.scale.end());
      scale = q.per_channel() ? fmt::format("{:.4g} to {:.4g} ({} along axis {})", *low, *high, q.scale.size(), q.axis)
                              : fmt::format("{:.6g}", q.scale[0]);
      zero = std::to_string(q.zero_point[0]);
    }
    rows.push_back({std::to_string(i), tensors[i].name, std::string(name(tensors[i].type.dtype)),
                    text(tensors[i].type.shape), scale, zero});
  }
  return table(rows);
}

/// One line a problem; what is to be done below them, once for each remedy.
std::string problem_table(std::string_view title, const std::vector<Problem>& problems) {
  std::vector<std::vector<std::string>> rows{{std::string(title), "op", "name", "tensor", "reason"}};
  std::vector<std::string> fixes;
  for (const Problem& p : problems) {
    const std::string tensor = p.tensor >= 0 ? fmt::format("{} ({})", shortened(p.tensor_name), p.tensor) : "";
    rows.push_back({p.id, p.op >= 0 ? std::to_string(p.op) : "", p.op_name, tensor, p.reason});
    const std::string fix = fmt::format("{}: {}", p.id, p.fix);
    if (std::find(fixes.begin(), fixes.end(), fix) == fixes.end()) fixes.push_back(fix);
  }
  return fmt::format("{}\n{}\n", table(rows), fmt::join(fixes, "\n"));
}

nlohmann::json states(const Plan& plan) {
  nlohmann::json result = nlohmann::json::array();
  for (const PlannedState& state : plan.states)
    result.push_back({{"name", state.name},
                      {"dtype", name(state.type.dtype)},
                      {"shape", state.type.shape},
                      {"bytes", state.type.bytes()}});
  return result;
}

/// The layer during which most bytes of the arena are in use.
size_t peak_layer(const Plan& plan) {
  const auto peak =
      std::max_element(plan.layers.begin(), plan.layers.end(),
                       [](const PlannedLayer& a, const PlannedLayer& b) { return a.live_bytes < b.live_bytes; });
  return static_cast<size_t>(peak - plan.layers.begin());
}

/// One line a layer: its row of the arena, '#' where a byte range is in use, '=' where an output takes the place of an
/// input while that is read, 'S' where it holds state.
std::string timeline(const Plan& plan) {
  constexpr size_t kColumns = 48;
  std::string result;
  size_t widest = 0;
  for (const PlannedLayer& layer : plan.layers) widest = std::max(widest, layer.name.size());
  widest = std::min<size_t>(widest, 36);
  for (size_t i = 0; i < plan.layers.size(); ++i) {
    std::string row(kColumns, '.');
    for (const Buffer& b : plan.buffers) {
      if (b.first > static_cast<int32_t>(i) || b.last < static_cast<int32_t>(i) || plan.arena_bytes == 0) continue;
      const size_t from = b.offset * kColumns / plan.arena_bytes;
      const size_t to = std::max(from + 1, (b.offset + b.bytes) * kColumns / plan.arena_bytes);
      for (size_t column = from; column < std::min(to, kColumns); ++column)
        row[column] = b.state ? 'S' : row[column] == '#' ? '=' : '#';
    }
    result += fmt::format("  {:3} {:<20} {:<{}} {} {:>8} B\n", i, plan.layers[i].op,
                          plan.layers[i].name.substr(0, widest), widest, row, plan.layers[i].live_bytes);
  }
  if (plan.layers.empty()) return result;
  const PlannedLayer& peak = plan.layers[peak_layer(plan)];
  return result + fmt::format("\npeak        {} B while layer {} runs ({} {})\n", peak.live_bytes, peak_layer(plan),
                              peak.op, peak.name);
}

/// One line a stretch of layers that are computed in bands of rows, with what that costs.
std::string banded(const Plan& plan) {
  std::string result;
  for (const BandedLayers& b : plan.banded)
    result += fmt::format(
        "bands       layers {} to {} together, {} rows at a time: {} bands, {} calls, {} B carried from band to band, "
        "no "
        "row computed twice\n",
        b.first, b.last, b.rows, b.bands, b.calls, b.carried_bytes);
  return result;
}

/// Adds the ops that no kernel computes in the form they have here.
void add_missing_kernels(const Reading& reading, std::vector<Problem>& problems) {
  const Graph& graph = reading.model.graph;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto lowered = lower(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs));
    if (lowered) continue;
    Problem problem = problem_of("no-kernel", lowered.error());
    problem.op = i < reading.file_index.size() ? reading.file_index[i] : static_cast<int>(i);
    problem.op_name = name(node.op);
    problem.tensor = node.outputs.empty() ? -1 : node.outputs[0];
    problem.tensor_name = node.name;
    problems.push_back(std::move(problem));
  }
}

}  // namespace

CheckReport check_model(const Reading& reading, const DeployOptions& options, const Board* board) {
  const Graph& graph = reading.model.graph;
  CheckReport report;
  report.problems = reading.problems;
  report.findings = suspicious(reading);
  for (const Value& value : graph.values)
    report.tensors.push_back({value.name, value.type, std::nullopt, std::nullopt});
  report.notes = reading.notes;
  std::map<std::string, int> ops;
  for (const Node& node : graph.nodes) ++ops[std::string(name(node.op))];
  report.ops.assign(ops.begin(), ops.end());
  report.macs = total_macs(graph);
  report.parameters = parameter_count(graph);

  Result<Plan> plan = fail(ErrorCode::kUnsupported, "problems above");
  if (report.problems.empty()) plan = make_plan(reading.model, options);
  if (!plan) {
    add_missing_kernels(reading, report.problems);
    if (report.problems.empty()) report.problems.push_back(problem_of("no-plan", plan.error()));
    return report;
  }
  report.supported = true;
  for (const Constant& constant : plan->constants) report.model_bytes += constant.bytes.size();
  if (board != nullptr)
    report.fits =
        plan->arena_bytes + board->stack_reserve_bytes <= board->ram() && report.model_bytes <= board->flash();
  report.plan = std::move(*plan);
  return report;
}

nlohmann::json to_json(const CheckReport& report) {
  nlohmann::json json{
      {"schema_version", 1},    {"supported", report.supported},     {"notes", report.notes},
      {"macs", report.macs},    {"parameters", report.parameters},   {"model_bytes", report.model_bytes},
      {"arena_bytes", nullptr}, {"inputs", nlohmann::json::array()}, {"outputs", nlohmann::json::array()}};
  json["problems"] = to_json(report.problems);
  json["findings"] = to_json(report.findings);
  json["tensors"] = nlohmann::json::array();
  for (size_t i = 0; i < report.tensors.size(); ++i) json["tensors"].push_back(to_json(i, report.tensors[i]));
  json["ops"] = nlohmann::json::object();
  for (const auto& [op, times] : report.ops) json["ops"][op] = times;
  if (report.plan) {
    json["arena_bytes"] = report.plan->arena_bytes;
    json["arena_bound_bytes"] = report.plan->arena_bound;
    json["state_bytes"] = report.plan->state_bytes;
    json["states"] = states(*report.plan);
    json["inputs"] = ports(report.plan->inputs);
    json["outputs"] = ports(report.plan->outputs);
    json["buffers"] = nlohmann::json::array();
    for (const Buffer& b : report.plan->buffers)
      json["buffers"].push_back({{"name", b.name},
                                 {"bytes", b.bytes},
                                 {"offset", b.offset},
                                 {"first_layer", b.first},
                                 {"last_layer", b.last}});
    if (!report.plan->layers.empty()) json["peak_layer"] = peak_layer(*report.plan);
    json["banded"] = nlohmann::json::array();
    for (const BandedLayers& b : report.plan->banded)
      json["banded"].push_back({{"first_layer", b.first},
                                {"last_layer", b.last},
                                {"bands", b.bands},
                                {"rows", b.rows},
                                {"calls", b.calls},
                                {"carried_bytes", b.carried_bytes}});
    json["layers"] = nlohmann::json::array();
    for (size_t i = 0; i < report.plan->layers.size(); ++i) {
      const PlannedLayer& layer = report.plan->layers[i];
      json["layers"].push_back({{"index", i},
                                {"op", layer.op},
                                {"name", layer.name},
                                {"macs", layer.macs},
                                {"arena_live_bytes", layer.live_bytes}});
    }
  }
  if (report.fits) json["fits"] = *report.fits;
  return json;
}

std::string text(const CheckReport& report, bool with_tensors) {
  std::string result;
  if (!report.problems.empty()) result += problem_table("refused", report.problems) + "\n";
  if (!report.findings.empty()) result += problem_table("suspicious", report.findings) + "\n";
  for (const std::string& note : report.notes) result += fmt::format("note        {}\n", note);
  std::vector<std::string> ops;
  for (const auto& [op, times] : report.ops) ops.push_back(fmt::format("{} {}", times, op));
  result += fmt::format("ops         {}\nMACs        {}\nparameters  {}\nconstants   {} B\n", fmt::join(ops, ", "),
                        report.macs, report.parameters, report.model_bytes);
  if (report.plan) {
    for (const Port& port : report.plan->inputs)
      result += fmt::format("input       {}: {}\n", port.name, text(port.type));
    for (const Port& port : report.plan->outputs)
      result += fmt::format("output      {}: {}\n", port.name, text(port.type));
    if (!report.plan->states.empty())
      result += fmt::format(
          "state       {} B in {} tensors go from one inference to the next; reset before each independent sample\n",
          report.plan->state_bytes, report.plan->states.size());
    result += fmt::format("arena       {} B (proven: no placement of these tensors needs less than {} B)\n\n",
                          report.plan->arena_bytes, report.plan->arena_bound);
    result += timeline(*report.plan) + banded(*report.plan);
  }
  if (with_tensors) result += "\n" + tensor_table(report.tensors);
  if (report.fits) result += *report.fits ? "\nfits\n" : "\ndoes not fit\n";
  return result;
}

}  // namespace mote
