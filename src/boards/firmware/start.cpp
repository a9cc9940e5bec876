// Start-up of Cortex-M: vector table, reset, faults.
#include <stdint.h>

#include "semihosting.h"

extern "C" {

extern uint32_t __stack_limit[], __stack_top[];
extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

int main();

/// An exception that nobody expects is a fault. The stack may be what is broken, so a fresh one is taken first.
__attribute__((naked, used)) void mote_fault() {
  __asm__ volatile(
      "mov r0, sp\n"
      "mrs r1, ipsr\n"
      "ldr r2, =__stack_top\n"
      "mov sp, r2\n"
      "bl mote_report_fault\n"
      ".pool");
}

[[noreturn]] __attribute__((used)) void mote_report_fault(const uint32_t* frame, uint32_t exception);

[[noreturn]] __attribute__((used)) void mote_reset() {
#if defined(__ARM_FP)
  // CPACR: full access to the floating-point unit, before any code that may use it.
  *reinterpret_cast<volatile uint32_t*>(0xE000ED88) |= uint32_t{0xF} << 20;
  __asm__ volatile("dsb\nisb" ::: "memory");
#endif
  const uint32_t* from = __data_load;
  for (uint32_t* to = __data_start; to < __data_end;) *to++ = *from++;
  for (uint32_t* to = __bss_start; to < __bss_end;) *to++ = 0;
  semihosting::exit(static_cast<uint32_t>(main()));
}

__attribute__((section(".mote_vectors"), used)) void (*const mote_vectors[16])() = {
    reinterpret_cast<void (*)()>(__stack_top),
    mote_reset,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
    mote_fault,
};

}  // extern "C"

namespace {

void print_field(const char* name, uint32_t value) {
  char digits[11] = {'0', 'x'};
  for (int i = 0; i < 8; ++i) digits[2 + i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  digits[10] = 0;
  semihosting::print(name);
  semihosting::print(digits);
}

}  // namespace

/// One line that the host takes apart, then exit code 70. `frame` is the stack pointer the exception found: eight
/// words, r0-r3, r12, lr, pc, xpsr, if they could be stored.
extern "C" void mote_report_fault(const uint32_t* frame, uint32_t exception) {
  const bool stored = frame >= __stack_limit && frame + 8 <= __stack_top;
  uint32_t status = 0;
#if __ARM_ARCH >= 7
  status = *reinterpret_cast<volatile uint32_t*>(0xE000ED28);  // CFSR
#endif
  semihosting::print("mote-fault");
  print_field(" exception=", exception);
  print_field(" sp=", reinterpret_cast<uint32_t>(frame));
  print_field(" pc=", stored ? frame[6] : 0xFFFFFFFFu);
  print_field(" status=", status);
  semihosting::print("\n");
  semihosting::exit(70);
}
