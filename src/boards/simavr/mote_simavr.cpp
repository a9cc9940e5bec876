// Runs firmware on a simulated AVR and writes the same records as the plugin of QEMU, with the cycles. A program of its
// own, so that simavr (GPL) is linked to nothing else.
//
//   mote_simavr mcu=atmega328p elf=FILE out=FILE ram=ADDRESS stack_high=ADDRESS [addresses=FILE]
//
// Firmware reaches files of the working folder through `mov r12, r12` (firmware/avr_machine.h).
#include <elf.h>
#include <sim_avr.h>
#include <sim_core.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "boards/plugin/address_counts.h"
#include "boards/plugin/counters.h"
#include "boards/simavr/avr.h"

namespace {

using mote::Counter;

constexpr uint16_t kBeginMarker = 0x2CAA;  // mov r10, r10
constexpr uint16_t kEndMarker = 0x2CBB;    // mov r11, r11
constexpr uint16_t kCallHost = 0x2CCC;     // mov r12, r12
constexpr uint32_t kDataOffset = 0x800000;
constexpr uint32_t kNoStore = 0xFFFFFFFF;
enum ExitCode : int { kBadArguments = 2, kBadImage = 3, kCrash = 4, kStackOverflow = 71 };

[[noreturn]] void stop(int code, const std::string& message) {
  std::fprintf(stderr, "mote_simavr: %s\n", message.c_str());
  std::exit(code);
}

/// What the image stores in flash, by load address.
void load(avr_t& chip, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Elf32_Ehdr header;
  if (bytes.size() < sizeof header) stop(kBadImage, path + " is not an ELF file");
  std::memcpy(&header, bytes.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf32_Phdr segment;
    const size_t at = header.e_phoff + i * size_t{header.e_phentsize};
    if (at + sizeof segment > bytes.size()) stop(kBadImage, path + " is torn");
    std::memcpy(&segment, bytes.data() + at, sizeof segment);
    if (segment.p_type != PT_LOAD || segment.p_filesz == 0) continue;
    if (uint64_t{segment.p_paddr} + segment.p_filesz > uint64_t{chip.flashend} + 1 ||
        uint64_t{segment.p_offset} + segment.p_filesz > bytes.size())
      stop(kBadImage, path + " does not fit the chip");
    std::memcpy(chip.flash + segment.p_paddr, bytes.data() + segment.p_offset, segment.p_filesz);
  }
  chip.codeend = chip.flashend;
}

/// Semihosting for a core with 16-bit pointers.
class Host {
 public:
  explicit Host(avr_t& chip) : chip_(chip) {}

  /// The operation's result; sets `exit_code` where the firmware is done.
  uint16_t call(uint16_t operation, uint16_t argument, int& exit_code) {
    switch (operation) {
      case 0x01:
        return open(text(word(argument), word(argument, 2)), word(argument, 1));
      case 0x02:
        std::fclose(files_[word(argument)]);
        return 0;
      case 0x04:
        std::fputs(reinterpret_cast<const char*>(chip_.data + argument), stderr);
        return 0;
      case 0x05:
      case 0x06: {
        const uint16_t at = word(argument, 1), bytes = word(argument, 2);
        if (uint32_t{at} + bytes > uint32_t{chip_.ramend} + 1) return bytes;
        FILE* const file = files_[word(argument)];
        const size_t done = operation == 0x05 ? std::fwrite(chip_.data + at, 1, bytes, file)
                                              : std::fread(chip_.data + at, 1, bytes, file);
        return static_cast<uint16_t>(bytes - done);
      }
      case 0x20:
        exit_code = word(argument, 1);
        return 0;
      default:
        return 0xFFFF;
    }
  }

 private:
  uint16_t word(uint16_t argument, int index = 0) const {
    const uint8_t* const at = chip_.data + argument + 2 * index;
    return static_cast<uint16_t>(at[0] | at[1] << 8);
  }
  std::string text(uint16_t at, uint16_t length) const {
    return {reinterpret_cast<const char*>(chip_.data + at), length};
  }
  uint16_t open(const std::string& name, uint16_t mode) {
    FILE* const file = std::fopen(name.c_str(), mode == 1 ? "rb" : "wb");
    if (file == nullptr) return 0xFFFF;
    files_[++last_] = file;
    return last_;
  }

  avr_t& chip_;
  std::map<uint16_t, FILE*> files_;
  uint16_t last_ = 0;
};

/// Runs one instruction after the other and counts.
class Run {
 public:
  Run(avr_t& chip, FILE* out, uint32_t ram, uint32_t stack_high)
      : chip_(chip), host_(chip), out_(out), ram_(ram & 0xFFFF), stack_high_(stack_high & 0xFFFF) {}

  int until_exit() {
    const mote::RecordHeader header;
    std::fwrite(&header, sizeof header, 1, out_);
    int exit_code = -1;
    while (exit_code < 0) step(exit_code);
    return exit_code;
  }
  [[nodiscard]] const mote::AddressCounts& addresses() const { return addresses_; }

 private:
  uint16_t opcode(uint32_t at) const { return static_cast<uint16_t>(chip_.flash[at] | chip_.flash[at + 1] << 8); }

  void step(int& exit_code) {
    const uint32_t pc = chip_.pc;
    const uint16_t op = opcode(pc);
    if (op == kCallHost) {
      const auto pair = [this](int low) { return static_cast<uint16_t>(chip_.data[low] | chip_.data[low + 1] << 8); };
      const uint16_t result = host_.call(pair(24), pair(22), exit_code);
      chip_.data[24] = static_cast<uint8_t>(result);
      chip_.data[25] = static_cast<uint8_t>(result >> 8);
      chip_.pc = pc + 2;
      return;
    }
    const bool marker = op == kBeginMarker || op == kEndMarker;
    if (marker) {
      write_record(pc);
      op == kBeginMarker ? addresses_.begin() : addresses_.end();
    }
    if (const int32_t stored = mote::avr::store_address(op, opcode(pc + 2), chip_.data); stored >= 0)
      if (watch(static_cast<uint32_t>(stored), op)) {
        exit_code = kStackOverflow;
        return;
      }
    const avr_cycle_count_t before = chip_.cycle;
    chip_.run_cycle_count = 0;  // one instruction at a time
    chip_.pc = avr_run_one(&chip_);
    if (chip_.state == cpu_Crashed || chip_.pc > chip_.flashend) stop(kCrash, "the core left its program");
    if (marker) return;
    ++addresses_.at(pc);
    const mote::Decoded decoded = mote::avr::decode(op);
    ++count(decoded.counter);
    count(Counter::kCycles) += chip_.cycle - before;
    if (decoded.jumps && chip_.pc != pc + (mote::avr::is_wide(op) ? 4 : 2)) ++count(Counter::kBranchesTaken);
  }

  /// Whether the store is below the RAM: the stack has run out. Registers of the chip are written by sts, never through
  /// a pointer.
  bool watch(uint32_t address, uint16_t op) {
    const bool direct = (op & 0xFE0F) == 0x9200;
    if (address < ram_ && !direct) return true;
    if (address >= ram_ && address < stack_high_ && (lowest_ == kNoStore || address < lowest_)) lowest_ = address;
    return false;
  }

  uint64_t& count(Counter which) { return counts_[static_cast<size_t>(which)]; }

  void write_record(uint32_t address) {
    mote::MarkerRecord record;
    record.address = address;
    record.lowest_store = lowest_ == kNoStore ? kNoStore : lowest_ + kDataOffset;
    std::memcpy(record.counts, counts_, sizeof record.counts);
    std::fwrite(&record, sizeof record, 1, out_);
    lowest_ = kNoStore;
  }

  avr_t& chip_;
  Host host_;
  FILE* out_;
  mote::AddressCounts addresses_;
  uint32_t ram_, stack_high_, lowest_ = kNoStore;
  uint64_t counts_[mote::kCounterCount] = {};
};

}  // namespace

int main(int count, char** words) {
  std::map<std::string, std::string> arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--version") {
      std::printf("simavr %s\n", MOTE_SIMAVR_VERSION);
      return 0;
    }
    const size_t equal = word.find('=');
    arguments[word.substr(0, equal)] = equal == std::string::npos ? "" : word.substr(equal + 1);
  }
  avr_t* const chip = avr_make_mcu_by_name(arguments["mcu"].c_str());
  if (chip == nullptr) stop(kBadArguments, "simavr does not know the chip '" + arguments["mcu"] + "'");
  avr_init(chip);
  chip->frequency = 16'000'000;
  chip->log = 0;
  load(*chip, arguments["elf"]);
  FILE* const out = std::fopen(arguments["out"].c_str(), "wb");
  if (out == nullptr) stop(kBadArguments, "cannot write " + arguments["out"]);
  const auto number = [&](const char* key) {
    return static_cast<uint32_t>(std::strtoul(arguments[key].c_str(), nullptr, 0));
  };
  Run run(*chip, out, number("ram"), number("stack_high"));
  const int code = run.until_exit();
  std::fclose(out);
  if (!arguments["addresses"].empty()) {
    FILE* const file = std::fopen(arguments["addresses"].c_str(), "wb");
    if (file == nullptr) stop(kBadArguments, "cannot write " + arguments["addresses"]);
    run.addresses().write(file);
    std::fclose(file);
  }
  return code;
}
