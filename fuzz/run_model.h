#pragma once

#include <string>

#include "formats/model.h"
#include "interp/interpreter.h"
#include "passes/all_passes.h"

/// What firmware would be made of a model that a reader accepted, if it is small enough to try within moments.
namespace mote::fuzz {

inline constexpr int64_t kMostMacs = 200'000;
inline constexpr size_t kMostValueBytes = size_t{1} << 20;
inline constexpr size_t kMostNodes = 300;

/// Whether every value and all of the work stay within the limits above.
inline bool is_small(const Graph& graph) {
  if (graph.nodes.size() > kMostNodes || total_macs(graph) > kMostMacs) return false;
  size_t bytes = 0;
  for (const Value& value : graph.values) {
    bytes += value.type.bytes();
    if (bytes > kMostValueBytes) return false;
  }
  return true;
}

/// Passes, plan and, if it is small, two inferences; passes and plan may refuse. Empty, or what is wrong.
inline std::string run_model(const Model& model) {
  Graph graph = model.graph;
  if (graph.nodes.size() > kMostNodes || !run_passes(graph, kDeployPasses)) return "";
  auto plan = make_plan(graph, {.keep_input = true});
  if (!plan) return plan.error().message.empty() ? "an error without a message" : "";
  if (!is_small(graph)) return "";
  for (const Buffer& buffer : plan->buffers)
    if (buffer.bytes > 4 * kMostValueBytes) return "";
  Interpreter interpreter(std::move(*plan));
  std::vector<Bytes> first;
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < interpreter.plan().inputs.size(); ++i) {
      const std::span<uint8_t> input = interpreter.input(i);
      const bool is_bool = interpreter.plan().inputs[i].type.dtype == DType::kBool;
      for (size_t b = 0; b < input.size(); ++b)
        input[b] = static_cast<uint8_t>((b * 37 + 11 * i) & (is_bool ? 1 : 255));
    }
    interpreter.reset();
    interpreter.invoke();
    for (size_t i = 0; i < interpreter.plan().outputs.size(); ++i) {
      const auto output = interpreter.output(i);
      if (round == 0)
        first.emplace_back(output.begin(), output.end());
      else if (!std::equal(output.begin(), output.end(), first[i].begin(), first[i].end()))
        return "two inferences on the same input differ";
    }
  }
  return "";
}

}  // namespace mote::fuzz
