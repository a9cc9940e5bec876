/// Models with state for the tests of host, generated code and boards.
#pragma once

#include "base/files.h"
#include "formats/recurrent_samples.h"
#include "formats/tflite_reader.h"
#include "pipeline/deploy.h"
#include "pipeline/run_model.h"
#include "test_support.h"

namespace mote::testing {

/// output = input + counter, where the counter starts at (10, 20, 30) and adds the input to itself at each inference.
inline Graph counter_graph() {
  Graph graph;
  graph.name = "counter";
  const TensorType type{DType::kFloat32, {1, 3}, {}};
  graph.inputs = {graph.add_value("input", type)};
  const ValueId counter = graph.add_state("counter", float_tensor({1, 3}, std::vector<float>{10, 20, 30}));
  const ValueId held = *graph.add_node(ReadVariable{}, {counter}, "held");
  graph.outputs = {*graph.add_node(Add{}, {graph.inputs[0], held}, "sum")};
  const auto assigned = graph.add_node(AssignVariable{}, {counter, graph.outputs[0]}, "assign");
  EXPECT_TRUE(assigned);
  return graph;
}

/// A model of the measuring data with the cases of its golden folders: each from fresh state, and all in sequence.
struct StatefulModel {
  Model model;
  Batch inputs;
  std::vector<uint8_t> fresh, sequence;
};

inline Result<StatefulModel> stateful_model(const std::string& name) {
  const auto folder = shared_path("data/models_tflm/dev/" + name);
  StatefulModel result;
  MOTE_TRY_ASSIGN(result.model, load_model(folder / (name + ".tflite")));
  for (;;) {
    const std::string part = fmt::format("case{:02}", result.inputs.inferences);
    if (!std::filesystem::exists(folder / "golden" / part)) return result;
    const auto append = [&](const char* kind, const char* file, std::vector<uint8_t>& to) -> Result<> {
      MOTE_TRY_ASSIGN(const Bytes bytes, read_file(folder / kind / part / file));
      to.insert(to.end(), bytes.begin(), bytes.end());
      return {};
    };
    MOTE_TRY(append("golden", "in0.bin", result.inputs.bytes));
    MOTE_TRY(append("golden", "out0.bin", result.fresh));
    MOTE_TRY(append("golden_seq", "out0.bin", result.sequence));
    ++result.inputs.inferences;
  }
}

}  // namespace mote::testing
