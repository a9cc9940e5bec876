#include "target/softmax.h"

#include "mote/rt/softmax_s8.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr Kernel kUntabled =
    walking(describe_kernel<&rt::softmax_untabled_s8>("softmax_untabled_s8", "SoftmaxS8", "softmax_s8"),
            kRowsTwice<rt::SoftmaxS8>);

/// Bytes of code that a table saves, and the most elements of a row, whose exponentials are kept in scratch memory.
constexpr size_t kCodeBytes = 320;
constexpr int32_t kMostDepth = 32;

bool multiplies_long(InstructionSet set) {
  return set == InstructionSet::kArmv7M || set == InstructionSet::kArmv7EM || set == InstructionSet::kHelium ||
         set == InstructionSet::kRv32;
}

}  // namespace

std::optional<Lowered> softmax_untabled(const Lowered& lowered, const Target& target) {
  if (target.optimize != Optimize::kSize || !multiplies_long(target.instruction_set)) return std::nullopt;
  if (lowered.calls.size() != 1 || lowered.calls[0].kernel->name != "softmax_s8") return std::nullopt;
  const KernelCall& call = lowered.calls[0];
  const auto& p = *static_cast<const rt::SoftmaxS8*>(call.parameters.get());
  if (lowered.constants[0].bytes.size() <= kCodeBytes || p.depth > kMostDepth) return std::nullopt;
  Lowered result;
  result.scratch.push_back(sizeof(int32_t) * static_cast<size_t>(p.depth));
  result.calls = {KernelCall::make(kUntabled, p, {call.operands.front(), Operand::scratch(0), call.operands.back()})};
  return result;
}

}  // namespace mote
