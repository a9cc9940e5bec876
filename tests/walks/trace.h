/// What a kernel does to memory, load by load and store by store, in the order in which it does it.
#pragma once

#include <string_view>
#include <vector>

#include "target/kernel.h"

namespace mote::testing {

struct MemoryAccess {
  uintptr_t address;
  size_t bytes;
  bool is_store;
};

/// The kernel of this name, compiled such that its accesses are noted; null if this test does not know it.
[[nodiscard]] const Kernel* traced_kernel(std::string_view name);

/// Runs it and returns all it did.
[[nodiscard]] std::vector<MemoryAccess> trace(const Kernel& traced, const void* parameters, void* const* operands);

}  // namespace mote::testing
