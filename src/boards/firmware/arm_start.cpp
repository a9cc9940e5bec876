// Start-up of Cortex-M: vector table, reset, faults.
#include <stdint.h>

#include "fault.h"

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
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  // CPACR: full access to the floating-point and vector units, before any code that may use it.
  *reinterpret_cast<volatile uint32_t*>(0xE000ED88) |= uint32_t{0xF} << 20;
  __asm__ volatile("dsb\nisb" ::: "memory");
#endif
  const uint32_t* from = __data_load;
  for (uint32_t* to = __data_start; to < __data_end;) *to++ = *from++;
  for (uint32_t* to = __bss_start; to < __bss_end;) *to++ = 0;
  semihosting::exit(static_cast<unsigned>(main()));
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

/// `frame` is the stack pointer the exception found: eight words, r0-r3, r12, lr, pc, xpsr, if they could be stored.
extern "C" void mote_report_fault(const uint32_t* frame, uint32_t exception) {
  const bool stored = frame >= __stack_limit && frame + 8 <= __stack_top;
  uint32_t status = 0;
#if __ARM_ARCH >= 7
  status = *reinterpret_cast<volatile uint32_t*>(0xE000ED28);  // CFSR
#endif
  report_fault(exception, reinterpret_cast<uint32_t>(frame), stored ? frame[6] : kUnknownPlace, status);
}
