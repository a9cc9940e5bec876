#include "trace.h"

#include <utility>

namespace {

std::vector<mote::testing::MemoryAccess>* noted = nullptr;

void note(uintptr_t address, size_t bytes, bool is_store) {
  auto* const accesses = std::exchange(noted, nullptr);
  if (accesses == nullptr) return;
  accesses->push_back({address, bytes, is_store});
  noted = accesses;
}

}  // namespace

// What the compiler of traced_kernels.cpp calls before each access.
extern "C" {
#define MOTE_ACCESS_HOOK(kind, is_store)                           \
  void __asan_##kind##1_noabort(uintptr_t address) {               \
    note(address, 1, is_store);                                    \
  }                                                                \
  void __asan_##kind##2_noabort(uintptr_t address) {               \
    note(address, 2, is_store);                                    \
  }                                                                \
  void __asan_##kind##4_noabort(uintptr_t address) {               \
    note(address, 4, is_store);                                    \
  }                                                                \
  void __asan_##kind##8_noabort(uintptr_t address) {               \
    note(address, 8, is_store);                                    \
  }                                                                \
  void __asan_##kind##16_noabort(uintptr_t address) {              \
    note(address, 16, is_store);                                   \
  }                                                                \
  void __asan_##kind##N_noabort(uintptr_t address, size_t bytes) { \
    note(address, bytes, is_store);                                \
  }
MOTE_ACCESS_HOOK(load, false)
MOTE_ACCESS_HOOK(store, true)
void __asan_handle_no_return() {}
}

namespace mote::testing {

std::vector<MemoryAccess> trace(const Kernel& traced, const void* parameters, void* const* operands) {
  std::vector<MemoryAccess> accesses;
  noted = &accesses;
  traced.run(parameters, operands);
  noted = nullptr;
  return accesses;
}

}  // namespace mote::testing
