#include "guarded_run.h"

#include <algorithm>
#include <cstdint>

namespace mote::testing {

namespace {

/// Memory of one operand: content at an address that is a multiple of its element's size and not of twice that.
class GuardedBuffer {
 public:
  GuardedBuffer(std::string name, DType dtype, std::span<const uint8_t> content, bool writable)
      : name_(std::move(name)), original_(content.begin(), content.end()), writable_(writable) {
    storage_.assign(content.size() + 2 * kGuard + 32, kPattern);
    const auto address = reinterpret_cast<uintptr_t>(storage_.data() + kGuard);
    const auto element = static_cast<size_t>(std::max(bits(dtype) / 8, 1));
    start_ = kGuard + (16 - address % 16) % 16 + element;
    std::copy(content.begin(), content.end(), storage_.begin() + static_cast<std::ptrdiff_t>(start_));
  }

  [[nodiscard]] void* data() { return storage_.data() + start_; }
  [[nodiscard]] std::vector<uint8_t> content() const {
    const auto begin = storage_.begin() + static_cast<std::ptrdiff_t>(start_);
    return {begin, begin + static_cast<std::ptrdiff_t>(original_.size())};
  }

  void check(std::vector<std::string>& violations) const {
    const auto is_pattern = [](uint8_t byte) { return byte == kPattern; };
    const auto begin = storage_.begin() + static_cast<std::ptrdiff_t>(start_);
    const auto end = begin + static_cast<std::ptrdiff_t>(original_.size());
    if (!std::all_of(storage_.begin(), begin, is_pattern)) violations.push_back(name_ + ": wrote before its start");
    if (!std::all_of(end, storage_.end(), is_pattern)) violations.push_back(name_ + ": wrote behind its end");
    if (!writable_ && content() != original_) violations.push_back(name_ + ": changed");
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr uint8_t kPattern = 0xA5;
  std::string name_;
  std::vector<uint8_t> original_;
  bool writable_;
  std::vector<uint8_t> storage_;
  size_t start_ = 0;
};

bool is_state(const Lowered& lowered, size_t input) {
  for (const KernelCall& call : lowered.calls)
    for (const Operand& operand : call.operands)
      if (operand == Operand::state(static_cast<int32_t>(input))) return true;
  return false;
}

}  // namespace

GuardedRun run_guarded(const Lowered& lowered, const std::vector<Tensor>& inputs,
                       const std::vector<TensorType>& outputs) {
  std::vector<GuardedBuffer> in;
  std::vector<GuardedBuffer> out;
  std::vector<GuardedBuffer> constants;
  std::vector<GuardedBuffer> scratch;
  for (size_t i = 0; i < inputs.size(); ++i)
    in.emplace_back(fmt::format("input {}", i), inputs[i].type.dtype, inputs[i].data, is_state(lowered, i));
  for (size_t i = 0; i < outputs.size(); ++i)
    out.emplace_back(fmt::format("output {}", i), outputs[i].dtype, std::vector<uint8_t>(outputs[i].bytes(), 0x5A),
                     true);
  for (const Constant& c : lowered.constants) constants.emplace_back(c.role, c.dtype, c.bytes, false);
  for (size_t i = 0; i < lowered.scratch.size(); ++i)
    scratch.emplace_back(fmt::format("scratch {}", i), DType::kInt64, std::vector<uint8_t>(lowered.scratch[i]), true);

  for (const KernelCall& call : lowered.calls) {
    std::vector<void*> pointers;
    for (const Operand& operand : call.operands) {
      const auto at = static_cast<size_t>(operand.index);
      switch (operand.kind) {
        case Operand::Kind::kNone:
          pointers.push_back(nullptr);
          break;
        case Operand::Kind::kState:
        case Operand::Kind::kInput:
          pointers.push_back(in.at(at).data());
          break;
        case Operand::Kind::kOutput:
          pointers.push_back(out.at(at).data());
          break;
        case Operand::Kind::kConstant:
          pointers.push_back(constants.at(at).data());
          break;
        case Operand::Kind::kScratch:
          pointers.push_back(scratch.at(at).data());
          break;
      }
    }
    call.kernel->run(call.parameters.get(), pointers.data());
  }

  GuardedRun result;
  for (const auto* group : {&in, &out, &constants, &scratch})
    for (const GuardedBuffer& buffer : *group) buffer.check(result.violations);
  for (const GuardedBuffer& buffer : in) result.inputs.push_back(buffer.content());
  for (size_t i = 0; i < outputs.size(); ++i)
    result.outputs.emplace_back(outputs[i], lowered.calls.empty() ? in.at(0).content() : out[i].content());
  return result;
}

}  // namespace mote::testing
