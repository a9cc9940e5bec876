// Start-up of AVR: reset. The core has no faults.
#include "semihosting.h"

extern "C" {

int main();

/// Sets what the compiler relies on (r1 is zero, the stack), copies .data from flash and clears .bss.
__attribute__((naked, section(".mote_vectors"), used)) void mote_reset() {
  __asm__ volatile(
      "clr r1\n"
      "out 0x3f, r1\n"
      "ldi r28, lo8(__stack_top - 1)\n"
      "ldi r29, hi8(__stack_top - 1)\n"
      "out 0x3e, r29\n"
      "out 0x3d, r28\n"
      "ldi r26, lo8(__data_start)\n"
      "ldi r27, hi8(__data_start)\n"
      "ldi r30, lo8(__data_load)\n"
      "ldi r31, hi8(__data_load)\n"
      "ldi r24, lo8(__data_end)\n"
      "ldi r25, hi8(__data_end)\n"
      "1: cp r26, r24\n"
      "cpc r27, r25\n"
      "breq 2f\n"
      "lpm r0, Z+\n"
      "st X+, r0\n"
      "rjmp 1b\n"
      "2: ldi r26, lo8(__bss_start)\n"
      "ldi r27, hi8(__bss_start)\n"
      "ldi r24, lo8(__bss_end)\n"
      "ldi r25, hi8(__bss_end)\n"
      "3: cp r26, r24\n"
      "cpc r27, r25\n"
      "breq 4f\n"
      "st X+, r1\n"
      "rjmp 3b\n"
      "4: jmp mote_start");
}

[[noreturn]] __attribute__((used)) void mote_start() {
  semihosting::exit(static_cast<unsigned>(main()));
}

}  // extern "C"
