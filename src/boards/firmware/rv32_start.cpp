// Start-up of RV32: reset, traps.
#include "fault.h"

extern "C" {

extern uint32_t __stack_limit[], __stack_top[];
extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

int main();

__attribute__((naked, section(".mote_vectors"), used)) void mote_reset() {
  __asm__ volatile(
      ".option arch, +zicsr\n"
      "la sp, __stack_top\n"
      "la t0, mote_trap\n"
      "csrw mtvec, t0\n"
      "j mote_start");
}

[[noreturn]] __attribute__((used)) void mote_report_trap(uint32_t sp, uint32_t cause, uint32_t pc, uint32_t value) {
  report_fault(cause, sp, pc, value);
}

/// Nothing here expects a trap. The stack may be what is broken, so a fresh one is taken first.
__attribute__((naked, aligned(4), used)) void mote_trap() {
  __asm__ volatile(
      ".option arch, +zicsr\n"
      "mv a0, sp\n"
      "csrr a1, mcause\n"
      "csrr a2, mepc\n"
      "csrr a3, mtval\n"
      "la sp, __stack_top\n"
      "j mote_report_trap");
}

[[noreturn]] __attribute__((used)) void mote_start() {
  const uint32_t* from = __data_load;
  for (uint32_t* to = __data_start; to < __data_end;) *to++ = *from++;
  for (uint32_t* to = __bss_start; to < __bss_end;) *to++ = 0;
  semihosting::exit(static_cast<unsigned>(main()));
}

}  // extern "C"
