#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "target/kernel.h"
#include "tensor/tensor.h"

namespace mote {

/// The clamp fused into a layer; values as in the `.tflite` schema.
enum class Activation : int8_t { kNone = 0, kRelu = 1, kReluN1To1 = 2, kRelu6 = 3 };

/// Window padding; values as in the `.tflite` schema.
enum class Padding : int8_t { kSame = 0, kValid = 1 };

/// An operand as an op sees it: its type and, if it is known before the model runs, its content.
struct Argument {
  TensorType type;
  const Tensor* constant = nullptr;
  bool left_out = false;  ///< an optional operand that this node has not; its type says nothing
};
using Arguments = std::span<const Argument>;

/// One batch forward. Values of every element type are carried as floats: bool as 0 or 1, integers as their value
/// (exact up to 2^24). Outputs have the inferred shapes. An input that is a constant of another type than float32 also
/// shows its content; a quantized one has no data.
struct ForwardContext {
  std::vector<ConstFloatView> inputs;
  std::vector<FloatView> outputs;
  DType result = DType::kFloat32;  ///< what the first output's numbers stand for: a quotient of int32 is cut off
  bool training = false;
  uint64_t seed = 0;  ///< differs for each step and node; an op that draws numbers draws the same in backward
  /// By operand: where an op leaves what an operand of role kState holds for the next inference. Empty, or with an
  /// empty view, where nobody asks for it.
  std::vector<FloatView> states;
};

/// One batch backward: given the values and the loss's derivative by each output, *adds* the derivative by each input.
/// input_gradients[i].data is empty where nobody asks for it, and for operands that are not float32.
struct BackwardContext {
  std::vector<ConstFloatView> inputs;
  std::vector<ConstFloatView> outputs;
  std::vector<ConstFloatView> output_gradients;
  std::vector<FloatView> input_gradients;
  uint64_t seed = 0;
};

/// What an operand becomes when its op is quantized.
enum class OperandRole : uint8_t {
  kActivation,  ///< int8, asymmetric, or int16, symmetric; range from calibration
  kWeights,     ///< int8, symmetric, one scale an index of the channel axis (-1: one for all)
  kBias,        ///< int32, beside int16 activations int64; scale = input scale * weights scale
  kKept,        ///< not touched (shapes, axes)
  kState,       ///< carried from one inference to the next: the op reads it and leaves what the next one finds
};

struct OperandRule {
  OperandRole role;
  int32_t channel_axis;
};
inline constexpr OperandRule kActivationOperand{OperandRole::kActivation, -1};
inline constexpr OperandRule kBiasOperand{OperandRole::kBias, -1};
inline constexpr OperandRule kKeptOperand{OperandRole::kKept, -1};
inline constexpr OperandRule kStateOperand{OperandRole::kState, -1};
constexpr OperandRule weights_operand(int32_t channel_axis) {
  return {OperandRole::kWeights, channel_axis};
}

/// How a float op becomes an integer one.
struct QuantizationRule {
  enum class Output : uint8_t {
    kCalibrated,   ///< range from calibration
    kSameAsInput,  ///< must share scale and zero point of operand first_activation() (pooling, reshape)
    kShared,       ///< range from calibration, which all activations among the operands share (concatenation)
    kFixed,        ///< fixed_for the activations' type, whatever the data
  };
  std::vector<OperandRule> inputs;
  Output output;
  Quantization fixed;  ///< in int8

  /// What a kFixed output has among int8 or int16 activations: in int16 the range is [-1, 1) for all such ops.
  [[nodiscard]] Quantization fixed_for(DType activations) const {
    return activations == DType::kInt16 ? Quantization{{1.0f / 32768}, {0}, 0} : fixed;
  }

  static QuantizationRule calibrated(std::vector<OperandRule> inputs) {
    return {std::move(inputs), Output::kCalibrated, {}};
  }
  static QuantizationRule like_input(std::vector<OperandRule> inputs) {
    return {std::move(inputs), Output::kSameAsInput, {}};
  }
  static QuantizationRule shared(std::vector<OperandRule> inputs) { return {std::move(inputs), Output::kShared, {}}; }
  static QuantizationRule fixed_to(Quantization output, std::vector<OperandRule> inputs) {
    return {std::move(inputs), Output::kFixed, std::move(output)};
  }
};

/// The operand whose scale a bias has, times that of the weights, and whose quantization an output may share: the first
/// activation.
[[nodiscard]] size_t first_activation(const QuantizationRule& rule);

/// An op's names in a `.tflite` file: the code in the BuiltinOperator enumeration and the one of its option table in
/// the BuiltinOptions union (0: none). A negative code means the op never appears in a finished file.
struct TfliteName {
  int32_t builtin = -1;
  int32_t options = 0;
};

/// In the shapes of an OpCase: an optional operand that the node has not.
inline const Shape kLeftOut = {-1};

/// The element type of a case's operand. kFloat32 stands for the form at hand: float32, int8 or int16 with scales. An
/// operand of any other type has it in every form, is computed at run time, and holds integers of [least, most].
struct CaseType {
  DType dtype;
  int32_t least, most;
  bool is_bounded;            ///< an operand of the form holds numbers of [least, most] too: what is defined
  Quantization quantization;  ///< what they stand for; none: themselves

  CaseType(DType type = DType::kFloat32, int32_t smallest = -4, int32_t largest = 4, Quantization scale = {})
      : dtype(type), least(smallest), most(largest), is_bounded(false), quantization(std::move(scale)) {}
  static CaseType within(int32_t least, int32_t most) {
    CaseType result(DType::kFloat32, least, most);
    result.is_bounded = true;
    return result;
  }
  [[nodiscard]] bool is_form() const { return dtype == DType::kFloat32; }
};

/// One example of an op for the suites that are generated for all: the attributes and what it is applied to.
/// Operands that the quantization rule calls weights or bias are constants; others are activations.
template <class T>
struct OpCase {
  std::string name;
  T op;
  std::vector<Shape> inputs;
  std::vector<std::pair<size_t, Tensor>> fixed;  ///< operands with a given content (a shape, axes)
  std::vector<CaseType> types;                   ///< of the first operands; those that are not listed have the form's

  OpCase(std::string case_name, T attributes, std::vector<Shape> shapes,
         std::vector<std::pair<size_t, Tensor>> contents = {}, std::vector<CaseType> operand_types = {})
      : name(std::move(case_name)),
        op(attributes),
        inputs(std::move(shapes)),
        fixed(std::move(contents)),
        types(std::move(operand_types)) {}

  [[nodiscard]] CaseType type(size_t operand) const { return operand < types.size() ? types[operand] : CaseType(); }

  /// The operands as the op sees them, where `form` is the type of numbers.
  [[nodiscard]] std::vector<Argument> arguments(DType form) const {
    std::vector<Argument> result;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == kLeftOut)
        result.push_back({{}, nullptr, true});
      else
        result.push_back({{type(i).is_form() ? form : type(i).dtype, inputs[i], type(i).quantization}, nullptr});
    }
    for (const auto& [operand, content] : fixed) {
      if (result.size() <= operand) result.resize(operand + 1);
      result[operand] = {content.type, &content};
    }
    return result;
  }

  /// Whether the operand is computed at run time, given its role in the quantization rule.
  [[nodiscard]] bool is_activation(size_t operand, OperandRole role) const {
    for (const auto& [index, content] : fixed)
      if (index == operand) return false;
    if (operand < inputs.size() && inputs[operand] == kLeftOut) return false;
    return role == OperandRole::kActivation || !type(operand).is_form();
  }
};

/// Reads or writes an op's attributes by name. `slot` is the field's place in the op's `.tflite` option table,
/// kNoSlot if it has none. The same walk serves the reader, the writer, the verifier, printing and comparing.
inline constexpr int kNoSlot = -1;

/// False for ops without a derivative that training could follow (a comparison, the index of the largest): they have no
/// `backward`, and training refuses to go through them.
template <class T>
constexpr bool differentiable() {
  if constexpr (requires { T::kDifferentiable; }) return T::kDifferentiable;
  return true;
}

/// What every op offers. An op is a value: its attributes are its members. Functions take shapes and views, never a
/// graph.
template <class T>
concept OpLike = std::default_initializable<T> && std::copyable<T> && std::equality_comparable<T> &&
                 requires(const T op, T mutable_op, Arguments arguments, ForwardContext& forward,
                          BackwardContext& backward, void (*visitor)(int, std::string_view, int32_t&)) {
                   { T::kName } -> std::convertible_to<std::string_view>;
                   { T::kTflite } -> std::convertible_to<TfliteName>;
                   /// Output types. Shapes and dtypes are checked; output quantization is left empty.
                   { op.infer(arguments) } -> std::same_as<Result<std::vector<TensorType>>>;
                   { op.forward(forward) } -> std::same_as<void>;
                   { op.quantization(arguments) } -> std::same_as<QuantizationRule>;
                   /// Integer or float kernel calls for these operands and outputs; refuses what no kernel computes.
                   { op.lower(arguments, arguments) } -> std::same_as<Result<Lowered>>;
                   /// Multiply-accumulates of one inference: inputs, outputs.
                   { op.macs(arguments, arguments) } -> std::same_as<int64_t>;
                   { T::cases() } -> std::same_as<std::vector<OpCase<T>>>;
                   requires !differentiable<T>() || requires { op.backward(backward); };
                 };

/// True if an op's integer forms need more than its quantization rule says (the scale of a state); its own tests build
/// them.
template <class T>
constexpr bool has_own_integer_forms() {
  if constexpr (requires { T::kOwnIntegerForms; }) return T::kOwnIntegerForms;
  return false;
}

/// "expects 3 operands (input, weights, bias), got 2"
[[nodiscard]] Result<> expect_operands(Arguments inputs, size_t least, size_t most, std::string_view what);

}  // namespace mote
