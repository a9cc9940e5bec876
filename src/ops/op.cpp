#include "ops/op.h"

namespace mote {

size_t first_activation(const QuantizationRule& rule) {
  for (size_t i = 0; i < rule.inputs.size(); ++i)
    if (rule.inputs[i].role == OperandRole::kActivation) return i;
  return 0;
}

Result<> expect_operands(Arguments inputs, size_t least, size_t most, std::string_view what) {
  if (inputs.size() >= least && inputs.size() <= most) return {};
  return fail(ErrorCode::kBadInput, "expects {} operands ({}), got {}",
              least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most), what, inputs.size());
}

}  // namespace mote
