#pragma once

#include <span>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "boards/elf_file.h"
#include "boards/instruction_mix.h"

namespace mote {

/// What the plugin's records say once every marker is known by its address.
struct CountedInference {
  InstructionMix mix;
  std::vector<InstructionMix> layers;        ///< by layer index; a layer that runs more than once has its sum
  std::vector<uint32_t> layer_lowest_store;  ///< by layer index, as lowest_store
  uint32_t lowest_store = 0xFFFFFFFF;        ///< lowest stack address stored to; 0xFFFFFFFF: none
};
struct CountedRun {
  uint32_t unaligned_at = 0;  ///< first instruction whose access the board's core would trap; 0: none
  InstructionMix init;
  std::vector<CountedInference> inferences;
};

/// Reads the file of records that the plugin wrote beside the image whose markers `elf` lists.
[[nodiscard]] Result<CountedRun> read_marker_records(std::span<const uint8_t> records, const ElfFile& elf);

}  // namespace mote
