#include "pipeline/compare_layers.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "formats/npz.h"
#include "pipeline/known_differences.h"
#include "pipeline/numbers.h"

namespace mote {

namespace {

/// A tensor by its name or as "#12".
std::optional<ValueId> tensor_named(const Graph& graph, const std::string& name) {
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].name == name) return static_cast<ValueId>(i);
  if (name.size() < 2 || name.size() > 8 || name[0] != '#') return std::nullopt;
  if (name.find_first_not_of("0123456789", 1) != std::string::npos) return std::nullopt;
  const int index = std::stoi(name.substr(1));
  return static_cast<size_t>(index) < graph.values.size() ? std::optional<ValueId>(index) : std::nullopt;
}

/// One layer by itself: its operands are inputs, its results outputs.
Result<Plan> plan_of(const Graph& whole, const Node& node) {
  Graph graph = whole;
  graph.nodes = {node};
  graph.inputs.clear();
  for (const ValueId id : node.inputs)
    if (id != kNoValue && !whole.value(id).constant &&
        std::find(graph.inputs.begin(), graph.inputs.end(), id) == graph.inputs.end())
      graph.inputs.push_back(id);
  graph.outputs = node.outputs;
  return make_plan(graph, PlanOptions{.keep_input = true, .target = {.instruction_set = host_instruction_set()}});
}

/// Compares one result with what the reference has, if it has it.
class Comparer {
 public:
  Comparer(const Graph& graph, const ReferenceTensors& reference, double tolerance)
      : graph_(graph), reference_(reference), tolerance_(tolerance) {}

  std::optional<LayerDifference> compare(const Node& node, ValueId id, std::span<const uint8_t> own) const {
    const TensorType& type = graph_.value(id).type;
    const std::vector<double> mote = numbers(type.dtype, own);
    const std::vector<double> other = numbers(type.dtype, reference_.tensors.at(id));
    double allowed = 0;
    if (type.dtype == DType::kFloat32)
      for (const double x : other)
        if (std::isfinite(x)) allowed = std::max(allowed, std::abs(x) * tolerance_);
    LayerDifference found;
    found.elements = mote.size();
    const size_t one = mote.size() / std::max<size_t>(reference_.inferences, 1);
    for (size_t i = 0; i < mote.size(); ++i) {
      const double gap = std::abs(mote[i] - other[i]);
      if (gap <= allowed || mote[i] == other[i] || (std::isnan(mote[i]) && std::isnan(other[i]))) continue;
      if (found.different++ == 0) {
        found.inference = i / one;
        found.index = i % one;
        found.mote = mote[i];
        found.reference = other[i];
      }
      found.largest = std::isnan(gap) ? gap : std::max(found.largest, gap);
    }
    if (found.different == 0) return std::nullopt;
    found.op_name = name(node.op);
    found.tensor = graph_.value(id).name;
    found.known = known_difference(reference_.from, found.op_name, type.dtype, found.largest);
    return found;
  }

 private:
  const Graph& graph_;
  const ReferenceTensors& reference_;
  double tolerance_;
};

}  // namespace

bool LayerComparison::equal() const {
  return std::ranges::all_of(differences, [](const LayerDifference& d) { return !d.known.empty(); });
}

Result<ReferenceTensors> reference_from_npz(const Graph& graph, std::span<const uint8_t> npz, std::string from) {
  MOTE_TRY_ASSIGN(auto arrays, read_npz(npz));
  ReferenceTensors reference{std::move(from), 0, {}};
  for (auto& [array_name, tensor] : arrays) {
    const auto id = tensor_named(graph, array_name);
    if (!id)
      return fail(ErrorCode::kBadInput,
                  "the array \"{}\" is no tensor of the model; `mote check --tensors` lists their names, \"#12\" is "
                  "tensor 12",
                  array_name);
    const Value& value = graph.value(*id);
    const size_t one = value.type.bytes();
    const bool same_type = tensor.type.dtype == value.type.dtype;
    if (!same_type || one == 0 || tensor.data.empty() || tensor.data.size() % one != 0)
      return fail(ErrorCode::kBadInput,
                  "the array \"{}\" is {}, the tensor is {}; save the stored elements, of one inference or stacked",
                  array_name, text(tensor.type), text(value.type));
    const size_t inferences = tensor.data.size() / one;
    if (reference.inferences != 0 && inferences != reference.inferences)
      return fail(ErrorCode::kBadInput, "the array \"{}\" holds {} inferences, others hold {}", array_name, inferences,
                  reference.inferences);
    reference.inferences = inferences;
    reference.tensors.try_emplace(*id, std::move(tensor.data));
  }
  for (const ValueId id : graph.inputs)
    if (!reference.tensors.contains(id))
      return fail(ErrorCode::kBadInput, "there is no array \"{}\": the values of every input are needed",
                  graph.value(id).name);
  return reference;
}

Result<LayerComparison> compare_layers(const Reading& reading, const ReferenceTensors& reference, double tolerance) {
  if (state_bytes(reading.model.graph) > 0)
    return fail(ErrorCode::kUnsupported,
                "the model carries state from one inference to the next, which no file of tensors holds; compare its "
                "outputs with verify --board, or run it with --keep-state");
  const Graph& graph = reading.model.graph;
  LayerComparison result{reference.from, reference.inferences, graph.nodes.size(), 0, 0, {}};
  const Comparer comparer(graph, reference, tolerance);
  std::map<ValueId, Bytes> own;  // where the reference says nothing
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    auto plan = plan_of(graph, node);
    if (!plan) return fail(std::move(plan).error().in(fmt::format("op {} ({})", reading.file_index[n], node.name)));
    Interpreter interpreter(std::move(*plan));
    const Plan& at = interpreter.plan();
    std::vector<ValueId> operands;
    for (const ValueId id : node.inputs)
      if (id != kNoValue && !graph.value(id).constant &&
          std::find(operands.begin(), operands.end(), id) == operands.end())
        operands.push_back(id);
    std::map<ValueId, Bytes> results;
    for (size_t i = 0; i < reference.inferences; ++i) {
      for (size_t k = 0; k < operands.size(); ++k) {
        const auto known = reference.tensors.find(operands[k]);
        const Bytes& all = known != reference.tensors.end() ? known->second : own.at(operands[k]);
        const std::span<uint8_t> to = interpreter.input(k);
        std::copy_n(all.begin() + static_cast<ptrdiff_t>(i * to.size()), to.size(), to.begin());
      }
      interpreter.invoke();
      for (size_t k = 0; k < at.outputs.size(); ++k) {
        const auto output = interpreter.output(k);
        Bytes& to = results[node.outputs[k]];
        to.insert(to.end(), output.begin(), output.end());
      }
    }
    bool has_reference = false;
    for (auto& [id, bytes] : results) {
      if (const auto known = reference.tensors.find(id); known != reference.tensors.end()) {
        has_reference = true;
        result.elements += numbers(graph.value(id).type.dtype, bytes).size();
        if (auto difference = comparer.compare(node, id, bytes)) {
          difference->op = reading.file_index[n];
          result.differences.push_back(std::move(*difference));
        }
      }
      own[id] = std::move(bytes);
    }
    result.compared += has_reference ? 1 : 0;
  }
  if (result.compared == 0)
    return fail(ErrorCode::kBadInput, "{} has the result of no layer; there is nothing to compare", reference.from);
  return result;
}

nlohmann::json to_json(const LayerComparison& c) {
  const auto entry = [](const LayerDifference& d) {
    nlohmann::json json{{"index", d.op},
                        {"op", d.op_name},
                        {"tensor", d.tensor},
                        {"elements", d.elements},
                        {"different", d.different},
                        {"largest", d.largest},
                        {"inference", d.inference},
                        {"element", d.index},
                        {"mote", d.mote},
                        {"reference", d.reference},
                        {"known", nullptr}};
    if (!d.known.empty()) json["known"] = d.known;
    return json;
  };
  nlohmann::json json{{"schema_version", 1}, {"against", c.from},           {"n", c.inferences},
                      {"layers", c.layers},  {"compared", c.compared},      {"elements", c.elements},
                      {"equal", c.equal()},  {"first_difference", nullptr}, {"differences", nlohmann::json::array()}};
  for (const LayerDifference& d : c.differences) {
    json["differences"].push_back(entry(d));
    if (d.known.empty() && json["first_difference"].is_null()) json["first_difference"] = entry(d);
  }
  return json;
}

std::string text(const LayerComparison& c) {
  std::string result;
  bool first = true;
  for (const LayerDifference& d : c.differences) {
    const std::string_view word = !d.known.empty()              ? "known"
                                  : std::exchange(first, false) ? "first difference"
                                                                : "different";
    result += fmt::format(
        "{}: op {} ({}), tensor {}: {} of {} elements, by up to {:g}; the first at inference {}, element "
        "{}: {:g} here, {:g} there{}{}\n",
        word, d.op, d.op_name, shortened(d.tensor), d.different, d.elements, d.largest, d.inference, d.index, d.mote,
        d.reference, d.known.empty() ? "" : "; ", d.known);
  }
  return result + fmt::format("{}: {} of {} layers compared with {}, {} inferences, {} elements\n",
                              c.equal() ? "equal" : "different", c.compared, c.layers, c.from, c.inferences,
                              c.elements);
}

}  // namespace mote
