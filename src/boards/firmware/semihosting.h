#pragma once

#include <stddef.h>
#include <stdint.h>

#include "machine.h"

// Arm's semihosting operations (the "Semihosting for AArch32 and AArch64" specification), by which firmware reads and
// writes files of the host; other machines use the same numbers and arguments.
namespace semihosting {

enum class Operation : uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWriteText = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kExitExtended = 0x20,
};

inline uint32_t call(Operation operation, const void* argument) {
  return machine::call_host(static_cast<uint32_t>(operation), argument);
}

inline uintptr_t word(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

/// A handle, or -1. `mode` is 1 to read bytes, 5 to write them.
inline int open(const char* name, size_t length, unsigned mode) {
  const uintptr_t arguments[3] = {word(name), mode, length};
  return static_cast<int>(call(Operation::kOpen, arguments));
}

/// How many bytes were read: fewer than asked for only at the end of the file.
inline uint32_t read(int file, void* to, uint32_t bytes) {
  const uintptr_t arguments[3] = {static_cast<uintptr_t>(file), word(to), static_cast<uintptr_t>(bytes)};
  return bytes - call(Operation::kRead, arguments);
}

/// Whether all was written.
inline bool write(int file, const void* from, uint32_t bytes) {
  const uintptr_t arguments[3] = {static_cast<uintptr_t>(file), word(from), static_cast<uintptr_t>(bytes)};
  return call(Operation::kWrite, arguments) == 0;
}

/// To the emulator's standard error.
inline void print(const char* text) {
  call(Operation::kWriteText, text);
}

[[noreturn]] inline void exit(unsigned code) {
  const uintptr_t application_exit = static_cast<uintptr_t>(0x20026ul);
  const uintptr_t arguments[2] = {application_exit, code};
  call(Operation::kExitExtended, arguments);
  for (;;) {
  }
}

}  // namespace semihosting
