#include "passes/absorb_quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "passes/remove_dead.h"
#include "passes/rewrite.h"

namespace mote {

namespace {

using enum OperandRole;

/// Walks over the nodes once and writes them anew.
class Absorber {
 public:
  explicit Absorber(Graph& graph) : graph_(graph) {}

  Result<bool> run() {
    const std::vector<Node> nodes = std::exchange(graph_.nodes, {});
    find_targets(nodes);
    for (const Node& old : nodes) {
      Node node = old;
      for (ValueId& id : node.inputs)
        if (const auto found = instead_.find(id); found != instead_.end()) id = found->second;
      visit(std::move(node));
    }
    for (ValueId& id : graph_.outputs)
      if (const auto found = instead_.find(id); found != instead_.end()) id = found->second;
    MOTE_TRY(remove_dead(graph_));
    return changed_;
  }

 private:
  /// For each float value the parameters of the first Quantize that reads it.
  void find_targets(const std::vector<Node>& nodes) {
    for (const Node& node : nodes)
      if (std::holds_alternative<Quantize>(node.op) && is_int8(node.outputs[0]))
        targets_.emplace(node.inputs[0], graph_.value(node.outputs[0]).type.quantization);
  }

  bool is_int8(ValueId id) const {
    const TensorType& type = graph_.value(id).type;
    return type.dtype == DType::kInt8 && type.quantization.scale.size() == 1;
  }
  bool is_float(ValueId id) const { return graph_.value(id).type.dtype == DType::kFloat32; }

  /// The int8 value whose meaning a float value is, or kNoValue.
  ValueId integer_form(ValueId id) const {
    const auto found = integer_.find(id);
    return found == integer_.end() ? kNoValue : found->second;
  }

  void visit(Node node) {
    if (std::holds_alternative<Dequantize>(node.op)) {
      integer_[node.outputs[0]] = node.inputs[0];
    } else if (std::holds_alternative<Quantize>(node.op)) {
      if (quantize_again(node)) return;
    } else if (auto rewritten = integer_node(node)) {
      put_integer(node, std::move(*rewritten));
      return;
    }
    graph_.nodes.push_back(std::move(node));
  }

  /// A Quantize of what was int8 all along: nothing, if the scales agree, else a change of scale.
  bool quantize_again(Node& node) {
    const ValueId integer = integer_form(node.inputs[0]);
    if (integer == kNoValue || !is_int8(integer)) return false;
    changed_ = true;
    const ValueId result = node.outputs[0];
    const bool is_output = std::ranges::find(graph_.outputs, result) != graph_.outputs.end();
    if (graph_.value(integer).type.quantization == graph_.value(result).type.quantization && !is_output) {
      instead_[result] = integer;
      return true;
    }
    node.inputs[0] = integer;
    return false;
  }

  /// The int8 form of a float node: its operands, and what its result must be.
  struct IntegerNode {
    std::vector<ValueId> inputs;
    Quantization output;
  };

  std::optional<IntegerNode> integer_node(const Node& node) {
    if (node.outputs.size() != 1 || node.inputs.empty() || !is_float(node.outputs[0])) return std::nullopt;
    const QuantizationRule rule = quantization(node.op, graph_.arguments(node.inputs));
    IntegerNode result;
    const auto target = targets_.find(node.outputs[0]);
    using enum QuantizationRule::Output;
    if (target == targets_.end() && rule.output != kSameAsInput) return std::nullopt;
    if (!take_operands(node, rule, result)) return std::nullopt;
    switch (rule.output) {
      case kSameAsInput:
        result.output = graph_.value(result.inputs[first_activation(rule)]).type.quantization;
        break;
      case kFixed:
        result.output = rule.fixed_for(DType::kInt8);
        break;
      case kShared:
        result.output = target->second;
        share(node, rule, result);
        break;
      case kCalibrated:
        result.output = target->second;
        break;
    }
    if (!computes(node, result)) return std::nullopt;
    return result;
  }

  static OperandRole role(const QuantizationRule& rule, size_t operand) {
    return operand < rule.inputs.size() ? rule.inputs[operand].role : kKept;
  }

  /// The operands' int8 forms. Constants are added only once all others are there.
  bool take_operands(const Node& node, const QuantizationRule& rule, IntegerNode& result) {
    bool any = false;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || role(rule, i) == kKept || role(rule, i) == kBias) continue;
      if (role(rule, i) != kActivation && role(rule, i) != kWeights) return false;
      if (role(rule, i) == kActivation && is_single(id)) continue;
      const ValueId integer = integer_form(id);
      if (integer == kNoValue || graph_.value(integer).type.dtype != DType::kInt8) return false;
      const TensorType& type = graph_.value(integer).type;
      if (role(rule, i) == kActivation && !is_int8(integer)) return false;
      if (role(rule, i) == kWeights && (!graph_.value(integer).constant || !symmetric(type.quantization))) return false;
      any = any || !graph_.value(integer).constant;
    }
    if (!any) return false;
    result.inputs = node.inputs;
    size_t weights = 0;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || role(rule, i) == kKept || role(rule, i) == kBias) continue;
      if (role(rule, i) == kWeights) weights = i;
      const ValueId integer = integer_form(id);
      result.inputs[i] = integer != kNoValue ? integer : single_constant(id);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i)
      if (node.inputs[i] != kNoValue && role(rule, i) == kBias && !take_bias(result, i, weights)) return false;
    return true;
  }

  static bool symmetric(const Quantization& q) {
    return std::ranges::all_of(q.zero_point, [](int32_t zero) { return zero == 0; });
  }

  bool is_single(ValueId id) const {
    const auto content = float_constant(graph_, id);
    return content && content->size() == 1 && std::isfinite((*content)[0]) && integer_form(id) == kNoValue;
  }

  /// One number as int8: exact, since the scale is made for it.
  ValueId single_constant(ValueId id) {
    const Value& value = graph_.value(id);
    const float number = value.constant->as<float>()[0];
    TensorType type{DType::kInt8, value.type.shape, {}};
    const float scale = std::max(std::abs(number), std::numeric_limits<float>::min() * 256) / 127;
    type.quantization = {{scale}, {0}, 0};
    Tensor content(type);
    content.as<int8_t>()[0] = static_cast<int8_t>(std::lround(number / scale));
    return graph_.add_constant(value.name + "_int8", std::move(content));
  }

  /// Operands of another scale than the result's are rescaled first.
  void share(const Node& node, const QuantizationRule& rule, IntegerNode& integer) {
    for (size_t i = 0; i < integer.inputs.size(); ++i) {
      const ValueId id = integer.inputs[i];
      if (id == kNoValue || role(rule, i) != kActivation || graph_.value(id).type.quantization == integer.output)
        continue;
      TensorType type = graph_.value(id).type;
      type.quantization = integer.output;
      const ValueId rescaled = graph_.add_value(graph_.value(id).name + "_rescaled", std::move(type));
      graph_.nodes.push_back({Quantize{}, {id}, {rescaled}, node.name + "_rescale"});
      integer.inputs[i] = rescaled;
    }
  }

  /// The bias in steps of input scale times weights scale.
  bool take_bias(IntegerNode& node, size_t at, size_t weights_at) {
    const ValueId id = node.inputs[at];
    const Quantization& weights = graph_.value(node.inputs[weights_at]).type.quantization;
    const float input = graph_.value(node.inputs[0]).type.quantization.scale[0];
    const ValueId stored = integer_form(id);
    const auto real = float_constant(graph_, id);
    if (stored == kNoValue && !real) return false;
    const Value& source = graph_.value(stored != kNoValue ? stored : id);
    if (!source.constant) return false;
    if (stored != kNoValue && (source.type.dtype != DType::kInt32 || !symmetric(source.type.quantization)))
      return false;
    TensorType type{DType::kInt32, source.type.shape, {}};
    for (const float scale : weights.scale) {
      type.quantization.scale.push_back(input * scale);
      type.quantization.zero_point.push_back(0);
    }
    Tensor content(type);
    const Quantization& from = source.type.quantization;
    for (size_t i = 0; i < content.as<int32_t>().size(); ++i) {
      const double step = type.quantization.scale[type.quantization.per_channel() ? i % weights.scale.size() : 0];
      double steps = 0;
      if (stored != kNoValue) {
        const double old_step = from.scale[from.per_channel() ? i % from.scale.size() : 0];
        const double steps_before = source.constant->as<int32_t>()[i];
        // The same scale but for the rounding of its product: the stored numbers are what is meant.
        steps = std::abs(old_step / step - 1) < 1e-5 ? steps_before : steps_before * old_step / step;
      } else {
        steps = static_cast<double>((*real)[i]) / step;
      }
      if (!(std::abs(steps) < 2147483647.0)) return false;
      content.as<int32_t>()[i] = static_cast<int32_t>(std::llround(steps));
    }
    node.inputs[at] = graph_.add_constant(graph_.value(id).name + "_int32", std::move(content));
    return true;
  }

  /// Whether there is an int8 kernel for these operands.
  bool computes(const Node& node, const IntegerNode& integer) const {
    const std::vector<Argument> inputs = graph_.arguments(integer.inputs);
    const auto types = infer(node.op, inputs);
    if (!types || types->size() != 1 || (*types)[0].dtype != DType::kInt8) return false;
    TensorType output = (*types)[0];
    output.quantization = integer.output;
    const Argument result{output, nullptr};
    return lower(node.op, inputs, {&result, 1}).has_value();
  }

  /// The int8 node, and the float value it stands for, which goes if nobody reads it any more.
  void put_integer(const Node& node, IntegerNode integer) {
    changed_ = true;
    const ValueId real = node.outputs[0];
    TensorType type = graph_.value(real).type;
    type.dtype = DType::kInt8;
    type.quantization = std::move(integer.output);
    const ValueId result = graph_.add_value(graph_.value(real).name + "_int8", std::move(type));
    graph_.nodes.push_back({node.op, std::move(integer.inputs), {result}, node.name});
    graph_.nodes.push_back({Dequantize{}, {result}, {real}, node.name + "_dequantize"});
    integer_[real] = result;
  }

  Graph& graph_;
  std::map<ValueId, Quantization> targets_;
  std::map<ValueId, ValueId> integer_;  ///< of float values
  std::map<ValueId, ValueId> instead_;  ///< of int8 values
  bool changed_ = false;
};

}  // namespace

Result<bool> absorb_quantization(Graph& graph) {
  return Absorber(graph).run();
}

}  // namespace mote
