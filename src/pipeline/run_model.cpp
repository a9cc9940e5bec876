#include "pipeline/run_model.h"

#include "base/rng.h"

#include <algorithm>

namespace mote {

size_t bytes_of(const std::vector<Port>& ports) {
  size_t total = 0;
  for (const Port& port : ports) total += port.type.bytes();
  return total;
}

Batch run_on_host(Interpreter& interpreter, const Batch& inputs, StateUse state) {
  const Plan& plan = interpreter.plan();
  Batch outputs;
  outputs.inferences = inputs.inferences;
  outputs.bytes.reserve(inputs.inferences * bytes_of(plan.outputs));
  auto next = inputs.bytes.begin();
  for (size_t n = 0; n < inputs.inferences; ++n) {
    if (n == 0 || state == StateUse::kReset) interpreter.reset();
    for (size_t i = 0; i < plan.inputs.size(); ++i) {
      const std::span<uint8_t> to = interpreter.input(i);
      std::copy_n(next, to.size(), to.begin());
      next += static_cast<ptrdiff_t>(to.size());
    }
    interpreter.invoke();
    for (size_t i = 0; i < plan.outputs.size(); ++i) {
      const std::span<const uint8_t> from = interpreter.output(i);
      outputs.bytes.insert(outputs.bytes.end(), from.begin(), from.end());
    }
  }
  return outputs;
}

Batch random_inputs(const std::vector<Port>& inputs, size_t count, uint64_t seed) {
  Rng rng(seed);
  Batch batch;
  batch.inferences = count;
  for (size_t n = 0; n < count; ++n)
    for (const Port& port : inputs) {
      Tensor tensor(port.type);
      if (port.type.dtype == DType::kFloat32)
        for (float& x : tensor.as<float>()) x = static_cast<float>(rng.normal());
      else
        for (uint8_t& x : tensor.data) x = static_cast<uint8_t>(rng.next());
      batch.bytes.insert(batch.bytes.end(), tensor.data.begin(), tensor.data.end());
    }
  return batch;
}

}  // namespace mote
