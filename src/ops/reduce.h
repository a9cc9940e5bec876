#pragma once

#include "ops/op.h"

namespace mote {

/// What becomes of the elements that meet in one output.
enum class ReduceKind : uint8_t { kSum, kMean, kMax, kMin, kProd, kAny, kAll };

namespace internal {

struct ReduceName {
  std::string_view name;
  int32_t builtin;
};
constexpr ReduceName reduce_name(ReduceKind kind) {
  constexpr ReduceName kNames[] = {{"sum", 74},         {"mean", 40},       {"reduce_max", 82}, {"reduce_min", 89},
                                   {"reduce_prod", 81}, {"reduce_any", 91}, {"reduce_all", 140}};
  return kNames[static_cast<size_t>(kind)];
}
constexpr bool of_truth_values(ReduceKind kind) {
  return kind == ReduceKind::kAny || kind == ReduceKind::kAll;
}

[[nodiscard]] Result<std::vector<TensorType>> infer_reduce(ReduceKind kind, bool keep, Arguments inputs);
void forward_reduce(ReduceKind kind, ForwardContext& context);
void backward_reduce(ReduceKind kind, BackwardContext& context);
[[nodiscard]] Result<Lowered> lower_reduce(ReduceKind kind, Arguments inputs, Arguments outputs);

/// An example of any reduction: the shape of its input, and its axes.
struct ReduceExample {
  std::string name;
  bool keep;
  Shape input;
  Tensor axes;
};
[[nodiscard]] std::vector<ReduceExample> reduce_examples();

}  // namespace internal

/// A reduction over any axes. Operands: input, axes (constant int32; negative ones count from the last). Any and all
/// take truth values. The largest and the smallest keep scale and zero point in integers.
template <ReduceKind kKind>
struct Reduce {
  bool keep_dimensions = false;  ///< reduced axes stay, with extent 1

  static constexpr std::string_view kName = internal::reduce_name(kKind).name;
  static constexpr TfliteName kTflite{internal::reduce_name(kKind).builtin, 27};
  static constexpr bool kDifferentiable = !internal::of_truth_values(kKind);

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "keep_dimensions", keep_dimensions);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    return internal::infer_reduce(kKind, keep_dimensions, inputs);
  }
  void forward(ForwardContext& context) const { internal::forward_reduce(kKind, context); }
  void backward(BackwardContext& context) const { internal::backward_reduce(kKind, context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    const bool same_scale = kKind == ReduceKind::kMax || kKind == ReduceKind::kMin;
    std::vector<OperandRule> operands = {kDifferentiable ? kActivationOperand : kKeptOperand, kKeptOperand};
    return same_scale ? QuantizationRule::like_input(std::move(operands))
                      : QuantizationRule::calibrated(std::move(operands));
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return internal::lower_reduce(kKind, inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Reduce>> cases() {
    std::vector<OpCase<Reduce>> result;
    for (internal::ReduceExample& example : internal::reduce_examples())
      result.emplace_back(std::move(example.name), Reduce{example.keep}, std::vector<Shape>{example.input, {}},
                          std::vector<std::pair<size_t, Tensor>>{{1, std::move(example.axes)}},
                          std::vector<CaseType>{internal::of_truth_values(kKind) ? DType::kBool : DType::kFloat32});
    return result;
  }

  friend bool operator==(const Reduce&, const Reduce&) = default;
};

using Sum = Reduce<ReduceKind::kSum>;
/// Over height and width it is global average pooling.
using Mean = Reduce<ReduceKind::kMean>;
using ReduceMax = Reduce<ReduceKind::kMax>;
using ReduceMin = Reduce<ReduceKind::kMin>;
using ReduceProd = Reduce<ReduceKind::kProd>;
using ReduceAny = Reduce<ReduceKind::kAny>;
using ReduceAll = Reduce<ReduceKind::kAll>;

}  // namespace mote
