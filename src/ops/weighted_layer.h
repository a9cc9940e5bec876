#pragma once

#include <array>
#include <vector>

#include "mote/rt/weighted_sum.h"
#include "ops/quantize_math.h"

namespace mote {

/// The number formats that layers with weights run in: activations, weights, bias.
enum class WeightedForm : uint8_t {
  kFloat,         ///< float32 throughout
  kInt8,          ///< int8, int8, int32
  kInt8Weights4,  ///< int8, int4, int32
  kInt16,         ///< int16, int8, int64
  kInt16Bias32,   ///< int16, int8, int32: sums in 32 bits
};
/// One kernel a form, in that order; null where the layer has none.
using WeightedKernels = std::array<const Kernel*, 5>;

/// Where a layer keeps its operands, and how it treats them.
struct WeightedOperands {
  size_t input = 0, weights = 1, bias = 2;
  int32_t channel_axis = 0;      ///< of the weights: the outputs
  bool folds_zero_point = true;  ///< the kernel's bias contains the input's zero point
};

/// Refuses a bias that does not have one number an output. A bias that was left out passes.
[[nodiscard]] Result<> expect_bias(Arguments inputs, const WeightedOperands& operands, int32_t channels);
/// The bias that forward starts from; empty if it was left out.
[[nodiscard]] std::span<const float> bias_of(const std::vector<ConstFloatView>& inputs,
                                             const WeightedOperands& operands);

namespace internal {
/// What the kernels read besides the input: weights, bias and, in integers, factors.
struct WeightedConstants {
  WeightedForm form = WeightedForm::kFloat;
  std::vector<Constant> constants;
  std::vector<Operand> operands;  ///< the call's, without input and output
  int32_t input_zero_point = 0;
  rt::IntegerStage end{};
};
[[nodiscard]] Result<WeightedConstants> weighted_constants(const WeightedOperands& operands, Activation activation,
                                                           Arguments inputs, const TensorType& output);
[[nodiscard]] Result<const Kernel*> kernel_of(const WeightedKernels& kernels, WeightedForm form);
}  // namespace internal

/// The call of a layer with weights: (input, weights, bias, output) in float32, (input, weights, bias, factors, output)
/// in integers. A layer without bias adds zeros. Refuses what no kernel computes as the reference does: weights that
/// are not symmetric, sums that could leave the accumulator (rule K3).
template <class Shape>
[[nodiscard]] Result<Lowered> lower_weighted(const WeightedKernels& kernels, const WeightedOperands& operands,
                                             const Shape& shape, Activation activation, Arguments inputs,
                                             Arguments outputs) {
  MOTE_TRY_ASSIGN(internal::WeightedConstants layer,
                  internal::weighted_constants(operands, activation, inputs, outputs[0].type));
  MOTE_TRY_ASSIGN(const Kernel* kernel, internal::kernel_of(kernels, layer.form));
  std::vector<Operand> places = {Operand::input(static_cast<int32_t>(operands.input))};
  places.insert(places.end(), layer.operands.begin(), layer.operands.end());
  places.push_back(Operand::output(0));
  Lowered lowered;
  lowered.constants = std::move(layer.constants);
  const FloatRange range = float_range(activation);
  if (layer.form == WeightedForm::kFloat)
    lowered.calls.push_back(
        KernelCall::make(*kernel, rt::WeightedF32<Shape>{shape, range.low, range.high}, std::move(places)));
  else
    lowered.calls.push_back(KernelCall::make(
        *kernel, rt::WeightedInteger<Shape>{shape, layer.input_zero_point, layer.end}, std::move(places)));
  return lowered;
}

}  // namespace mote
