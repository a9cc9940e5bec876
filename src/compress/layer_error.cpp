#include "compress/layer_error.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>

#include "compress/windows.h"
#include "graph/run_float.h"
#include "interp/interpreter.h"
#include "mote/rt/quantize_f32.h"

namespace mote {

namespace {

struct Sums {
  double signal = 0;
  double noise = 0;
  double absolute = 0;
  double largest = 0;
  int64_t elements = 0;

  void add(double expected, double got) {
    const double difference = got - expected;
    signal += expected * expected;
    noise += difference * difference;
    absolute += std::abs(difference);
    largest = std::max(largest, std::abs(difference));
    ++elements;
  }

  [[nodiscard]] double decibels() const {
    if (noise == 0) return std::numeric_limits<double>::infinity();
    return 10 * std::log10(signal / noise);
  }
};

void fill_input(std::span<const float> window, const TensorType& type, std::span<uint8_t> target) {
  if (type.dtype == DType::kFloat32) {
    std::memcpy(target.data(), window.data(), target.size());
    return;
  }
  if (!type.quantization.present()) {
    std::ranges::copy(from_floats(type, window).data, target.begin());
    return;
  }
  const Quantization& q = type.quantization;
  for (size_t i = 0; i < window.size(); ++i) {
    const int8_t stored = rt::quantize_element(window[i], q.scale[0], q.zero_point[0]);
    std::memcpy(&target[i], &stored, 1);
  }
}

double real_value(const TensorType& type, std::span<const uint8_t> bytes, size_t element) {
  if (type.dtype == DType::kFloat32) {
    float value = 0;
    std::memcpy(&value, &bytes[element * sizeof(float)], sizeof(float));
    return static_cast<double>(value);
  }
  const auto stored = static_cast<int8_t>(bytes[element]);
  return static_cast<double>(type.quantization.scale[0]) * (stored - type.quantization.zero_point[0]);
}

/// For each layer of the int8 graph the value of the float graph that it approximates.
std::vector<std::optional<ValueId>> twins(const Graph& float_graph, const Graph& int8_graph) {
  std::map<std::string, ValueId> by_name;
  for (const Node& node : float_graph.nodes)
    for (const ValueId id : node.outputs) by_name[float_graph.value(id).name] = id;
  std::vector<std::optional<ValueId>> result;
  for (const Node& node : int8_graph.nodes) {
    result.emplace_back();
    if (node.outputs.size() != 1) continue;  // what a layer writes is told apart by its size
    const Value& output = int8_graph.value(node.outputs[0]);
    const bool comparable = output.type.dtype == DType::kFloat32 ||
                            (output.type.dtype == DType::kInt8 && output.type.quantization.present());
    constexpr std::string_view kSuffix = "_int8";
    auto found = by_name.find(output.name);
    if (std::holds_alternative<Quantize>(node.op) || std::holds_alternative<Dequantize>(node.op)) continue;
    if (found == by_name.end() && output.name.ends_with(kSuffix))
      found = by_name.find(output.name.substr(0, output.name.size() - kSuffix.size()));
    if (comparable && found != by_name.end() && float_graph.value(found->second).type.shape == output.type.shape)
      result.back() = found->second;
  }
  return result;
}

Result<> expect_same_inputs(const Graph& float_graph, const Graph& int8_graph) {
  const auto shapes = [](const Graph& graph) {
    std::vector<Shape> result;
    for (const ValueId id : graph.inputs) result.push_back(graph.value(id).type.shape);
    return result;
  };
  if (shapes(float_graph) != shapes(int8_graph))
    return fail(ErrorCode::kBadInput, "the float and the int8 model have inputs of different shapes");
  for (const ValueId id : int8_graph.inputs) {
    const TensorType& type = int8_graph.value(id).type;
    if (!is_plain(type) && !(type.dtype == DType::kInt8 && type.quantization.present()))
      return fail(ErrorCode::kUnsupported, "input {} is {}; int8 or float32 is expected", int8_graph.value(id).name,
                  text(type));
  }
  return {};
}

}  // namespace

Result<std::vector<LayerError>> quantization_error(const Graph& float_graph, const Graph& int8_graph,
                                                   std::span<const ConstFloatView> windows) {
  MOTE_TRY_ASSIGN(FloatRunner reference, FloatRunner::create(float_graph));
  MOTE_TRY_ASSIGN(Plan plan, make_plan(int8_graph, {.target = {.instruction_set = host_instruction_set()}}));
  MOTE_TRY(expect_same_inputs(float_graph, int8_graph));
  MOTE_TRY_ASSIGN(const int64_t batches, count_batches(float_graph, windows));
  Interpreter interpreter(std::move(plan));

  const std::vector<std::optional<ValueId>> twin = twins(float_graph, int8_graph);
  std::vector<Sums> sums(int8_graph.nodes.size());
  const auto compare = [&](size_t layer, std::span<const std::span<const uint8_t>> outputs) {
    if (!twin[layer] || outputs.empty()) return;
    const TensorType& type = int8_graph.value(int8_graph.nodes[layer].outputs[0]).type;
    const auto expected = reference.value(*twin[layer]);
    // Scratch buffers are written too: the output is the one of its size, and the last operand.
    for (auto bytes = outputs.rbegin(); bytes != outputs.rend(); ++bytes) {
      if (bytes->size() != type.bytes()) continue;
      for (size_t i = 0; i < expected.size(); ++i)
        sums[layer].add(static_cast<double>(expected[i]), real_value(type, *bytes, i));
      return;
    }
  };
  for (int64_t b = 0; b < batches; ++b) {
    const auto inputs = batch_inputs(float_graph, windows, b);
    MOTE_TRY(reference.run(inputs));
    for (size_t i = 0; i < inputs.size(); ++i)
      fill_input(inputs[i], int8_graph.value(int8_graph.inputs[i]).type, interpreter.input(i));
    interpreter.reset();
    interpreter.invoke(compare);
  }

  std::vector<LayerError> result;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].elements == 0) continue;
    const Node& node = int8_graph.nodes[i];
    result.push_back({std::string(name(node.op)), node.name, sums[i].decibels(),
                      sums[i].absolute / static_cast<double>(sums[i].elements), sums[i].largest});
  }
  return result;
}

}  // namespace mote
