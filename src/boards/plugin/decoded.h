#pragma once

#include "boards/plugin/counters.h"

namespace mote {

/// What the counting needs to know of an instruction.
struct Decoded {
  Counter counter = Counter::kAlu;
  uint8_t words = 0;      ///< moved by kMultiple
  bool jumps = false;     ///< may set the program counter (calls apart)
  bool single = false;    ///< a load or store of one register: the next one can follow in its shadow
  uint8_t target = 0xFF;  ///< register loaded by a kLoad
  uint8_t base = 0xFF;    ///< register it is addressed by
  uint8_t index = 0xFF;   ///< second register of the address
};

}  // namespace mote
