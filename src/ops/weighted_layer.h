#pragma once

#include <span>
#include <vector>

#include "ops/quantize_math.h"

namespace mote {

/// The call of a layer with constant weights, int8: (input, weights, bias, factors, output).
template <class Parameters>
[[nodiscard]] Lowered lower_weighted_int8(const Kernel& kernel, const Parameters& parameters, const Tensor& weights,
                                          const ChannelConstants& channels) {
  Lowered lowered;
  lowered.constants = {{"weights", DType::kInt8, weights.data},
                       Constant::of<int32_t>("bias", DType::kInt32, channels.bias),
                       Constant::of<int32_t>("factors", DType::kInt32, channels.factors)};
  lowered.calls.push_back(KernelCall::make(
      kernel, parameters,
      {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::constant(2), Operand::output(0)}));
  return lowered;
}

/// The same in float32: (input, weights, bias, output). Operand 2 is the bias; a layer without one adds `outputs`
/// zeros.
template <class Parameters>
[[nodiscard]] Lowered lower_weighted_float(const Kernel& kernel, const Parameters& parameters, Arguments inputs,
                                           int32_t outputs) {
  const bool has_bias = inputs.size() > 2 && inputs[2].constant != nullptr;
  Lowered lowered;
  lowered.constants.push_back({"weights", DType::kFloat32, inputs[1].constant->data});
  lowered.constants.push_back(
      {"bias", DType::kFloat32,
       has_bias ? inputs[2].constant->data : std::vector<uint8_t>(static_cast<size_t>(outputs) * sizeof(float))});
  lowered.calls.push_back(KernelCall::make(
      kernel, parameters, {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::output(0)}));
  return lowered;
}

}  // namespace mote
