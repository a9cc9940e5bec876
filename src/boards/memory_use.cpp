#include "boards/memory_use.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/files.h"
#include "boards/elf_file.h"

namespace mote {

namespace {

struct ImageBytes {
  uint64_t code = 0, tables = 0, model = 0, ram = 0, flash_total = 0;
  std::vector<ElfSymbol> symbols;
};

Result<ImageBytes> image_bytes(const Board& board, const std::filesystem::path& elf) {
  MOTE_TRY_ASSIGN(const ElfFile file, read_elf(elf));
  ImageBytes bytes;
  bytes.symbols = file.stored;
  bytes.model = file.bytes_of(".mote_model");
  bytes.tables = file.bytes_of(".mote_tables");
  bytes.ram = file.bytes_of(".data") + file.bytes_of(".bss");
  for (const ElfSection& section : file.sections)
    if (section.stored && section.name != ".mote_model") bytes.code += section.bytes;
  bytes.flash_total = file.flash_end - board.emulator->flash_origin;
  return bytes;
}

Result<ImageBytes> empty_image_bytes(const Board& board, const ModelInterface& interface) {
  static std::mutex mutex;
  static std::map<std::string, ImageBytes> known;
  const std::string key = fmt::format("{} {} {} {} {} {}", board.compiler_prefix, fmt::join(board.compiler_flags, " "),
                                      board.emulator->timer_address, interface.arena_alignment,
                                      fmt::join(interface.input_bytes, ","), fmt::join(interface.output_bytes, ","));
  const std::scoped_lock lock(mutex);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  MOTE_TRY_ASSIGN(const TemporaryFolder folder, TemporaryFolder::make("mote-empty"));
  MOTE_TRY_ASSIGN(const Image image, build_image(board, empty_model(interface), {}, folder.path()));
  MOTE_TRY_ASSIGN(const ImageBytes bytes, image_bytes(board, image.elf));
  known.emplace(key, bytes);
  return bytes;
}

std::vector<FlashSymbol> symbols_of(const ImageBytes& whole, const ImageBytes& empty) {
  std::set<std::string> of_the_harness;
  for (const ElfSymbol& symbol : empty.symbols) of_the_harness.insert(symbol.name);
  std::vector<FlashSymbol> symbols;
  for (const ElfSymbol& symbol : whole.symbols) {
    const char* const part = symbol.section == ".mote_model"        ? "model"
                             : symbol.section == ".mote_tables"     ? "tables"
                             : of_the_harness.contains(symbol.name) ? "start-up"
                                                                    : "code";
    symbols.push_back({symbol.name, part, symbol.bytes});
  }
  std::stable_sort(symbols.begin(), symbols.end(),
                   [](const FlashSymbol& a, const FlashSymbol& b) { return a.bytes > b.bytes; });
  return symbols;
}

uint64_t less(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

Result<MemoryUse> memory_use(const Board& board, const Image& image) {
  MOTE_TRY_ASSIGN(const ImageBytes whole, image_bytes(board, image.elf));
  MOTE_TRY_ASSIGN(const ImageBytes empty, empty_image_bytes(board, image.interface));
  return MemoryUse{less(whole.code, empty.code), whole.tables,      whole.model,
                   less(whole.ram, empty.ram),   whole.flash_total, whole.ram,
                   symbols_of(whole, empty)};
}

}  // namespace mote
