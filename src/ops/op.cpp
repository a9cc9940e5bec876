#include "ops/op.h"

namespace mote {

Result<> expect_operands(Arguments inputs, size_t least, size_t most, std::string_view what) {
  if (inputs.size() >= least && inputs.size() <= most) return {};
  return fail(ErrorCode::kBadInput, "expects {} operands ({}), got {}",
              least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most), what, inputs.size());
}

}  // namespace mote
