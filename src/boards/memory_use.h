#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "boards/image.h"

namespace mote {

/// What takes the flash.
struct FlashSymbol {
  std::string name, part;  ///< part: "code", "tables", "model" or "start-up"
  uint64_t bytes = 0;
};

/// What an image takes on the board, in bytes, read from the linked ELF.
struct MemoryUse {
  /// Code, read-only data and initialised data without the model's constants, less the same image with an empty model.
  uint64_t flash_code_bytes = 0;
  uint64_t flash_tables_bytes = 0;   ///< derived tables, also part of the code
  uint64_t flash_model_bytes = 0;    ///< weights, biases, requantization
  uint64_t ram_static_bytes = 0;     ///< data and bss with the arena, less the same image with an empty model
  uint64_t flash_total_bytes = 0;    ///< the whole image with start-up and harness
  uint64_t ram_total_bytes = 0;      ///< the whole image, without the stack
  std::vector<FlashSymbol> symbols;  ///< the largest first

  /// What the image holds besides code, tables and model.
  [[nodiscard]] uint64_t flash_startup_bytes() const {
    return flash_total_bytes - flash_code_bytes - flash_model_bytes;
  }
};

/// Builds the empty twin of the image once for a board and an interface and keeps its figures for the process.
[[nodiscard]] Result<MemoryUse> memory_use(const Board& board, const Image& image);

}  // namespace mote
