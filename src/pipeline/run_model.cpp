#include "pipeline/run_model.h"

#include <algorithm>

namespace mote {

size_t bytes_of(const std::vector<Port>& ports) {
  size_t total = 0;
  for (const Port& port : ports) total += port.type.bytes();
  return total;
}

Batch run_on_host(Interpreter& interpreter, const Batch& inputs) {
  const Plan& plan = interpreter.plan();
  Batch outputs;
  outputs.inferences = inputs.inferences;
  outputs.bytes.reserve(inputs.inferences * bytes_of(plan.outputs));
  auto next = inputs.bytes.begin();
  for (size_t n = 0; n < inputs.inferences; ++n) {
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

}  // namespace mote
