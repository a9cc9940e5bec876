/// Small float networks for tests of plans: their bytes do not depend on where buffers lie.
#pragma once

#include <cstring>
#include <vector>

#include "base/rng.h"
#include "interp/interpreter.h"

namespace mote::testing {

/// Grows a float network layer by layer, with random weights.
class Network {
 public:
  Network() { graph_.name = "net"; }

  ValueId input(const Shape& shape) {
    const ValueId id = graph_.add_value("in", {DType::kFloat32, shape, {}});
    graph_.inputs.push_back(id);
    return id;
  }
  ValueId convolution(ValueId from, int32_t channels, int32_t kernel, int32_t stride, Padding padding) {
    const Conv2d op{padding, stride, stride, Activation::kRelu};
    return layer(op,
                 {from, weights({channels, kernel, kernel, graph_.value(from).type.shape[3]}), weights({channels})});
  }
  ValueId depthwise(ValueId from, int32_t stride) {
    DepthwiseConv2d op{};
    op.stride_h = op.stride_w = stride;
    const int32_t channels = graph_.value(from).type.shape[3];
    return layer(op, {from, weights({1, 3, 3, channels}), weights({channels})});
  }
  template <class T>
  ValueId layer(const T& op, const std::vector<ValueId>& from) {
    return graph_.add_node(op, from, fmt::format("layer{}", graph_.nodes.size())).value();
  }
  Graph finish(std::vector<ValueId> outputs) {
    graph_.outputs = std::move(outputs);
    return std::move(graph_);
  }

 private:
  ValueId weights(const Shape& shape) {
    Tensor tensor({DType::kFloat32, shape, {}});
    for (float& x : tensor.as<float>()) x = static_cast<float>(rng_.uniform(-0.5, 0.5));
    return graph_.add_constant("w", std::move(tensor));
  }

  Graph graph_;
  Rng rng_{3};
};

/// The bytes of output 0 for random inputs.
inline std::vector<uint8_t> run(const Plan& plan) {
  Interpreter interpreter(plan);
  Rng rng(9);
  const std::span<uint8_t> input = interpreter.input(0);
  for (size_t i = 0; i + sizeof(float) <= input.size(); i += sizeof(float)) {
    const auto number = static_cast<float>(rng.uniform(-1, 1));
    std::memcpy(input.data() + i, &number, sizeof number);
  }
  interpreter.invoke();
  const std::span<const uint8_t> output = interpreter.output(0);
  return {output.begin(), output.end()};
}

}  // namespace mote::testing
