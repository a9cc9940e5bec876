#include "target/access.h"

namespace mote {

namespace {

std::string_view element_type(std::string_view pointer) {
  if (pointer.starts_with("const ")) pointer.remove_prefix(6);
  if (pointer.ends_with("*")) pointer.remove_suffix(1);
  return pointer;
}

/// Bytes, which may alias everything.
bool is_byte(std::string_view type) {
  return type == "int8_t" || type == "uint8_t";
}

}  // namespace

size_t element_bytes(std::string_view pointer) {
  const std::string_view type = element_type(pointer);
  if (is_byte(type) || type == "bool") return 1;
  if (type == "int16_t" || type == "uint16_t") return 2;
  if (type == "int32_t" || type == "float") return 4;
  if (type == "int64_t") return 8;
  return 0;
}

bool may_overlap(const Kernel& kernel, size_t input, size_t output) {
  if (kernel.access == nullptr || kernel.access->steps == nullptr) return false;
  const std::string_view from = kernel.pointers[input];
  const std::string_view to = kernel.pointers[output];
  if (element_bytes(from) == 0 || element_bytes(to) == 0) return false;
  return element_type(from) == element_type(to) || is_byte(element_type(from)) || is_byte(element_type(to));
}

void for_each_step(const KernelCall& call, size_t input, size_t output, const StepVisitor& visit) {
  const auto in = static_cast<int64_t>(element_bytes(call.kernel->pointers[input]));
  const auto out = static_cast<int64_t>(element_bytes(call.kernel->pointers[output]));
  call.kernel->access->steps(call.parameters.get(), input, [&](const AccessStep& step) {
    visit({step.first * in, step.end * in, step.written * out});
  });
}

int64_t grain_bytes(const KernelCall& call, size_t input) {
  const auto grain = call.kernel->access->grain;
  return grain == nullptr
             ? 1
             : grain(call.parameters.get()) * static_cast<int64_t>(element_bytes(call.kernel->pointers[input]));
}

}  // namespace mote
