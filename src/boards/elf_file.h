#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace mote {

struct ElfSection {
  std::string name;
  uint64_t address = 0, bytes = 0;
  bool loaded = false;  ///< takes room on the board at run time
  bool stored = false;  ///< and has content, which lies in flash
};

struct ElfFunction {
  std::string name;
  uint64_t address = 0, bytes = 0;
};

/// A function or constant with what it takes in flash.
struct ElfSymbol {
  std::string name, section;
  uint64_t bytes = 0;
};

/// What the figures need of a linked image.
struct ElfFile {
  std::vector<ElfSection> sections;
  std::vector<ElfFunction> functions;  ///< sorted by address
  std::vector<ElfSymbol> stored;       ///< functions and objects with a size, in sections that lie in flash
  Bytes markers;                       ///< content of .mote_markers
  uint64_t flash_end = 0;              ///< end of what is loaded into flash (load addresses)

  [[nodiscard]] uint64_t bytes_of(std::string_view section) const;
  /// The function that holds the address, or "".
  [[nodiscard]] std::string function_at(uint64_t address) const;
};

/// A C++ name as it is written in the source; other names as they are.
[[nodiscard]] std::string demangled(const std::string& name);

[[nodiscard]] Result<ElfFile> read_elf(const std::filesystem::path& path);

}  // namespace mote
