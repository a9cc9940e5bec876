#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "target/instruction_set.h"

namespace mote {

/// Where an operand of a call lives when the model runs.
struct Place {
  enum class Kind : uint8_t { kNone, kArena, kConstant };
  Kind kind = Kind::kNone;
  int32_t index = -1;  ///< of Plan::buffers or Plan::constants
  bool writes = false;
};

/// A kernel call with its operands bound.
struct BoundCall {
  KernelCall call;
  std::vector<Place> operands;
  size_t layer = 0;  ///< index into Plan::layers
};

/// A stretch of the arena: a tensor (and all its aliases), or scratch of one layer.
struct Buffer {
  std::string name;
  size_t bytes = 0;
  size_t offset = 0;
  int32_t first = 0;   ///< layer that writes it; -1: an input, there before the first layer
  int32_t last = 0;    ///< last layer that needs it; the number of layers: an output
  bool state = false;  ///< lives from one inference to the next
};

/// One node of the graph as the profiler and the report see it.
struct PlannedLayer {
  std::string op;
  std::string name;
  std::string kernel;  ///< the first call's; empty if there is none
  int64_t macs = 0;
  size_t live_bytes = 0;  ///< bytes of the arena in use while it runs
};

/// An input or output of the model.
struct Port {
  std::string name;
  TensorType type;
  int32_t buffer = -1;
};

/// State of the model: where it lives, what it is before the first inference.
struct PlannedState {
  std::string name;
  TensorType type;
  int32_t buffer = -1;
};

/// A graph made ready to run: what is called, with which parameters, on which bytes. The interpreter executes it and
/// code generation prints it.
struct Plan {
  std::string name;
  std::vector<BoundCall> calls;
  std::vector<Constant> constants;
  std::vector<Buffer> buffers;
  std::vector<PlannedLayer> layers;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<PlannedState> states;
  std::vector<BoundCall> reset_calls;  ///< write the initial content of all states; before the first inference as well
  size_t state_bytes = 0;              ///< the first bytes of the arena: state, which nothing else shares
  size_t arena_bytes = 0;
  size_t arena_bound = 0;  ///< no placement of these buffers needs less
};

inline constexpr size_t kArenaAlignment = 16;

struct PlanOptions {
  bool keep_input = false;  ///< inputs survive the inference
  Target target{};          ///< whose kernels are chosen; portable ones unless it says more
};

/// Lowers every node, exchanges kernels for those of the target and places every buffer. Refuses what no kernel
/// computes, with op index, name and reason. The result has passed check_plan.
[[nodiscard]] Result<Plan> make_plan(const Graph& graph, const PlanOptions& options = {});

}  // namespace mote
