#pragma once

#include "ops/attributes.h"

namespace mote {

/// The functions of one element that UnaryOp makes ops of.
enum class UnaryKind : uint8_t {
  kRelu,
  kRelu6,
  kReluN1To1,
  kRelu0To1,
  kLeakyRelu,
  kHardSwish,
  kElu,
  kGelu,
  kAbs,
  kNeg,
  kSquare,
  kSqrt,
  kRsqrt,
  kExp,
  kLog,
  kSin,
  kCos,
  kFloor,
  kCeil,
  kRound,
};

namespace unary_ops {

struct LeakyReluAttributes {
  float alpha = 0;  ///< slope below 0

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "alpha", alpha);
  }
  friend bool operator==(const LeakyReluAttributes&, const LeakyReluAttributes&) = default;
};
struct GeluAttributes {
  bool approximate = false;  ///< through tanh

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "approximate", approximate);
  }
  friend bool operator==(const GeluAttributes&, const GeluAttributes&) = default;
};

template <UnaryKind kKind>
struct Traits {
  using Attributes = NoAttributes;
};
template <>
struct Traits<UnaryKind::kLeakyRelu> {
  using Attributes = LeakyReluAttributes;
};
template <>
struct Traits<UnaryKind::kGelu> {
  using Attributes = GeluAttributes;
};

struct Names {
  std::string_view name;
  TfliteName tflite;
};
/// By UnaryKind.
inline constexpr Names kNames[] = {
    {"relu", {19, 0}},        {"relu6", {21, 0}},        {"relu_n1_to_1", {20, 0}}, {"relu_0_to_1", {152, 0}},
    {"leaky_relu", {98, 75}}, {"hard_swish", {117, 91}}, {"elu", {111, 0}},         {"gelu", {150, 116}},
    {"abs", {101, 78}},       {"neg", {59, 42}},         {"square", {92, 66}},      {"sqrt", {75, 0}},
    {"rsqrt", {76, 0}},       {"exp", {47, 33}},         {"log", {73, 0}},          {"sin", {66, 0}},
    {"cos", {108, 84}},       {"floor", {8, 0}},         {"ceil", {104, 0}},        {"round", {116, 0}},
};

/// `parameter` is alpha of a leaky ReLU; for GELU not 0 asks for the approximation.
void forward(UnaryKind kind, float parameter, ForwardContext& context);
void backward(UnaryKind kind, float parameter, BackwardContext& context);
[[nodiscard]] QuantizationRule quantization(UnaryKind kind, Arguments inputs);
[[nodiscard]] Result<Lowered> lower(UnaryKind kind, float parameter, Arguments inputs, Arguments outputs);
/// The numbers that cases of `kind` are applied to.
[[nodiscard]] std::vector<CaseType> domain(UnaryKind kind);

}  // namespace unary_ops

/// output = function(input), element by element. Operand: input of any shape. float32, and int8, int16 and plain int32
/// as far as the reference has them. All but floor, ceil and round have a derivative.
template <UnaryKind kKind>
struct UnaryOp : unary_ops::Traits<kKind>::Attributes {
  static constexpr std::string_view kName = unary_ops::kNames[static_cast<int>(kKind)].name;
  static constexpr TfliteName kTflite = unary_ops::kNames[static_cast<int>(kKind)].tflite;
  static constexpr bool kDifferentiable = kKind < UnaryKind::kFloor;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
    return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
  }
  void forward(ForwardContext& context) const { unary_ops::forward(kKind, parameter(), context); }
  void backward(BackwardContext& context) const { unary_ops::backward(kKind, parameter(), context); }
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const { return unary_ops::quantization(kKind, inputs); }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return unary_ops::lower(kKind, parameter(), inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<UnaryOp>> cases() {
    std::vector<OpCase<UnaryOp>> result;
    const auto add = [&](std::string name, UnaryOp op, Shape shape) {
      result.emplace_back(std::move(name), op, std::vector<Shape>{std::move(shape)},
                          std::vector<std::pair<size_t, Tensor>>(), unary_ops::domain(kKind));
    };
    if constexpr (kKind == UnaryKind::kLeakyRelu) {
      add("row", {{0.2f}}, {1, 17});
      add("steep", {{1.5f}}, {3, 7});
      add("turned", {{-0.4f}}, {2, 11});
      add("flat", {}, {1, 5});
    } else {
      add("row", {}, {1, 17});
    }
    if constexpr (kKind == UnaryKind::kGelu) add("approximate", {{true}}, {1, 17});
    add("image", {}, {2, 3, 5, 3});
    return result;
  }

  friend bool operator==(const UnaryOp&, const UnaryOp&) = default;

 private:
  [[nodiscard]] float parameter() const {
    if constexpr (requires(const UnaryOp& op) { op.alpha; }) return this->alpha;
    if constexpr (requires(const UnaryOp& op) { op.approximate; }) return this->approximate ? 1.0f : 0.0f;
    return 0;
  }
};

using Relu = UnaryOp<UnaryKind::kRelu>;
using Relu6 = UnaryOp<UnaryKind::kRelu6>;
using ReluN1To1 = UnaryOp<UnaryKind::kReluN1To1>;
using Relu0To1 = UnaryOp<UnaryKind::kRelu0To1>;
using LeakyRelu = UnaryOp<UnaryKind::kLeakyRelu>;
/// input * min(max(input + 3, 0), 6) / 6
using HardSwish = UnaryOp<UnaryKind::kHardSwish>;
/// exp(input) - 1 below 0
using Elu = UnaryOp<UnaryKind::kElu>;
using Gelu = UnaryOp<UnaryKind::kGelu>;
using Abs = UnaryOp<UnaryKind::kAbs>;
/// In int8 and int16 with the input's scale.
using Neg = UnaryOp<UnaryKind::kNeg>;
using Square = UnaryOp<UnaryKind::kSquare>;
using Sqrt = UnaryOp<UnaryKind::kSqrt>;
using Rsqrt = UnaryOp<UnaryKind::kRsqrt>;
using Exp = UnaryOp<UnaryKind::kExp>;
using NaturalLog = UnaryOp<UnaryKind::kLog>;
using Sin = UnaryOp<UnaryKind::kSin>;
using Cos = UnaryOp<UnaryKind::kCos>;
using Floor = UnaryOp<UnaryKind::kFloor>;
using Ceil = UnaryOp<UnaryKind::kCeil>;
/// Ties go to the even integer.
using Round = UnaryOp<UnaryKind::kRound>;

}  // namespace mote
