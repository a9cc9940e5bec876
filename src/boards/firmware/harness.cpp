// Reads inputs from a file of the host, runs the model on them one after the other, writes the outputs to another.
//
//   inputs.bin:  a word of flags, then for each inference all inputs in order
//   outputs.bin: for each inference all outputs in order
//   report.bin:  with kTimer or kPaint, for each inference the words of Report
#include <stdint.h>

#include "markers.h"
#include "mote_model.h"
#include "semihosting.h"

extern "C" uint32_t __stack_limit[];

namespace {

enum Flag : uint32_t { kReset = 1, kTimer = 2, kPaint = 4 };
enum ExitCode : int {
  kDone = 0,
  kNoInputs = 65,
  kShortInput = 66,
  kNoOutputs = 67,
  kCannotWrite = 68,
  kStackOverflow = 71
};

constexpr uint32_t kPattern = 0xA5C35A3Cu;

struct Report {
  uint32_t stack_pointer;  ///< at the call of invoke
  uint32_t lowest_dirty;   ///< lowest address whose paint is gone after it
  uint32_t ticks;          ///< of the timer across the call
  uint32_t ticks_empty;    ///< across nothing
};

alignas(MOTE_ARENA_ALIGNMENT) uint8_t arena[MOTE_ARENA_BYTES];

template <unsigned N>
constexpr unsigned length(const char (&)[N]) {
  return N - 1;
}

#if MOTE_TIMER_ADDRESS
volatile uint32_t* const timer = reinterpret_cast<volatile uint32_t*>(MOTE_TIMER_ADDRESS);
void start_timer() {
  timer[2] = 0xFFFFFFFFu;  // reload
  timer[1] = 0xFFFFFFFFu;  // value, counts down
  timer[0] = 1;            // enable
}
inline uint32_t now() {
  return timer[1];
}
#else
void start_timer() {}
inline uint32_t now() {
  return 0;
}
#endif

/// The emulated machine may swallow stores below its RAM, so the lowest words of the stack are watched.
constexpr int kGuardWords = 4;
void set_guard() {
  for (int i = 0; i < kGuardWords; ++i) static_cast<volatile uint32_t*>(__stack_limit)[i] = kPattern;
}
bool guard_is_whole() {
  for (int i = 0; i < kGuardWords; ++i)
    if (static_cast<volatile uint32_t*>(__stack_limit)[i] != kPattern) return false;
  return true;
}

/// Whether there was another input; exits on a torn one.
bool read_inputs(int file) {
  for (int i = 0; i < MOTE_INPUT_COUNT; ++i) {
    const uint32_t got = semihosting::read(file, mote_model_input(arena, i), kInputBytes[i]);
    if (got == 0 && i == 0) return false;
    if (got != kInputBytes[i]) semihosting::exit(kShortInput);
  }
  return true;
}

}  // namespace

int main() {
  const char inputs_name[] = "inputs.bin", outputs_name[] = "outputs.bin", report_name[] = "report.bin";
  const int inputs = semihosting::open(inputs_name, length(inputs_name), 1);
  const int outputs = semihosting::open(outputs_name, length(outputs_name), 5);
  uint32_t flags = 0;
  if (inputs < 0 || semihosting::read(inputs, &flags, sizeof flags) != sizeof flags) return kNoInputs;
  if (outputs < 0) return kNoOutputs;
  const bool reporting = (flags & (kTimer | kPaint)) != 0;
  const int report = reporting ? semihosting::open(report_name, length(report_name), 5) : 0;
  if (report < 0) return kCannotWrite;
  if (flags & kTimer) start_timer();

  set_guard();
  MOTE_MARK_INIT_BEGIN();
  mote_model_init(arena);
  MOTE_MARK_INIT_END();

  for (bool first = true;; first = false) {
    if ((flags & kReset) && !first) mote_model_reset(arena);
    if (!read_inputs(inputs)) return kDone;

    Report record{};
    const uintptr_t stack_pointer = machine::stack_pointer();
    const auto below_stack = [&](const volatile uint32_t* p) {
      return reinterpret_cast<uintptr_t>(p + 1) <= stack_pointer;
    };
    if (flags & kPaint)
      for (volatile uint32_t* p = __stack_limit; below_stack(p); ++p) *p = kPattern;
    // The readings stand unconditionally and as close as can be: between them are the call and two markers, for which
    // the empty measurement has two moves.
    const uint32_t empty_before = now();
    machine::two_moves();
    const uint32_t empty_after = now();
    const uint32_t before = now();
    MOTE_MARK_INVOKE_BEGIN();
    mote_model_invoke(arena);
    MOTE_MARK_INVOKE_END();
    const uint32_t after = now();
    if (!guard_is_whole()) return kStackOverflow;
    record.ticks_empty = empty_before - empty_after;
    record.ticks = before - after;

    if (flags & kPaint) {
      const volatile uint32_t* p = __stack_limit;
      while (below_stack(p) && *p == kPattern) ++p;
      record.lowest_dirty = machine::address(reinterpret_cast<uintptr_t>(p));
      record.stack_pointer = machine::address(stack_pointer);
    }
    for (int i = 0; i < MOTE_OUTPUT_COUNT; ++i)
      if (!semihosting::write(outputs, mote_model_output(arena, i), kOutputBytes[i])) return kCannotWrite;
    if (reporting && !semihosting::write(report, &record, sizeof record)) return kCannotWrite;
  }
}
