#include "train/network.h"

#include <array>
#include <cmath>
#include <map>

#include "base/rng.h"

namespace mote {

namespace {

using Kind = Layer::Kind;

class Builder {
 public:
  Builder(const ModelConfig& config, const NetworkPurpose& purpose)
      : layers_(config.layers), purpose_(purpose), rng_(config.seed) {}

  [[nodiscard]] Result<Graph> build(std::string graph_name);

 private:
  void declare_input();
  [[nodiscard]] Result<> add(const Layer& layer);
  [[nodiscard]] Result<> add_dense(const Layer& layer);
  template <class Conv>
  [[nodiscard]] Result<> add_conv(const Layer& layer);
  template <class Pool>
  [[nodiscard]] Result<> add_pool(const Layer& layer);
  [[nodiscard]] Result<> add_mean();
  [[nodiscard]] Result<> add_batch_norm(const Layer& layer);
  [[nodiscard]] Result<> add_sum(const Layer& layer);
  [[nodiscard]] Result<> need_image() const;
  [[nodiscard]] Result<> check_output() const;
  [[nodiscard]] Result<> then(Op op, std::vector<ValueId> inputs);
  [[nodiscard]] ValueId weights(const Shape& of, int64_t fan_in, int64_t fan_out);
  [[nodiscard]] ValueId bias(int32_t elements, int64_t fan_in);
  [[nodiscard]] bool feeds_relu() const;
  [[nodiscard]] const Shape& shape() const { return graph_.value(current_).type.shape; }
  [[nodiscard]] int32_t channels() const { return shape().back(); }

  const std::vector<Layer>& layers_;
  const NetworkPurpose& purpose_;
  Rng rng_;
  Graph graph_;
  ValueId current_ = kNoValue;
  size_t index_ = 0;
  std::string name_;
  std::map<std::string, ValueId> named_;
};

Result<> Builder::then(Op op, std::vector<ValueId> inputs) {
  MOTE_TRY_ASSIGN(current_, graph_.add_node(std::move(op), std::move(inputs), name_));
  return {};
}

/// Whether what this layer computes goes through a ReLU before the next weights.
bool Builder::feeds_relu() const {
  if (layers_[index_].activation != Activation::kNone) return layers_[index_].activation != Activation::kReluN1To1;
  for (size_t i = index_ + 1; i < layers_.size(); ++i) {
    const Kind kind = layers_[i].kind;
    if (kind == Kind::kRelu || kind == Kind::kRelu6) return true;
    if (kind != Kind::kBatchNorm && kind != Kind::kDropout) return false;
  }
  return false;
}

ValueId Builder::weights(const Shape& of, int64_t fan_in, int64_t fan_out) {
  const double fan = feeds_relu() ? static_cast<double>(fan_in) : static_cast<double>(fan_in + fan_out);
  const double limit = std::sqrt(6 / fan);
  Tensor tensor(TensorType{DType::kFloat32, of, {}});
  for (float& w : tensor.as<float>()) w = static_cast<float>(rng_.uniform(-limit, limit));
  return graph_.add_constant(name_ + "/weights", std::move(tensor));
}

ValueId Builder::bias(int32_t elements, int64_t fan_in) {
  const double limit = 1 / std::sqrt(static_cast<double>(fan_in));
  Tensor tensor(TensorType{DType::kFloat32, {elements}, {}});
  for (float& b : tensor.as<float>()) b = static_cast<float>(rng_.uniform(-limit, limit));
  return graph_.add_constant(name_ + "/bias", std::move(tensor));
}

void Builder::declare_input() {
  Shape input = {1, 1, purpose_.length, purpose_.channels};
  size_t first = 0;
  while (first + 1 < layers_.size() && (layers_[first].kind == Kind::kFlatten || layers_[first].kind == Kind::kDropout))
    ++first;
  if (layers_[0].kind == Kind::kReshape) {
    input = layers_[0].shape;
    input.insert(input.begin(), 1);
  } else if (layers_[first].kind == Kind::kDense) {
    input = {1, purpose_.length * purpose_.channels};
  }
  current_ = graph_.add_value("input", {DType::kFloat32, std::move(input), {}});
  graph_.inputs = {current_};
}

Result<> Builder::add_dense(const Layer& layer) {
  const auto depth = static_cast<int32_t>(count(shape()));  // the batch is 1
  const ValueId w = weights({layer.units, depth}, depth, layer.units);
  std::vector<ValueId> inputs = {current_, w};
  if (layer.bias) inputs.push_back(bias(layer.units, depth));
  return then(FullyConnected{layer.activation, false}, std::move(inputs));
}

Result<> Builder::need_image() const {
  if (shape().size() == 4) return {};
  return fail(ErrorCode::kBadInput, "needs an input of 4 extents, it gets {}; put it before the first dense layer",
              text(shape()));
}

template <class Pool>
Result<> Builder::add_pool(const Layer& layer) {
  MOTE_TRY(need_image());
  Pool op;
  op.padding = layer.padding;
  op.filter_h = layer.kernel.height;
  op.filter_w = layer.kernel.width;
  op.stride_h = layer.stride.height;
  op.stride_w = layer.stride.width;
  return then(op, {current_});
}

Result<> Builder::add_mean() {
  MOTE_TRY(need_image());
  Tensor axes(TensorType{DType::kInt32, {2}, {}});
  axes.as<int32_t>()[0] = 1;
  axes.as<int32_t>()[1] = 2;
  const ValueId constant = graph_.add_constant(name_ + "/axes", std::move(axes));
  return then(Mean{}, {current_, constant});
}

template <class Conv>
Result<> Builder::add_conv(const Layer& layer) {
  MOTE_TRY(need_image());
  constexpr bool kDepthwise = std::is_same_v<Conv, DepthwiseConv2d>;
  const int32_t taps = layer.kernel.height * layer.kernel.width;
  const int32_t outputs = kDepthwise ? channels() * layer.units : layer.units;
  const int64_t fan_in = int64_t{taps} * (kDepthwise ? 1 : channels());
  const Shape weights_shape = kDepthwise ? Shape{1, layer.kernel.height, layer.kernel.width, outputs}
                                         : Shape{outputs, layer.kernel.height, layer.kernel.width, channels()};
  std::vector<ValueId> inputs = {current_, weights(weights_shape, fan_in, int64_t{taps} * layer.units)};
  if (layer.bias) inputs.push_back(bias(outputs, fan_in));
  Conv op;
  op.padding = layer.padding;
  op.activation = layer.activation;
  op.stride_h = layer.stride.height;
  op.stride_w = layer.stride.width;
  op.dilation_h = layer.dilation.height;
  op.dilation_w = layer.dilation.width;
  if constexpr (kDepthwise) op.depth_multiplier = layer.units;
  return then(op, std::move(inputs));
}

Result<> Builder::add_batch_norm(const Layer& layer) {
  std::vector<ValueId> inputs = {current_};
  const std::array<std::pair<std::string_view, float>, 4> roles = {
      {{"scale", 1.0f}, {"offset", 0.0f}, {"mean", 0.0f}, {"variance", 1.0f}}};
  for (const auto& [role, value] : roles) {
    const std::vector<float> content(static_cast<size_t>(channels()), value);
    inputs.push_back(graph_.add_constant(fmt::format("{}/{}", name_, role), float_tensor({channels()}, content)));
  }
  return then(BatchNorm{static_cast<float>(layer.momentum), static_cast<float>(layer.epsilon)}, std::move(inputs));
}

Result<> Builder::add_sum(const Layer& layer) {
  const auto other = named_.find(layer.with);
  if (other == named_.end())
    return fail(ErrorCode::kBadInput, "there is no earlier layer named \"{}\"; give that layer a name = \"{}\"",
                layer.with, layer.with);
  if (graph_.value(other->second).type.shape != shape())
    return fail(ErrorCode::kBadInput, "adds shapes {} and {} (layer \"{}\"), which must be equal", text(shape()),
                text(graph_.value(other->second).type.shape), layer.with);
  Add op;
  op.activation = layer.activation;
  return then(op, {current_, other->second});
}

Result<> Builder::add(const Layer& layer) {
  switch (layer.kind) {
    case Kind::kConv1d:
    case Kind::kConv2d:
      return add_conv<Conv2d>(layer);
    case Kind::kDepthwiseConv1d:
    case Kind::kDepthwiseConv2d:
      return add_conv<DepthwiseConv2d>(layer);
    case Kind::kDense:
      return add_dense(layer);
    case Kind::kMaxPool:
      return add_pool<MaxPool2d>(layer);
    case Kind::kAveragePool:
      return add_pool<AveragePool2d>(layer);
    case Kind::kGlobalAveragePool:
      return add_mean();
    case Kind::kFlatten:
      return {};
    case Kind::kReshape: {
      if (index_ == 0) return {};
      Shape target = layer.shape;
      target.insert(target.begin(), -1);
      return then(Reshape{std::move(target)}, {current_});
    }
    case Kind::kDropout:
      return then(Dropout{static_cast<float>(layer.rate)}, {current_});
    case Kind::kRelu:
      return then(Relu{}, {current_});
    case Kind::kRelu6:
      return then(Relu6{}, {current_});
    case Kind::kSoftmax:
      return then(Softmax{}, {current_});
    case Kind::kLogistic:
      return then(Logistic{}, {current_});
    case Kind::kTanh:
      return then(Tanh{}, {current_});
    case Kind::kAdd:
      return add_sum(layer);
    case Kind::kBatchNorm:
      return add_batch_norm(layer);
  }
  return {};
}

Result<> Builder::check_output() const {
  const int64_t outputs = count(shape());
  if (outputs == purpose_.outputs) return {};
  return fail(ErrorCode::kBadInput, "[model] the last layer yields {} values, {} {} are needed; set its units to {}",
              outputs, purpose_.outputs, purpose_.classifies ? "classes" : "targets", purpose_.outputs);
}

Result<Graph> Builder::build(std::string graph_name) {
  if (purpose_.length < 1 || purpose_.channels < 1 || purpose_.outputs < 1)
    return fail(ErrorCode::kBadInput,
                "a network for windows of {} steps and {} channels with {} outputs; each must be at "
                "least 1",
                purpose_.length, purpose_.channels, purpose_.outputs);
  if (layers_.empty()) return fail(ErrorCode::kBadInput, "[model] layers is empty; a network needs a layer");
  graph_.name = std::move(graph_name);
  declare_input();
  const int64_t window = int64_t{purpose_.length} * purpose_.channels;
  if (count(shape()) != window)
    return fail(ErrorCode::kBadInput,
                "[model] layer 1 (reshape): {} holds {} values, a window of {} steps and {} channels "
                "has {}",
                text(shape()), count(shape()), purpose_.length, purpose_.channels, window);
  for (index_ = 0; index_ < layers_.size(); ++index_) {
    const Layer& layer = layers_[index_];
    name_ = layer.name.empty() ? fmt::format("{}_{}", mote::name(layer.kind), index_ + 1) : layer.name;
    if (auto done = add(layer); !done)
      return fail(std::move(done).error().in(fmt::format("[model] layer {} ({})", index_ + 1, mote::name(layer.kind))));
    if (!layer.name.empty() && !named_.emplace(layer.name, current_).second)
      return fail(ErrorCode::kBadInput, "[model] layer {}: the name \"{}\" is taken by an earlier layer", index_ + 1,
                  layer.name);
  }
  MOTE_TRY(check_output());
  if (purpose_.classifies && layers_.back().kind != Kind::kSoftmax) {
    name_ = "softmax";
    MOTE_TRY(then(Softmax{}, {current_}));
  }
  if (graph_.nodes.empty())
    return fail(ErrorCode::kBadInput, "[model] layers compute nothing; add a dense or conv layer");
  graph_.outputs = {current_};
  MOTE_TRY(verify(graph_));
  return std::move(graph_);
}

}  // namespace

Result<Graph> build_network(const ModelConfig& config, const NetworkPurpose& purpose, std::string name) {
  return Builder(config, purpose).build(std::move(name));
}

}  // namespace mote
