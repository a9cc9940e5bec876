#pragma once

#include "ops/op.h"

namespace mote {

enum class Comparison : uint8_t { kEqual, kNotEqual, kGreater, kGreaterEqual, kLess, kLessEqual };

namespace internal {

struct ComparisonName {
  std::string_view name;
  TfliteName tflite;
};
constexpr ComparisonName comparison_name(Comparison comparison) {
  constexpr ComparisonName kNames[] = {{"equal", {71, 53}},         {"not_equal", {72, 54}}, {"greater", {61, 44}},
                                       {"greater_equal", {62, 45}}, {"less", {58, 41}},      {"less_equal", {63, 46}}};
  return kNames[static_cast<size_t>(comparison)];
}
/// Truth values have no order.
constexpr bool takes_truth_values(Comparison comparison) {
  return comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
}

[[nodiscard]] Result<std::vector<TensorType>> infer_compare(Comparison comparison, Arguments inputs);
void forward_compare(Comparison comparison, ForwardContext& context);
[[nodiscard]] Result<Lowered> lower_compare(Comparison comparison, Arguments inputs, Arguments outputs);

[[nodiscard]] Result<std::vector<TensorType>> infer_logical(Arguments inputs);
void forward_logical(bool both, ForwardContext& context);
[[nodiscard]] Result<Lowered> lower_logical(bool both, Arguments inputs);

}  // namespace internal

/// Whether a relation holds, element by element, as bool; the smaller operand repeats along dimensions of extent 1 and
/// missing outer ones. Operands: a, b, of one type: float32, int8 with scales, int16 with one scale, int32, int64, for
/// equality also bool.
template <Comparison kComparison>
struct Compare {
  static constexpr std::string_view kName = internal::comparison_name(kComparison).name;
  static constexpr TfliteName kTflite = internal::comparison_name(kComparison).tflite;
  static constexpr bool kDifferentiable = false;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    return internal::infer_compare(kComparison, inputs);
  }
  void forward(ForwardContext& context) const { internal::forward_compare(kComparison, context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    return QuantizationRule::shared({kActivationOperand, kActivationOperand});
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return internal::lower_compare(kComparison, inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Compare>> cases() {
    const std::vector<CaseType> words = {{DType::kInt32, -2, 2}, {DType::kInt32, -2, 2}};
    const std::vector<CaseType> long_words = {{DType::kInt64, -2, 2}, {DType::kInt64, -2, 2}};
    std::vector<OpCase<Compare>> result = {
        {"same", {}, {{2, 5, 4}, {2, 5, 4}}},
        {"scalar", {}, {{}, {3, 7}}},
        {"crossing", {}, {{2, 1, 4, 1}, {1, 5, 1, 2}}},
        {"int32", {}, {{1, 9}, {1, 9}}, {}, words},
        {"int32_channels", {}, {{4, 5}, {5}}, {}, words},
        {"int64", {}, {{2, 6}, {2, 6}}, {}, long_words},
    };
    if (internal::takes_truth_values(kComparison))
      result.push_back({"bool", {}, {{3, 5}, {3, 5}}, {}, {DType::kBool, DType::kBool}});
    return result;
  }

  friend bool operator==(const Compare&, const Compare&) = default;
};

using Equal = Compare<Comparison::kEqual>;
using NotEqual = Compare<Comparison::kNotEqual>;
using Greater = Compare<Comparison::kGreater>;
using GreaterEqual = Compare<Comparison::kGreaterEqual>;
using Less = Compare<Comparison::kLess>;
using LessEqual = Compare<Comparison::kLessEqual>;

/// Both or any of two truth values; broadcasts as comparisons do. Operands: a, b (bool).
template <bool kBoth>
struct Logical {
  static constexpr std::string_view kName = kBoth ? "logical_and" : "logical_or";
  static constexpr TfliteName kTflite = kBoth ? TfliteName{86, 62} : TfliteName{84, 60};
  static constexpr bool kDifferentiable = false;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    return internal::infer_logical(inputs);
  }
  void forward(ForwardContext& context) const { internal::forward_logical(kBoth, context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    return QuantizationRule::calibrated({kKeptOperand, kKeptOperand});
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments) const {
    return internal::lower_logical(kBoth, inputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Logical>> cases() {
    const std::vector<CaseType> truth = {DType::kBool, DType::kBool};
    return {
        {"same", {}, {{3, 7}, {3, 7}}, {}, truth},
        {"channels", {}, {{2, 3, 4}, {4}}, {}, truth},
        {"crossing", {}, {{3, 1}, {1, 5}}, {}, truth},
    };
  }

  friend bool operator==(const Logical&, const Logical&) = default;
};

using LogicalAnd = Logical<true>;
using LogicalOr = Logical<false>;

/// The opposite of a truth value.
struct LogicalNot {
  static constexpr std::string_view kName = "logical_not";
  static constexpr TfliteName kTflite{87, 63};
  static constexpr bool kDifferentiable = false;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<LogicalNot>> cases();

  friend bool operator==(const LogicalNot&, const LogicalNot&) = default;
};

}  // namespace mote
