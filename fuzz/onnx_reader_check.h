#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "onnx/onnx_model.pb.h"
#include "onnx/onnx_reader.h"

/// What the smoke test asks of the ONNX reader, whatever the bytes, and models to start from.
namespace mote::fuzz {

/// Reads `bytes`. What is accepted must be a graph that holds. Empty, or what is wrong.
inline std::string check_onnx_reader(std::span<const uint8_t> bytes) {
  const auto model = read_onnx(bytes);
  if (!model) return model.error().message.empty() ? "an error without a message" : "";
  const auto holds = verify(model->graph);
  return holds ? "" : "accepted, but not a graph: " + holds.error().text();
}

/// Builds ONNX files to start from.
class OnnxSeed {
 public:
  OnnxSeed() {
    auto* set = model_.add_opset_import();
    set->set_version(13);
    value(*model_.mutable_graph()->add_input(), "x", {1, 3, 6, 6});
    value(*model_.mutable_graph()->add_output(), "y", {});
  }

  void weights(const std::string& name, const std::vector<int64_t>& shape) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(1);
    int64_t elements = 1;
    for (const int64_t extent : shape) {
      tensor.add_dims(extent);
      elements *= extent;
    }
    for (int64_t i = 0; i < elements; ++i) tensor.add_float_data(0.25f * static_cast<float>(i % 7) - 0.5f);
  }
  void integers(const std::string& name, const std::vector<int64_t>& values) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(7);
    tensor.add_dims(static_cast<int64_t>(values.size()));
    for (const int64_t value : values) tensor.add_int64_data(value);
  }
  onnx_format::Node& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    auto& added = *model_.mutable_graph()->add_node();
    added.set_op_type(op);
    for (const std::string& input : inputs) added.add_input(input);
    added.add_output(output);
    return added;
  }
  static void attribute(onnx_format::Node& node, const std::string& name, const std::vector<int64_t>& values) {
    auto& added = *node.add_attribute();
    added.set_name(name);
    added.set_type(7);
    for (const int64_t value : values) added.add_ints(value);
  }
  [[nodiscard]] onnx_format::Model& model() { return model_; }
  [[nodiscard]] Bytes bytes() const {
    const std::string text = model_.SerializeAsString();
    return Bytes(text.begin(), text.end());
  }

 private:
  static void value(onnx_format::ValueInfo& info, const std::string& name, const std::vector<int64_t>& shape) {
    info.set_name(name);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(1);
    for (const int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }

  onnx_format::Model model_;
};

/// A convolutional network with a flattened classifier, as an exporter would write it.
inline OnnxSeed network_seed() {
  OnnxSeed seed;
  seed.weights("w", {4, 3, 3, 3});
  seed.weights("b", {4});
  seed.weights("d", {5, 36});
  seed.integers("flat", {1, -1});
  OnnxSeed::attribute(seed.node("Conv", {"x", "w", "b"}, "c"), "pads", {1, 1, 1, 1});
  seed.node("Relu", {"c"}, "r");
  auto& pool = seed.node("MaxPool", {"r"}, "p");
  OnnxSeed::attribute(pool, "kernel_shape", {2, 2});
  OnnxSeed::attribute(pool, "strides", {2, 2});
  seed.node("Reshape", {"p", "flat"}, "f");
  auto& dense = seed.node("Gemm", {"f", "d"}, "y");
  auto& transposed = *dense.add_attribute();
  transposed.set_name("transB");
  transposed.set_type(2);
  transposed.set_i(1);
  return seed;
}

/// Shape arithmetic and what moves elements.
inline OnnxSeed shapes_seed() {
  OnnxSeed seed;
  seed.integers("zero", {0});
  seed.integers("rest", {-1});
  seed.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  seed.integers("starts", {0, 1});
  seed.integers("ends", {3, 9223372036854775807});
  seed.integers("axes", {1, 2});
  seed.node("Pad", {"x", "pads"}, "a");
  seed.node("Slice", {"a", "starts", "ends", "axes"}, "b");
  OnnxSeed::attribute(seed.node("Transpose", {"b"}, "t"), "perm", {0, 2, 3, 1});
  seed.node("Shape", {"t"}, "s");
  seed.node("Gather", {"s", "zero"}, "n");
  auto& axis = *seed.node("Concat", {"n", "rest"}, "to").add_attribute();
  axis.set_name("axis");
  axis.set_type(2);
  seed.node("Reshape", {"t", "to"}, "u");
  seed.node("Softmax", {"u"}, "y");
  return seed;
}

inline std::vector<Bytes> onnx_seeds() {
  return {network_seed().bytes(), shapes_seed().bytes()};
}

}  // namespace mote::fuzz
