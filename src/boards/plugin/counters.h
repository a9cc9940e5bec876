#pragma once

#include <cstddef>
#include <cstdint>

// What those who count (the plugin of QEMU, the simulator of AVR) and the host that reads their records agree on.
namespace mote {

/// Classes of instructions with a cost of their own in the cycle models. Every instruction is in exactly one class;
/// the sum over kAlu .. kVectorMemory is the number of instructions.
enum class Counter : uint8_t {
  kAlu,
  kMultiply,      ///< 32-bit results, and the DSP multiplies
  kMultiplyLong,  ///< 64-bit results
  kDivide,
  kLoad,           ///< one register (also of the floating-point unit)
  kLoadPipelined,  ///< a kLoad straight after a load or store that it does not depend on
  kStore,
  kMultiple,  ///< load or store of several registers, push, pop
  kBranch,    ///< also returns and jumps, taken or not
  kCall,
  kFloat,
  kFloatMultiplyAdd,
  kFloatDivide,     ///< division and square root
  kSystem,          ///< barriers, special registers
  kVector,          ///< Helium, what is neither of the next two
  kVectorMultiply,  ///< also multiply-accumulate
  kVectorMemory,
  // not instructions, but counted beside them:
  kMultipleWords,  ///< words moved by kMultiple
  kBranchesTaken,  ///< control went elsewhere than to the next instruction, by kBranch, kMultiple or kLoad (not kCall)
  kCycles,         ///< where the emulator knows them: AVR
  kCount,
};

inline constexpr size_t kCounterCount = static_cast<size_t>(Counter::kCount);
inline constexpr size_t kInstructionClasses = static_cast<size_t>(Counter::kMultipleWords);

inline constexpr uint32_t kRecordMagic = 0x4554'4F4D;
inline constexpr uint32_t kRecordVersion = 3;

/// First in the file.
struct RecordHeader {
  uint32_t magic = kRecordMagic, version = kRecordVersion, counters = kCounterCount;
  uint32_t unaligned_at = 0;  ///< with strict_alignment: the first instruction whose access was not aligned; 0: none
};

/// One execution of a marker instruction.
struct MarkerRecord {
  uint32_t address = 0;
  uint32_t lowest_store = 0;  ///< lowest address in the stack stored to since the marker before; 0xFFFFFFFF: none
  uint64_t counts[kCounterCount] = {};  ///< since the start, markers not counted
};

/// Where asked for, one in a second file for each instruction that was executed.
struct AddressCount {
  uint32_t address = 0, reserved = 0;
  uint64_t count = 0;  ///< inside inferences, all of them
};

}  // namespace mote
