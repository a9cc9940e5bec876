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
  size_t offset = 0;  ///< in the buffer: what the call touches of it begins here
  size_t bytes = 0;   ///< and has so many bytes
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
  int32_t first = 0;     ///< layer that writes it; -1: an input, there before the first layer
  int32_t last = 0;      ///< last layer that needs it; the number of layers: an output
  bool state = false;    ///< lives from one inference to the next
  size_t alignment = 1;  ///< the least that its elements ask of the offset
};

/// One node of the graph as the profiler and the report see it.
struct PlannedLayer {
  std::string op;
  std::string name;
  std::string kernel;  ///< the first call's; empty if there is none
  int64_t macs = 0;
  size_t live_bytes = 0;  ///< bytes of the arena in use while it runs; those that two buffers share count once
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

/// Consecutive layers that are computed together, some rows at a time, so that what lies between them never exists as a
/// whole.
struct BandedLayers {
  size_t first = 0, last = 0;  ///< layers, both included
  int32_t bands = 0;
  int32_t rows = 0;  ///< of the last layer's output, a band
  size_t carried_bytes =
      0;             ///< copied from band to band, an inference: rows that two bands need; none is computed twice
  size_t calls = 0;  ///< of kernels and copies, an inference
};

/// A graph made ready to run: what is called, with which parameters, on which bytes. The interpreter executes it and
/// code generation prints it.
struct Plan {
  std::string name;
  std::vector<BoundCall> calls;  ///< in order; those of banded layers take turns
  std::vector<Constant> constants;
  std::vector<Buffer> buffers;
  std::vector<PlannedLayer> layers;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<PlannedState> states;
  std::vector<BandedLayers> banded;
  std::vector<BoundCall> reset_calls;  ///< write the initial content of all states; before the first inference as well
  size_t state_bytes = 0;              ///< the first bytes of the arena: state, which nothing else shares
  size_t arena_bytes = 0;
  size_t arena_bound = 0;  ///< proven: no placement of these buffers needs less, overlaps included
};

inline constexpr size_t kArenaAlignment = 16;

struct PlanOptions {
  bool keep_input = false;  ///< inputs survive the inference
  Target target{};          ///< whose kernels are chosen; portable ones unless it says more
  size_t max_ram = 0;       ///< 0: none; else an arena above it is made smaller by computing layers in bands of rows
};

/// Lowers every node, exchanges kernels for those of the target and places every buffer. Refuses what no kernel
/// computes, with op index, name and reason. The result has passed check_plan.
[[nodiscard]] Result<Plan> make_plan(const Graph& graph, const PlanOptions& options = {});

}  // namespace mote
