#include "pipeline/deploy.h"

#include "graph/join.h"
#include "passes/all_passes.h"

namespace mote {

Result<Graph> deployable(const Model& model, const DeployOptions& options) {
  Graph graph = model.graph;
  if (options.front_end && model.front_end) {
    MOTE_TRY_ASSIGN(graph, join(*model.front_end, model.graph));
  }
  MOTE_TRY(run_passes(graph, kDeployPasses));
  return graph;
}

DeployOptions for_board(DeployOptions options, const Board& board) {
  options.target.instruction_set = instruction_set(board.core);
  return options;
}

DeployOptions for_host(DeployOptions options) {
  options.target.instruction_set = host_instruction_set();
  return options;
}

Result<Plan> make_plan(const Model& model, const DeployOptions& options) {
  MOTE_TRY_ASSIGN(const Graph graph, deployable(model, options));
  return make_plan(graph,
                   PlanOptions{.keep_input = options.keep_input, .target = options.target, .max_ram = options.max_ram});
}

GeneratedModel generate(const Model& model, const Plan& plan, const DeployOptions& options) {
  return generate(plan, GenerateOptions{.name = options.name.empty() ? plan.name : options.name,
                                        .labels = model.metadata.labels(),
                                        .fingerprint = fingerprint(model),
                                        .for_size = options.target.optimize == Optimize::kSize});
}

std::string model_name(const std::filesystem::path& path) {
  return path.stem().string();
}

}  // namespace mote
