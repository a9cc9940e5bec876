#pragma once

#include <atomic>

namespace mote {

/// Turns the first Ctrl-C (SIGINT, SIGTERM) into a flag that long work looks at; a second one ends the program.
[[nodiscard]] const std::atomic<bool>& catch_interrupts();

}  // namespace mote
