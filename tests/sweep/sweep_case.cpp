#include "sweep_case.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "case_graph.h"
#include "formats/model.h"
#include "interp/interpreter.h"
#include "ops/window.h"

namespace mote::sweep {

namespace {

int32_t between(Rng& rng, int32_t low, int32_t high) {
  return low + static_cast<int32_t>(rng.below(static_cast<uint64_t>(high - low + 1)));
}
bool one_in(Rng& rng, uint64_t n) {
  return rng.below(n) == 0;
}
template <class T, size_t N>
T any(Rng& rng, const std::array<T, N>& values) {
  return values[rng.below(N)];
}

float any_scale(Rng& rng) {
  return static_cast<float>(std::exp2(rng.uniform(-8, -2)));
}

/// Scale and zero point of an activation; at an end of the range half of the times.
Quantization any_quantization(Rng& rng, DType dtype, float scale) {
  if (dtype == DType::kInt16) return {{scale}, {0}, 0};
  const int32_t zero_point = one_in(rng, 4) ? -128 : one_in(rng, 3) ? 127 : between(rng, -128, 127);
  return {{scale}, {zero_point}, 0};
}

Activation any_activation(Rng& rng) {
  return one_in(rng, 2) ? Activation::kNone
                        : any(rng, std::array{Activation::kRelu, Activation::kRelu6, Activation::kReluN1To1});
}

/// Shape of an image: small, often with extents of 1.
Shape any_image(Rng& rng) {
  const int32_t channels = one_in(rng, 3) ? between(rng, 4, 21) : between(rng, 1, 3);
  return {one_in(rng, 4) ? between(rng, 2, 3) : 1, between(rng, 1, 9), between(rng, 1, 9), channels};
}

/// A window that may be larger than its input (then padded), strided beyond its kernel, or dilated.
WindowShape any_window(Rng& rng, const Shape& image) {
  WindowShape window;
  window.kernel_h = between(rng, 1, one_in(rng, 3) ? 7 : 3);
  window.kernel_w = between(rng, 1, one_in(rng, 3) ? 7 : 3);
  window.stride_h = between(rng, 1, one_in(rng, 4) ? 5 : 2);
  window.stride_w = between(rng, 1, one_in(rng, 4) ? 5 : 2);
  if (one_in(rng, 4)) {
    window.dilation_h = between(rng, 1, 3);
    window.dilation_w = between(rng, 1, 3);
  }
  const bool fits =
      (window.kernel_h - 1) * window.dilation_h < image[1] && (window.kernel_w - 1) * window.dilation_w < image[2];
  window.padding = fits && one_in(rng, 2) ? Padding::kValid : Padding::kSame;
  return window;
}

/// The graph of one layer under construction.
class Builder {
 public:
  Builder(Rng& rng, DType activation) : rng_(rng), activation_(activation) { graph_.name = "case"; }

  ValueId input(const Shape& shape) {
    const ValueId id = graph_.add_value(fmt::format("in{}", graph_.inputs.size()),
                                        {activation_, shape, any_quantization(rng_, activation_, any_scale(rng_))});
    graph_.inputs.push_back(id);
    return id;
  }

  /// Int8 weights with scales along `axis` (or one for all): random, or all at the ends of the range.
  ValueId weights(const Shape& shape, int32_t axis) {
    TensorType type{DType::kInt8, shape, {}};
    const int32_t scales = one_in(rng_, 4) ? 1 : shape[static_cast<size_t>(axis)];
    type.quantization.axis = scales == 1 ? 0 : axis;
    const float base = any_scale(rng_);
    for (int32_t i = 0; i < scales; ++i) {
      type.quantization.scale.push_back(base * static_cast<float>(rng_.uniform(0.3, 1)));
      type.quantization.zero_point.push_back(0);
    }
    Tensor content(type);
    const bool saturated = one_in(rng_, 5);
    for (int8_t& w : content.as<int8_t>())
      w = static_cast<int8_t>(saturated ? (one_in(rng_, 2) ? 127 : -127) : between(rng_, -127, 127));
    return graph_.add_constant("weights", std::move(content));
  }

  /// A bias for these operands, or none in one of five cases.
  ValueId bias(ValueId input, ValueId weights, int32_t channels) {
    if (one_in(rng_, 5)) return kNoValue;
    const DType dtype = activation_ == DType::kInt16 ? DType::kInt64 : DType::kInt32;
    TensorType type{dtype, {channels}, graph_.value(weights).type.quantization};
    for (float& scale : type.quantization.scale) scale *= graph_.value(input).type.quantization.scale[0];
    type.quantization.axis = 0;
    Tensor content(type);
    for (int32_t& b : content.as<int32_t>()) b = dtype == DType::kInt64 ? 0 : between(rng_, -30000, 30000);
    for (int64_t& b : content.as<int64_t>())
      if (dtype == DType::kInt64) b = between(rng_, -3000000, 3000000);
    return graph_.add_constant("bias", std::move(content));
  }

  /// Adds the layer; its output has a scale that `taps` products of these operands fill more or less.
  Result<> layer(Op op, std::vector<ValueId> operands, int64_t taps) {
    while (!operands.empty() && operands.back() == kNoValue) operands.pop_back();
    const Quantization in = graph_.value(operands[0]).type.quantization;
    const Quantization w = operands.size() > 1 ? graph_.value(operands[1]).type.quantization : Quantization{};
    MOTE_TRY_ASSIGN(const ValueId output, graph_.add_node(std::move(op), std::move(operands), "layer"));
    const double weight = w.present() ? 60.0 * static_cast<double>(w.scale[0]) : 1.0;
    const double spread = static_cast<double>(in.scale[0]) * weight * std::sqrt(static_cast<double>(taps));
    const float scale = static_cast<float>(spread * std::exp2(rng_.uniform(-1.5, 1.5)));
    graph_.value(output).type.quantization = any_quantization(rng_, activation_, scale);
    graph_.outputs = {output};
    return {};
  }

  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  Rng& rng_;
  DType activation_;
  Graph graph_;
};

int32_t any_outputs(Rng& rng) {
  return one_in(rng, 3) ? between(rng, 3, 19) : between(rng, 1, 2);
}

template <class T>
T windowed(const WindowShape& window, Activation activation) {
  T op;
  op.padding = window.padding;
  op.stride_h = window.stride_h;
  op.stride_w = window.stride_w;
  op.activation = activation;
  return op;
}

Result<> conv2d(Builder& b) {
  const Shape image = any_image(b.rng());
  const WindowShape window = any_window(b.rng(), image);
  const int32_t outputs = any_outputs(b.rng());
  auto op = windowed<Conv2d>(window, any_activation(b.rng()));
  op.dilation_h = window.dilation_h;
  op.dilation_w = window.dilation_w;
  const ValueId in = b.input(image);
  const ValueId weights = b.weights({outputs, window.kernel_h, window.kernel_w, image[3]}, 0);
  return b.layer(op, {in, weights, b.bias(in, weights, outputs)},
                 int64_t{window.kernel_h} * window.kernel_w * image[3]);
}

Result<> depthwise_conv2d(Builder& b) {
  const Shape image = any_image(b.rng());
  const WindowShape window = any_window(b.rng(), image);
  auto op = windowed<DepthwiseConv2d>(window, any_activation(b.rng()));
  op.dilation_h = window.dilation_h;
  op.dilation_w = window.dilation_w;
  op.depth_multiplier = one_in(b.rng(), 3) ? between(b.rng(), 2, 5) : 1;
  const int32_t outputs = image[3] * op.depth_multiplier;
  const ValueId in = b.input(image);
  const ValueId weights = b.weights({1, window.kernel_h, window.kernel_w, outputs}, 3);
  return b.layer(op, {in, weights, b.bias(in, weights, outputs)}, int64_t{window.kernel_h} * window.kernel_w);
}

Result<> fully_connected(Builder& b) {
  const int32_t depth = one_in(b.rng(), 2) ? between(b.rng(), 1, 5) : between(b.rng(), 6, 90);
  const int32_t outputs = any_outputs(b.rng());
  const ValueId in = b.input({between(b.rng(), 1, 3), depth});
  const ValueId weights = b.weights({outputs, depth}, 0);
  return b.layer(FullyConnected{any_activation(b.rng())}, {in, weights, b.bias(in, weights, outputs)}, depth);
}

template <class T>
Result<> pool2d(Builder& b) {
  const Shape image = any_image(b.rng());
  const WindowShape window = any_window(b.rng(), image);
  auto op = windowed<T>(window, any_activation(b.rng()));
  const bool fits = window.kernel_h <= image[1] && window.kernel_w <= image[2];
  op.padding = fits ? window.padding : Padding::kSame;
  op.filter_h = window.kernel_h;
  op.filter_w = window.kernel_w;
  const ValueId in = b.input(image);
  MOTE_TRY(b.layer(op, {in}, 1));
  b.graph().value(b.graph().outputs[0]).type.quantization = b.graph().value(in).type.quantization;
  return {};
}

template <class T>
Result<> binary(Builder& b) {
  Shape large;
  for (int32_t axis = between(b.rng(), 1, 4); axis > 0; --axis) large.push_back(between(b.rng(), 1, 7));
  Shape small = large;
  if (one_in(b.rng(), 2))
    for (int32_t& extent : small)
      if (one_in(b.rng(), 2)) extent = 1;
  if (one_in(b.rng(), 4))
    small.erase(small.begin(), small.begin() + between(b.rng(), 0, static_cast<int32_t>(small.size()) - 1));
  const bool swap = one_in(b.rng(), 2);
  const ValueId first = b.input(swap ? small : large);
  const ValueId second = b.input(swap ? large : small);
  T op;
  op.activation = any_activation(b.rng());
  return b.layer(op, {first, second}, 1);
}

Result<> softmax(Builder& b) {
  const ValueId in =
      b.input({between(b.rng(), 1, 4), one_in(b.rng(), 3) ? between(b.rng(), 9, 40) : between(b.rng(), 1, 8)});
  MOTE_TRY(b.layer(Softmax{one_in(b.rng(), 3) ? 0.5f : 1.0f}, {in}, 1));
  TensorType& type = b.graph().value(b.graph().outputs[0]).type;
  if (type.dtype == DType::kInt8) type.quantization = {{1.0f / 256}, {-128}, 0};
  if (type.dtype == DType::kInt16) type.quantization = {{1.0f / 32768}, {0}, 0};
  return {};
}

Result<> mean(Builder& b) {
  const Shape image = any_image(b.rng());
  std::vector<int32_t> axes = any(b.rng(), std::array<std::vector<int32_t>, 4>{{{1, 2}, {1}, {3}, {2, 3}}});
  Tensor content(TensorType{DType::kInt32, {static_cast<int32_t>(axes.size())}, {}});
  std::copy(axes.begin(), axes.end(), content.as<int32_t>().begin());
  const ValueId in = b.input(image);
  return b.layer(Mean{one_in(b.rng(), 2)}, {in, b.graph().add_constant("axes", std::move(content))}, 1);
}

/// One family of random cases.
struct Kind {
  const char* name;
  Result<> (*make)(Builder&);
  int cases;
};
constexpr std::array kKinds{
    Kind{"conv2d", conv2d, 420},
    Kind{"depthwise_conv2d", depthwise_conv2d, 360},
    Kind{"fully_connected", fully_connected, 300},
    Kind{"max_pool2d", pool2d<MaxPool2d>, 120},
    Kind{"average_pool2d", pool2d<AveragePool2d>, 120},
    Kind{"add", binary<Add>, 120},
    Kind{"mul", binary<Mul>, 120},
    Kind{"softmax", softmax, 80},
    Kind{"mean", mean, 120},
};
constexpr int kVariantsOfListed = 4;

/// Inputs of all inferences: anything, then only the ends of the range, then a slope.
Bytes any_inputs(Rng& rng, const Graph& graph) {
  Bytes bytes;
  for (int inference = 0; inference < kInferences; ++inference)
    for (const ValueId id : graph.inputs) {
      Tensor content(graph.value(id).type);
      const bool wide = content.type.dtype == DType::kInt16;
      const int32_t low = wide ? -32768 : -128;
      const int32_t high = wide ? 32767 : 127;
      const int64_t elements = count(content.type.shape);
      for (int64_t i = 0; i < elements; ++i) {
        const int32_t slope =
            low + static_cast<int32_t>((int64_t{high} - low) * i / std::max<int64_t>(elements - 1, 1));
        const int32_t value = inference == 0   ? between(rng, low, high)
                              : inference == 1 ? (one_in(rng, 2) ? low : high)
                                               : slope;
        if (wide)
          content.as<int16_t>()[static_cast<size_t>(i)] = static_cast<int16_t>(value);
        else
          content.as<int8_t>()[static_cast<size_t>(i)] = static_cast<int8_t>(value);
      }
      bytes.insert(bytes.end(), content.data.begin(), content.data.end());
    }
  return bytes;
}

Rng rng_of(const std::string& name) {
  return Rng(digest({reinterpret_cast<const uint8_t*>(name.data()), name.size()}));
}

bool has_kernel(const Graph& graph) {
  const Node& node = graph.nodes.back();
  return lower(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs)).has_value();
}

bool all_are(const Graph& graph, const std::vector<ValueId>& ids, DType dtype) {
  return std::all_of(ids.begin(), ids.end(), [&](ValueId id) { return graph.value(id).type.dtype == dtype; });
}

/// Other scales and zero points for what the layer reads and writes, where it lets them differ.
void vary(Graph& graph, DType dtype, Rng& rng) {
  Graph other = graph;
  for (const auto* ids : {&other.inputs, &other.outputs})
    for (const ValueId id : *ids)
      if (other.value(id).type.quantization.present())
        other.value(id).type.quantization = any_quantization(rng, dtype, any_scale(rng));
  if (verify(other) && has_kernel(other)) graph = std::move(other);
}

template <class T>
void add_listed(const OpCase<T>& example, DType dtype, int variant, std::vector<Case>& cases) {
  std::string case_name = fmt::format("{}_{}_{}_{}", T::kName, example.name, name(dtype), variant);
  Rng rng = rng_of(case_name);
  auto graph = testing::internal::build(example, dtype, rng);
  if (!graph || !all_are(*graph, graph->inputs, dtype) || !all_are(*graph, graph->outputs, dtype)) return;
  if (!has_kernel(*graph)) return;
  if (variant > 0) vary(*graph, dtype, rng);
  Bytes inputs = any_inputs(rng, *graph);
  cases.push_back({std::move(case_name), std::move(*graph), std::move(inputs)});
}

}  // namespace

Result<std::vector<Case>> make_cases() {
  std::vector<Case> cases;
  for (const Kind& kind : kKinds)
    for (int n = 0; n < kind.cases; ++n) {
      std::string name = fmt::format("{}_int8_{}", kind.name, n);
      Rng rng = rng_of(name);
      Builder builder(rng, DType::kInt8);
      MOTE_TRY(kind.make(builder));
      Bytes inputs = any_inputs(rng, builder.graph());
      cases.push_back({std::move(name), std::move(builder.graph()), std::move(inputs)});
    }
  for_each_op([&]<class T>() {
    if constexpr (T::kTflite.builtin >= 0)
      for (const OpCase<T>& example : T::cases())
        for (const DType dtype : {DType::kInt8, DType::kInt16})
          for (int n = 0; n < kVariantsOfListed; ++n) add_listed(example, dtype, n, cases);
  });
  return cases;
}

uint64_t digest(std::span<const uint8_t> bytes, uint64_t start) {
  uint64_t hash = start;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3u;
  return hash;
}

uint64_t identity(const Case& c) {
  const std::string arithmetic = fingerprint({c.graph, std::nullopt, {}});
  return digest(c.inputs, digest({reinterpret_cast<const uint8_t*>(arithmetic.data()), arithmetic.size()}));
}

Result<Bytes> interpret(const Case& c, const Target& target) {
  MOTE_TRY_ASSIGN(Plan plan, make_plan(c.graph, {.keep_input = false, .target = target}));
  Interpreter interpreter(std::move(plan));
  Bytes outputs;
  auto next = c.inputs.begin();
  for (int inference = 0; inference < kInferences; ++inference) {
    for (size_t port = 0; port < interpreter.plan().inputs.size(); ++port) {
      const std::span<uint8_t> input = interpreter.input(port);
      std::copy_n(next, input.size(), input.begin());
      next += static_cast<std::ptrdiff_t>(input.size());
    }
    interpreter.invoke();
    for (size_t port = 0; port < interpreter.plan().outputs.size(); ++port) {
      const std::span<const uint8_t> output = interpreter.output(port);
      outputs.insert(outputs.end(), output.begin(), output.end());
    }
  }
  return outputs;
}

}  // namespace mote::sweep
