#include "pipeline/check.h"

#include <algorithm>
#include <map>

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

/// One line a layer: its row of the arena, '#' where a byte range is in use.
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
      std::fill(row.begin() + static_cast<ptrdiff_t>(from),
                row.begin() + static_cast<ptrdiff_t>(std::min(to, kColumns)), '#');
    }
    result += fmt::format("  {:3} {:<20} {:<{}} {} {:>8} B\n", i, plan.layers[i].op,
                          plan.layers[i].name.substr(0, widest), widest, row, plan.layers[i].live_bytes);
  }
  return result;
}

}  // namespace

CheckReport check_model(const Model& model, const DeployOptions& options, const Board* board) {
  CheckReport report;
  std::map<std::string, int> ops;
  for (const Node& node : model.graph.nodes) ++ops[std::string(name(node.op))];
  report.ops.assign(ops.begin(), ops.end());
  report.macs = total_macs(model.graph);
  report.parameters = parameter_count(model.graph);

  for (size_t i = 0; i < model.graph.nodes.size(); ++i) {
    const Node& node = model.graph.nodes[i];
    auto lowered = lower(node.op, model.graph.arguments(node.inputs), model.graph.arguments(node.outputs));
    if (!lowered)
      report.problems.push_back(
          {static_cast<int>(i), std::string(name(node.op)), node.name, lowered.error().text(), ""});
  }
  auto plan = make_plan(model, options);
  if (!plan) {
    if (report.problems.empty()) report.problems.push_back({-1, "", "", plan.error().text(), ""});
    return report;
  }
  report.supported = report.problems.empty();
  for (const Constant& constant : plan->constants) report.model_bytes += constant.bytes.size();
  if (board != nullptr)
    report.fits =
        plan->arena_bytes + board->stack_reserve_bytes <= board->ram() && report.model_bytes <= board->flash();
  report.plan = std::move(*plan);
  return report;
}

CheckReport refused_model(const Error& error) {
  CheckReport report;
  const std::string said = error.text();
  const size_t cut = said.find("; ");
  report.problems.push_back({-1, "", "", said.substr(0, cut), cut == std::string::npos ? "" : said.substr(cut + 2)});
  return report;
}

nlohmann::json to_json(const CheckReport& report) {
  nlohmann::json json{{"schema_version", 1},
                      {"supported", report.supported},
                      {"macs", report.macs},
                      {"parameters", report.parameters},
                      {"model_bytes", report.model_bytes},
                      {"arena_bytes", nullptr},
                      {"inputs", nlohmann::json::array()},
                      {"outputs", nlohmann::json::array()}};
  json["problems"] = nlohmann::json::array();
  for (const Problem& p : report.problems)
    json["problems"].push_back(
        {{"op", p.name}, {"index", p.op}, {"tensor", p.tensor}, {"reason", p.reason}, {"fix", p.fix}});
  json["ops"] = nlohmann::json::object();
  for (const auto& [op, times] : report.ops) json["ops"][op] = times;
  if (report.plan) {
    json["arena_bytes"] = report.plan->arena_bytes;
    json["arena_bound_bytes"] = report.plan->arena_bound;
    json["inputs"] = ports(report.plan->inputs);
    json["outputs"] = ports(report.plan->outputs);
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

std::string text(const CheckReport& report) {
  std::string result;
  for (const Problem& p : report.problems)
    result += fmt::format("problem: {}{}{}\n", p.op >= 0 ? fmt::format("op {} ({} {}): ", p.op, p.name, p.tensor) : "",
                          p.reason, p.fix.empty() ? "" : "; " + p.fix);
  std::vector<std::string> ops;
  for (const auto& [op, times] : report.ops) ops.push_back(fmt::format("{} {}", times, op));
  result += fmt::format("ops         {}\nMACs        {}\nparameters  {}\nconstants   {} B\n", fmt::join(ops, ", "),
                        report.macs, report.parameters, report.model_bytes);
  if (report.plan) {
    for (const Port& port : report.plan->inputs)
      result += fmt::format("input       {}: {}\n", port.name, text(port.type));
    for (const Port& port : report.plan->outputs)
      result += fmt::format("output      {}: {}\n", port.name, text(port.type));
    result += fmt::format("arena       {} B (no placement of these tensors needs less than {} B)\n\n",
                          report.plan->arena_bytes, report.plan->arena_bound);
    result += timeline(*report.plan);
  }
  if (report.fits) result += *report.fits ? "\nfits\n" : "\ndoes not fit\n";
  return result;
}

}  // namespace mote
