#include "compress/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>
#include <utility>

namespace mote {

namespace {

using enum OperandRole;

/// 128 + the magnitude of an int8 zero point, at most: what rule K3 counts for each step of a weight.
constexpr int64_t kLargestStep = 256;

class Quantizer {
 public:
  Quantizer(const Graph& graph, const CalibrationResult& calibration, const QuantizeConfig& config, const Log& log)
      : float_(graph),
        calibration_(calibration),
        config_(config),
        log_(log),
        result_(graph),
        done_(graph.values.size()) {}

  Result<Graph> run() {
    MOTE_TRY(verify(float_));
    if (calibration_.ranges.size() != float_.values.size())
      return fail(ErrorCode::kInternal,
                  "the calibration knows {} values, the model has {}: it belongs to another model",
                  calibration_.ranges.size(), float_.values.size());
    for (const ValueId id : float_.inputs)
      if (!keeps_type(id)) MOTE_TRY(set_calibrated(id));
    share_ranges();
    for (Node& node : std::exchange(result_.nodes, {})) {
      if (auto ok = quantize_node(node); !ok)
        return fail(std::move(ok).error().in(fmt::format("{} {}", name(node.op), node.name)));
      result_.nodes.push_back(std::move(node));
    }
    if (config_.float_inputs) add_float_inputs();
    if (config_.float_outputs) MOTE_TRY(add_float_outputs());
    MOTE_TRY(verify(result_));
    return std::move(result_);
  }

 private:
  std::vector<bool>::reference done(ValueId id) { return done_[static_cast<size_t>(id)]; }

  void set_activation(ValueId id, Quantization quantization) {
    result_.value(id).type = {DType::kInt8, float_.value(id).type.shape, std::move(quantization)};
    done(id) = true;
  }

  Result<> set_calibrated(ValueId id) {
    const Value& value = float_.value(id);
    if (value.type.dtype != DType::kFloat32)
      return fail(ErrorCode::kBadInput, "value {} is {} already; quantize the float model", value.name,
                  text(value.type));
    const auto& range = calibration_.ranges[static_cast<size_t>(id)];
    if (!range || !std::isfinite(range->low) || !std::isfinite(range->high) || range->low > range->high)
      return fail(ErrorCode::kBadInput, "value {} has no calibrated range; calibrate this very model", value.name);
    set_activation(id, activation_quantization(*range));
    return {};
  }

  /// Truth values, indices, counts: the same in the integer model.
  [[nodiscard]] bool keeps_type(ValueId id) const {
    const TensorType& type = float_.value(id).type;
    return type.dtype != DType::kFloat32 && !type.quantization.present();
  }

  /// A layer that only one op reads, which wants all its operands in its own range, computes in that range at once.
  /// From the last op to the first, so that ranges pass through chains.
  void share_ranges() {
    std::vector<int32_t> readers(float_.values.size());
    for (const Node& node : float_.nodes)
      for (const ValueId id : node.inputs)
        if (id != kNoValue) ++readers[static_cast<size_t>(id)];
    for (const auto* ports : {&float_.inputs, &float_.outputs})
      for (const ValueId id : *ports) ++readers[static_cast<size_t>(id)];
    for (const Node& node : float_.nodes | std::views::reverse) {
      const QuantizationRule rule = quantization(node.op, float_.arguments(node.inputs));
      if (rule.output != QuantizationRule::Output::kShared || keeps_type(node.outputs[0])) continue;
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId id = node.inputs[i];
        if (id == kNoValue || role(rule, i) != kActivation || readers[static_cast<size_t>(id)] != 1) continue;
        calibration_.ranges[static_cast<size_t>(id)] = calibration_.ranges[static_cast<size_t>(node.outputs[0])];
      }
    }
  }

  /// Brings the activations among the operands to the output's scale: constants are stored in it, others requantized
  /// where they differ.
  Result<> share_scale(Node& node, const QuantizationRule& rule) {
    MOTE_TRY(set_calibrated(node.outputs[0]));
    const Quantization shared = result_.value(node.outputs[0]).type.quantization;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || role(rule, i) != kActivation) continue;
      if (float_.value(id).constant) {
        node.inputs[i] = put_constant(id, quantize_int8(*float_.value(id).constant, shared, -128));
      } else if (result_.value(id).type.quantization != shared) {
        Node requantize{Quantize{}, {id}, {}, fmt::format("{}_rescaled_{}", node.name, i)};
        requantize.outputs = {result_.add_value(requantize.name, {DType::kInt8, float_.value(id).type.shape, shared})};
        node.inputs[i] = requantize.outputs[0];
        result_.nodes.push_back(std::move(requantize));
      }
    }
    return {};
  }

  Result<> quantize_node(Node& node) {
    const QuantizationRule rule = quantization(node.op, float_.arguments(node.inputs));
    for (const OperandRule& operand : rule.inputs)
      if (operand.role == kState)
        return fail(
            ErrorCode::kUnsupported,
            "carries state from one inference to the next; Mote runs such layers in int8, but does not quantize "
            "them: quantize this model with TensorFlow's converter, or keep it in float");
    if (rule.output == QuantizationRule::Output::kShared && !keeps_type(node.outputs[0]))
      return share_scale(node, rule);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || role(rule, i) != kActivation || !float_.value(id).constant || keeps_type(id)) continue;
      node.inputs[i] = constant_activation(id);
    }
    MOTE_TRY(quantize_weights(node, rule));
    for (const ValueId id : node.outputs) {
      if (keeps_type(id)) continue;
      switch (rule.output) {
        case QuantizationRule::Output::kCalibrated:
          MOTE_TRY(set_calibrated(id));
          break;
        case QuantizationRule::Output::kShared:
          break;
        case QuantizationRule::Output::kSameAsInput:
          set_activation(id, result_.value(node.inputs[first_activation(rule)]).type.quantization);
          break;
        case QuantizationRule::Output::kFixed:
          set_activation(id, rule.fixed);
          break;
      }
    }
    return {};
  }

  void add_float_inputs() {
    std::vector<Node> nodes;
    for (ValueId& id : result_.inputs) {
      if (keeps_type(id)) continue;
      const std::string port = std::exchange(result_.value(id).name, result_.value(id).name + "_int8");
      const ValueId outside = result_.add_value(port, float_.value(id).type);
      nodes.push_back({Quantize{}, {outside}, {id}, port + "_quantize"});
      id = outside;
    }
    nodes.insert(nodes.end(), result_.nodes.begin(), result_.nodes.end());
    result_.nodes = std::move(nodes);
  }

  Result<> add_float_outputs() {
    for (ValueId& id : result_.outputs) {
      if (keeps_type(id)) continue;
      const std::string port = std::exchange(result_.value(id).name, result_.value(id).name + "_int8");
      MOTE_TRY_ASSIGN(const ValueId outside, result_.add_node(Dequantize{}, {id}, port + "_dequantize"));
      result_.value(outside).name = port;
      id = outside;
    }
    return {};
  }

  static OperandRole role(const QuantizationRule& rule, size_t operand) {
    return operand < rule.inputs.size() ? rule.inputs[operand].role : kKept;
  }

  /// A constant that is added or multiplied as if it were an activation: its own range, int8 asymmetric.
  ValueId constant_activation(ValueId id) {
    const Tensor& content = *float_.value(id).constant;
    const auto elements = content.as<float>();
    const auto [low, high] = std::minmax_element(elements.begin(), elements.end());
    return put_constant(id, quantize_int8(content, activation_quantization({*low, *high}), -128));
  }

  /// Stores the integer form of a float constant in its place, or beside it if another layer holds another form there.
  ValueId put_constant(ValueId id, Tensor content) {
    Value& value = result_.value(id);
    if (done(id)) {
      if (value.constant->type == content.type && value.constant->data == content.data) return id;
      std::string copy_name = fmt::format("{}_{}", value.name, result_.values.size());
      return result_.add_constant(std::move(copy_name), std::move(content));
    }
    value.type = content.type;
    value.constant = std::move(content);
    done(id) = true;
    return id;
  }

  Result<> quantize_weights(Node& node, const QuantizationRule& rule) {
    size_t weights_at = node.inputs.size();
    size_t bias_at = node.inputs.size();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      if (role(rule, i) == kWeights) weights_at = i;
      if (role(rule, i) == kBias) bias_at = i;
    }
    if (weights_at == node.inputs.size()) return {};
    MOTE_TRY_ASSIGN(const Tensor* weights, float_constant(node.inputs[weights_at]));
    const Tensor* bias = nullptr;
    if (bias_at < node.inputs.size()) {
      MOTE_TRY_ASSIGN(bias, float_constant(node.inputs[bias_at]));
    }

    const bool one_scale = std::holds_alternative<FullyConnected>(node.op) && !config_.per_channel_dense;
    const int32_t axis = one_scale ? -1 : rule.inputs[weights_at].channel_axis;
    const float input_scale = result_.value(node.inputs[first_activation(rule)]).type.quantization.scale[0];
    std::vector<float> scales = weight_scales(channel_magnitudes(*weights, axis));
    if (bias != nullptr) raise_scales(node, *bias, input_scale, scales);

    const Quantization symmetric{scales, std::vector<int32_t>(scales.size()), std::max(axis, 0)};
    Tensor stored = quantize_int8(*weights, symmetric, -127);
    std::optional<Tensor> stored_bias;
    if (bias != nullptr) stored_bias = quantize_bias(*bias, input_scale, scales);
    MOTE_TRY(check_sums(stored, rule.inputs[weights_at].channel_axis, stored_bias));
    node.inputs[weights_at] = put_constant(node.inputs[weights_at], std::move(stored));
    if (stored_bias) node.inputs[bias_at] = put_constant(node.inputs[bias_at], std::move(*stored_bias));
    return {};
  }

  Result<const Tensor*> float_constant(ValueId id) {
    const Value& value = float_.value(id);
    if (!value.constant)
      return fail(ErrorCode::kUnsupported, "{} is computed at run time; only constant weights and biases are quantized",
                  value.name);
    if (value.type.dtype != DType::kFloat32)
      return fail(ErrorCode::kBadInput, "{} is {} already; quantize the float model", value.name, text(value.type));
    for (const float x : value.constant->as<float>())
      if (!std::isfinite(x))
        return fail(ErrorCode::kBadInput, "{} holds {}; train the model again with a smaller learning rate", value.name,
                    x);
    return &*value.constant;
  }

  /// Keeps biases that are huge beside their weights inside int32, and says so where it costs the weights precision.
  void raise_scales(const Node& node, const Tensor& bias, float input_scale, std::vector<float>& scales) {
    const std::vector<float> wanted = scales;
    if (raise_scales_for_bias(bias.as<float>(), input_scale, scales) == 0) return;
    const auto raised = [&](size_t c) {
      const bool zero_weights = wanted[c] <= static_cast<float>(kSmallestRange / 254);
      return scales[c] > wanted[c] && !zero_weights;
    };
    size_t coarser = 0;
    for (size_t c = 0; c < scales.size(); ++c) coarser += raised(c) ? 1 : 0;
    if (coarser > 0)
      log_.warning(
          "{}: {} of {} weight scales raised so that the bias fits into int32; the weights there are very small "
          "beside the bias and lose precision",
          node.name, coarser, scales.size());
  }

  /// No sum of products may leave int32, whatever the input.
  static Result<> check_sums(const Tensor& weights, int32_t axis, const std::optional<Tensor>& bias) {
    const Shape& shape = weights.type.shape;
    size_t inner = 1;
    for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
    const auto channels = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
    std::vector<int64_t> magnitude(channels);
    const auto elements = weights.as<int8_t>();
    for (size_t i = 0; i < elements.size(); ++i) magnitude[i / inner % channels] += std::abs(int{elements[i]});
    for (size_t c = 0; c < channels; ++c) {
      const int64_t own = bias && c < bias->as<int32_t>().size() ? std::abs(int64_t{bias->as<int32_t>()[c]}) : 0;
      if (own + magnitude[c] * kLargestStep > std::numeric_limits<int32_t>::max())
        return fail(ErrorCode::kUnsupported,
                    "channel {} could sum to {} steps, more than int32 holds; split the layer, or train with weight "
                    "decay so that weights and bias stay small",
                    c, own + magnitude[c] * kLargestStep);
    }
    return {};
  }

  const Graph& float_;
  CalibrationResult calibration_;
  const QuantizeConfig& config_;
  const Log& log_;
  Graph result_;
  std::vector<bool> done_;  ///< by ValueId of the float graph: has its integer type
};

}  // namespace

Result<Graph> quantize(const Graph& graph, const CalibrationResult& calibration, const QuantizeConfig& config,
                       const Log& log) {
  return Quantizer(graph, calibration, config, log).run();
}

}  // namespace mote
