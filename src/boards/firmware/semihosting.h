#pragma once

#include <stddef.h>
#include <stdint.h>

// Arm semihosting (the "Semihosting for AArch32 and AArch64" specification): the emulator answers a breakpoint with a
// number, so that firmware can read and write files of the host.
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
  register uint32_t r0 __asm__("r0") = static_cast<uint32_t>(operation);
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc");
  return r0;
}

/// A handle, or -1. `mode` is 1 to read bytes, 5 to write them.
inline int open(const char* name, size_t length, uint32_t mode) {
  const uint32_t arguments[3] = {reinterpret_cast<uint32_t>(name), mode, static_cast<uint32_t>(length)};
  return static_cast<int>(call(Operation::kOpen, arguments));
}

/// How many bytes were read: fewer than asked for only at the end of the file.
inline uint32_t read(int file, void* to, uint32_t bytes) {
  const uint32_t arguments[3] = {static_cast<uint32_t>(file), reinterpret_cast<uint32_t>(to), bytes};
  return bytes - call(Operation::kRead, arguments);
}

/// Whether all was written.
inline bool write(int file, const void* from, uint32_t bytes) {
  const uint32_t arguments[3] = {static_cast<uint32_t>(file), reinterpret_cast<uint32_t>(from), bytes};
  return call(Operation::kWrite, arguments) == 0;
}

inline void close(int file) {
  const uint32_t arguments[1] = {static_cast<uint32_t>(file)};
  call(Operation::kClose, arguments);
}

/// To the emulator's standard error.
inline void print(const char* text) {
  call(Operation::kWriteText, text);
}

[[noreturn]] inline void exit(uint32_t code) {
  const uint32_t application_exit = 0x20026;
  const uint32_t arguments[2] = {application_exit, code};
  call(Operation::kExitExtended, arguments);
  for (;;) {
  }
}

}  // namespace semihosting
