#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"
#include "onnx/onnx_model.pb.h"

/// A mutator that knows the layout of ONNX files: it changes ops, attributes, shapes, types and names of a parsed
/// model, so that what it writes is always a whole message.
namespace mote::fuzz {

class OnnxMutator {
 public:
  explicit OnnxMutator(Rng& rng) : rng_(rng) {}

  void change(onnx_format::Model& model) {
    onnx_format::Graph& graph = *model.mutable_graph();
    switch (rng_.below(8)) {
      case 0:
        if (model.opset_import_size() > 0) model.mutable_opset_import(0)->set_version(number());
        return;
      case 1:
        if (graph.initializer_size() > 0) change(*any(graph.mutable_initializer()));
        return;
      case 2:
        if (graph.input_size() > 0) change(*any(graph.mutable_input()));
        return;
      case 3:
        if (graph.output_size() > 0) change(*any(graph.mutable_output()));
        return;
      case 4:
        if (graph.node_size() > 1)
          graph.mutable_node()->SwapElements(index(graph.node_size()), index(graph.node_size()));
        return;
      default:
        if (graph.node_size() > 0) change(graph, *any(graph.mutable_node()));
    }
  }

 private:
  static constexpr const char* kOps[] = {"Add",
                                         "AveragePool",
                                         "BatchNormalization",
                                         "Cast",
                                         "Clip",
                                         "Concat",
                                         "Constant",
                                         "ConstantOfShape",
                                         "Conv",
                                         "ConvTranspose",
                                         "DequantizeLinear",
                                         "Div",
                                         "Elu",
                                         "Exp",
                                         "Expand",
                                         "Flatten",
                                         "Gather",
                                         "Gemm",
                                         "GlobalAveragePool",
                                         "HardSigmoid",
                                         "LSTM",
                                         "GRU",
                                         "LeakyRelu",
                                         "LogSoftmax",
                                         "MatMul",
                                         "Max",
                                         "MaxPool",
                                         "Mean",
                                         "Min",
                                         "Mul",
                                         "Neg",
                                         "PRelu",
                                         "Pad",
                                         "Pow",
                                         "QLinearConv",
                                         "QLinearMatMul",
                                         "QuantizeLinear",
                                         "ReduceMean",
                                         "ReduceSum",
                                         "Relu",
                                         "Reshape",
                                         "Resize",
                                         "Shape",
                                         "Sigmoid",
                                         "Slice",
                                         "Softmax",
                                         "Split",
                                         "Sqrt",
                                         "Squeeze",
                                         "Sub",
                                         "Sum",
                                         "Tanh",
                                         "Tile",
                                         "Transpose",
                                         "Unsqueeze",
                                         "Where"};
  static constexpr const char* kAttributes[] = {
      "axis",  "axes",     "alpha",     "beta",   "kernel_shape", "strides",       "pads", "dilations",
      "group", "perm",     "epsilon",   "transA", "transB",       "keepdims",      "mode", "to",
      "value", "auto_pad", "ceil_mode", "split",  "shape",        "output_padding"};
  static constexpr int64_t kNumbers[] = {-1,
                                         0,
                                         1,
                                         2,
                                         3,
                                         4,
                                         5,
                                         7,
                                         8,
                                         16,
                                         64,
                                         127,
                                         128,
                                         255,
                                         256,
                                         1000,
                                         65536,
                                         -2,
                                         -3,
                                         -128,
                                         std::numeric_limits<int32_t>::max(),
                                         std::numeric_limits<int32_t>::min(),
                                         int64_t{1} << 40,
                                         std::numeric_limits<int64_t>::max(),
                                         std::numeric_limits<int64_t>::min()};
  static constexpr float kReals[] = {0,
                                     1,
                                     -1,
                                     0.5f,
                                     6,
                                     1e-9f,
                                     1e9f,
                                     3e38f,
                                     -3e38f,
                                     1e-40f,
                                     std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::quiet_NaN()};

  int index(int count) { return static_cast<int>(rng_.below(static_cast<uint64_t>(count))); }
  int64_t number() { return kNumbers[rng_.below(std::size(kNumbers))]; }
  template <class T>
  T* any(google::protobuf::RepeatedPtrField<T>* list) {
    return list->Mutable(index(list->size()));
  }

  template <class T>
  void change_numbers(google::protobuf::RepeatedField<T>* list) {
    const uint64_t way = rng_.below(4);
    if (way == 0 || list->empty())
      list->Add(static_cast<T>(number()));
    else if (way == 1)
      list->RemoveLast();
    else
      list->Set(index(list->size()), static_cast<T>(number()));
  }

  void change(onnx_format::Tensor& tensor) {
    switch (rng_.below(5)) {
      case 0:
        return change_numbers(tensor.mutable_dims());
      case 1:
        return tensor.set_data_type(static_cast<int32_t>(rng_.below(24)));
      case 2:
        if (!tensor.raw_data().empty()) {
          std::string& raw = *tensor.mutable_raw_data();
          raw[rng_.below(raw.size())] = static_cast<char>(rng_.below(256));
          if (rng_.below(4) == 0) raw.resize(rng_.below(raw.size() + 9));
        }
        return;
      case 3:
        return change_numbers(tensor.mutable_int64_data());
      default:
        tensor.mutable_float_data()->Add(kReals[rng_.below(std::size(kReals))]);
    }
  }

  void change(onnx_format::ValueInfo& info) {
    auto& type = *info.mutable_type()->mutable_tensor_type();
    if (rng_.below(4) == 0) return type.set_elem_type(static_cast<int32_t>(rng_.below(24)));
    auto& shape = *type.mutable_shape();
    if (shape.dim_size() == 0 || rng_.below(6) == 0) {
      shape.add_dim()->set_dim_value(number());
    } else if (rng_.below(6) == 0) {
      any(shape.mutable_dim())->set_dim_param("n");
    } else {
      any(shape.mutable_dim())->set_dim_value(number());
    }
  }

  void change(onnx_format::Attribute& attribute) {
    switch (rng_.below(6)) {
      case 0:
        return attribute.set_i(number());
      case 1:
        return attribute.set_f(kReals[rng_.below(std::size(kReals))]);
      case 2:
        return attribute.set_name(kAttributes[rng_.below(std::size(kAttributes))]);
      case 3:
        return attribute.set_type(static_cast<int32_t>(rng_.below(16)));
      case 4:
        if (attribute.has_t()) return change(*attribute.mutable_t());
        [[fallthrough]];
      default:
        change_numbers(attribute.mutable_ints());
    }
  }

  /// Any name that the graph knows: a result, an input, a constant.
  std::string any_name(const onnx_format::Graph& graph) {
    std::vector<std::string> names{""};
    for (const auto& node : graph.node()) names.insert(names.end(), node.output().begin(), node.output().end());
    for (const auto& input : graph.input()) names.push_back(input.name());
    for (const auto& constant : graph.initializer()) names.push_back(constant.name());
    return names[rng_.below(names.size())];
  }

  void change(const onnx_format::Graph& graph, onnx_format::Node& node) {
    switch (rng_.below(6)) {
      case 0:
        return node.set_op_type(kOps[rng_.below(std::size(kOps))]);
      case 1:
        if (node.input_size() > 0) node.set_input(index(node.input_size()), any_name(graph));
        return;
      case 2:
        if (rng_.below(2) == 0)
          node.add_input(any_name(graph));
        else if (node.input_size() > 0)
          node.mutable_input()->RemoveLast();
        return;
      case 3: {
        auto& added = *node.add_attribute();
        added.set_name(kAttributes[rng_.below(std::size(kAttributes))]);
        added.set_type(static_cast<int32_t>(1 + rng_.below(8)));
        return change(added);
      }
      default:
        if (node.attribute_size() > 0) change(*any(node.mutable_attribute()));
    }
  }

  Rng& rng_;
};

/// A file to start from where none is given: Conv, Relu, Flatten, Gemm.
inline std::string small_onnx() {
  onnx_format::Model model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  auto& graph = *model.mutable_graph();
  graph.set_name("small");
  const auto port = [](onnx_format::ValueInfo& info, const char* name, std::initializer_list<int64_t> shape) {
    info.set_name(name);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(1);
    for (const int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  };
  const auto constant = [&](const char* name, std::initializer_list<int64_t> shape) {
    auto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(1);
    int64_t count = 1;
    for (const int64_t extent : shape) {
      tensor.add_dims(extent);
      count *= extent;
    }
    for (int64_t i = 0; i < count; ++i) tensor.add_float_data(static_cast<float>(i % 7) * 0.25f - 0.5f);
  };
  const auto node = [&](const char* op, std::initializer_list<const char*> inputs, const char* output) {
    auto& added = *graph.add_node();
    added.set_op_type(op);
    for (const char* name : inputs) added.add_input(name);
    added.add_output(output);
  };
  port(*graph.add_input(), "x", {1, 2, 6, 6});
  port(*graph.add_output(), "y", {1, 3});
  constant("kernel", {4, 2, 3, 3});
  constant("offset", {4});
  constant("weights", {64, 3});
  node("Conv", {"x", "kernel", "offset"}, "c");
  node("Relu", {"c"}, "r");
  node("Flatten", {"r"}, "f");
  node("Gemm", {"f", "weights"}, "y");
  return model.SerializeAsString();
}

}  // namespace mote::fuzz
