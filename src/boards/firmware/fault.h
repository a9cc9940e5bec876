#pragma once

#include <stdint.h>

#include "semihosting.h"

/// Where the stack pointer of a fault could not be used to read what was stored there.
constexpr uint32_t kUnknownPlace = 0xFFFFFFFFul;

inline void print_field(const char* name, uint32_t value) {
  char digits[11] = {'0', 'x'};
  for (int i = 0; i < 8; ++i) digits[2 + i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  digits[10] = 0;
  semihosting::print(name);
  semihosting::print(digits);
}

/// One line that the host takes apart, then exit code 70.
[[noreturn]] inline void report_fault(uint32_t exception, uint32_t sp, uint32_t pc, uint32_t status) {
  semihosting::print("mote-fault");
  print_field(" exception=", exception);
  print_field(" sp=", sp);
  print_field(" pc=", pc);
  print_field(" status=", status);
  semihosting::print("\n");
  semihosting::exit(70);
}
