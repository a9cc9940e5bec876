#include "ops/dropout.h"

#include <algorithm>

#include "base/rng.h"

namespace mote {

namespace {
/// What each element is multiplied by: 0 or 1 / (1 - rate), from the seed alone.
class Mask {
 public:
  Mask(float rate, uint64_t seed) : rate_(rate), kept_(1 / (1 - rate)), rng_(seed) {}
  float next() { return rng_.uniform() < static_cast<double>(rate_) ? 0.0f : kept_; }

 private:
  float rate_;
  float kept_;
  Rng rng_;
};
}  // namespace

Result<std::vector<TensorType>> Dropout::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (!(rate >= 0 && rate < 1))
    return fail(ErrorCode::kBadInput, "a dropout rate of {}; it must be at least 0 and less than 1", rate);
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

void Dropout::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  const auto output = context.outputs[0].data;
  if (!context.training) {
    std::copy(input.begin(), input.end(), output.begin());
    return;
  }
  Mask mask(rate, context.seed);
  for (size_t i = 0; i < input.size(); ++i) output[i] = input[i] * mask.next();
}

void Dropout::backward(BackwardContext& context) const {
  const auto result = context.input_gradients[0].data;
  Mask mask(rate, context.seed);
  for (size_t i = 0; i < result.size(); ++i) result[i] += context.output_gradients[0].data[i] * mask.next();
}

QuantizationRule Dropout::quantization(Arguments) const {
  return QuantizationRule::like_input({kActivationOperand});
}

Result<Lowered> Dropout::lower(Arguments, Arguments) const {
  return Lowered{};
}

std::vector<OpCase<Dropout>> Dropout::cases() {
  return {{"half", {}, {{4, 25}}}, {"fifth", {0.2f}, {{2, 5, 7}}}};
}

}  // namespace mote
