#pragma once

#include "ops/attributes.h"

namespace mote {

/// The functions of two operands that PairOp makes ops of.
enum class PairKind : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMinimum,
  kMaximum,
  kSquaredDifference,
  kPow,
  kFloorDiv,
  kFloorMod,
};

namespace pair_ops {

/// Of Add and Sub. TensorFlow Lite Micro computes alike whatever pot_scale_int16 says, and so does Mote.
struct SumAttributes {
  Activation activation = Activation::kNone;
  bool pot_scale_int16 = true;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", activation);
    visit(1, "pot_scale_int16", pot_scale_int16);
  }
  friend bool operator==(const SumAttributes&, const SumAttributes&) = default;
};

template <PairKind kKind>
struct Traits {
  using Attributes = NoAttributes;
};
template <>
struct Traits<PairKind::kAdd> {
  using Attributes = SumAttributes;
};
template <>
struct Traits<PairKind::kSub> {
  using Attributes = SumAttributes;
};
template <>
struct Traits<PairKind::kMul> {
  using Attributes = FusedActivation;
};
template <>
struct Traits<PairKind::kDiv> {
  using Attributes = FusedActivation;
};

struct Names {
  std::string_view name;
  TfliteName tflite;
};
/// By PairKind.
inline constexpr Names kNames[] = {
    {"add", {0, 11}},
    {"sub", {41, 28}},
    {"mul", {18, 21}},
    {"div", {42, 29}},
    {"minimum", {57, 39}},
    {"maximum", {55, 39}},
    {"squared_difference", {99, 76}},
    {"pow", {78, 56}},
    {"floor_div", {90, 65}},
    {"floor_mod", {95, 72}},
};

[[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs);
void forward(PairKind kind, Activation activation, ForwardContext& context);
void backward(PairKind kind, Activation activation, BackwardContext& context);
[[nodiscard]] QuantizationRule quantization(PairKind kind);
[[nodiscard]] Result<Lowered> lower(PairKind kind, Activation activation, Arguments inputs, Arguments outputs);
/// An example of every shape and every activation that `kind` has.
struct Example {
  std::string name;
  Activation activation;
  std::vector<Shape> inputs;
  std::vector<CaseType> types;
};
[[nodiscard]] std::vector<Example> examples(PairKind kind);

}  // namespace pair_ops

/// output = activation(function(a, b)), element by element; the smaller operand repeats along dimensions of extent 1
/// and missing outer ones. Operands: a, b of one type; either may be constant. float32, int8 and int16 with scales, and
/// plain int32, as far as the reference has them. All but floor_div have a derivative.
template <PairKind kKind>
struct PairOp : pair_ops::Traits<kKind>::Attributes {
  static constexpr std::string_view kName = pair_ops::kNames[static_cast<int>(kKind)].name;
  static constexpr TfliteName kTflite = pair_ops::kNames[static_cast<int>(kKind)].tflite;
  static constexpr bool kDifferentiable = kKind != PairKind::kFloorDiv;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const { return pair_ops::infer(inputs); }
  void forward(ForwardContext& context) const { pair_ops::forward(kKind, fused(), context); }
  void backward(BackwardContext& context) const { pair_ops::backward(kKind, fused(), context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const { return pair_ops::quantization(kKind); }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return pair_ops::lower(kKind, fused(), inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments outputs) const {
    return kKind == PairKind::kMul ? count(outputs[0].type.shape) : 0;
  }
  [[nodiscard]] static std::vector<OpCase<PairOp>> cases() {
    std::vector<OpCase<PairOp>> result;
    for (pair_ops::Example& example : pair_ops::examples(kKind)) {
      PairOp op;
      if constexpr (requires { op.activation; }) op.activation = example.activation;
      result.emplace_back(std::move(example.name), op, std::move(example.inputs),
                          std::vector<std::pair<size_t, Tensor>>(), std::move(example.types));
    }
    return result;
  }

  friend bool operator==(const PairOp&, const PairOp&) = default;

 private:
  [[nodiscard]] Activation fused() const {
    if constexpr (requires(const PairOp& op) { op.activation; }) return this->activation;
    return Activation::kNone;
  }
};

using Add = PairOp<PairKind::kAdd>;
using Sub = PairOp<PairKind::kSub>;
using Mul = PairOp<PairKind::kMul>;
/// Plain int32 is cut off towards 0.
using Div = PairOp<PairKind::kDiv>;
/// In int8 and int16 operands and output share scale and zero point, as the kernels compare the stored numbers.
using Minimum = PairOp<PairKind::kMinimum>;
using Maximum = PairOp<PairKind::kMaximum>;
using SquaredDifference = PairOp<PairKind::kSquaredDifference>;
using Pow = PairOp<PairKind::kPow>;
using FloorDiv = PairOp<PairKind::kFloorDiv>;
using FloorMod = PairOp<PairKind::kFloorMod>;

}  // namespace mote
