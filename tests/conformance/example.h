/// Examples of every op with content: what the suites generated for all ops run on.
#pragma once

#include <string>
#include <vector>

#include "base/rng.h"
#include "ops/all_ops.h"

namespace mote::testing {

/// One case of one op with a tensor for each operand. In float form all are float32, except operands that the case
/// gives (shapes, axes) or whose type it declares.
struct Example {
  std::string name;  ///< "conv2d.same_stride"
  Op op;
  std::vector<Tensor> operands;
  std::vector<bool> given;     ///< content comes with the case
  std::vector<bool> typed;     ///< of a type that the case declares, the same in every form
  std::vector<bool> left_out;  ///< optional operands that the node has not
  std::vector<bool> constant;  ///< known before the model runs: weights, biases, shapes

  /// False where every operand has a type of its own: the case is the same in every form.
  [[nodiscard]] bool has_forms() const;
  [[nodiscard]] std::vector<Argument> arguments() const;
  [[nodiscard]] QuantizationRule rule() const { return quantization(op, arguments()); }
};

/// Every case of every op in float form; activations uniform in [-2, 2), weights in [-1, 1), integers from the range
/// that the case declares, from a seed.
[[nodiscard]] std::vector<Example> all_examples();

/// The operands as forward and backward see them: views into `operands`, which must stay where it is.
class OperandViews {
 public:
  explicit OperandViews(const Example& example);
  std::vector<ConstFloatView> views;

 private:
  std::vector<std::vector<float>> numbers_;  ///< of operands of other types than float32
};

/// The float forward of an example; not training. Outputs by inference of the shapes, all carried as float32.
[[nodiscard]] std::vector<Tensor> run_forward(const Example& example, bool training = false, uint64_t seed = 7);

/// Scale and zero point of a tensor of this type that covers [low, high] and 0; symmetric for int16 and int32.
[[nodiscard]] Quantization covering(float low, float high, DType dtype = DType::kInt8);

/// An example with int8 or int16 activations, and the real values that its rounded operands stand for.
struct QuantizedExample {
  Example example;
  Example real;                     ///< float form, operands are the exact values of the integer ones
  std::vector<TensorType> outputs;  ///< with the quantization that the op's rule asks for
};
[[nodiscard]] Result<QuantizedExample> quantize(const Example& example, DType activations = DType::kInt8);

/// The real values of an integer tensor with scales, or the numbers of one without.
[[nodiscard]] std::vector<float> real_values(const Tensor& tensor);

}  // namespace mote::testing
