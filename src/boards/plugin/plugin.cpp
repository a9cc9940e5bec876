// A plugin of QEMU's translator that counts what the emulated core executes, by class, and writes a record at every
// marker instruction (firmware/markers.h). Counts are exact: the same program gives the same numbers on every run.
//
//   -plugin mote_qemu_plugin.so,isa=thumb|rv32,out=FILE,stack_low=ADDRESS,stack_high=ADDRESS
//           [,strict_alignment=1][,addresses=FILE]
//
// strict_alignment remembers the first access that a core without unaligned access would trap; addresses counts each
// instruction apart.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "boards/plugin/address_counts.h"
#include "boards/plugin/counters.h"
#include "boards/plugin/qemu_api.h"
#include "boards/plugin/rv32.h"
#include "boards/plugin/thumb.h"

namespace {

using mote::Counter;

/// What differs from one instruction set to the next.
struct InstructionSet {
  std::string_view name;
  uint32_t begin_marker, end_marker;  ///< as firmware/*_machine.h has them
  bool (*is_wide)(uint16_t first);    ///< whether this halfword opens an instruction of 4 bytes, not 2
  mote::Decoded (*decode)(uint32_t instruction);
  bool (*pipelines)(const mote::Decoded& previous, const mote::Decoded& next);
};

constexpr InstructionSet kInstructionSets[] = {
    {"thumb", 0x46D2, 0x46DB, mote::thumb::is_wide,
     [](uint32_t word) { return mote::thumb::decode(static_cast<uint16_t>(word), static_cast<uint16_t>(word >> 16)); },
     mote::thumb::pipelines},
    {"rv32", 0x7D100013, 0x7D200013, mote::rv32::is_wide, mote::rv32::decode,
     [](const mote::Decoded&, const mote::Decoded&) { return false; }},
};

constexpr uint32_t kNoStore = 0xFFFFFFFF;

struct State {
  FILE* out = nullptr;
  FILE* addresses_out = nullptr;
  mote::AddressCounts addresses;
  const InstructionSet* isa = &kInstructionSets[0];
  uint64_t stack_low = 0, stack_high = 0;
  uint64_t counts[mote::kCounterCount] = {};
  uint32_t lowest_store = kNoStore;
  bool strict_alignment = false;
  uint32_t unaligned_at = 0;
  uint64_t fall_through = 0;  ///< address after a jump that was just executed; 0: none is pending
};

// On the heap and never freed: objects of static storage are gone before QEMU calls on_exit.
State* state = nullptr;

uint64_t* counter(Counter which) {
  return &state->counts[static_cast<size_t>(which)];
}

void* as_pointer(uint64_t value) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(value));
}
uint64_t as_value(void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

void on_marker(unsigned, void* address) {
  mote::MarkerRecord record;
  record.address = static_cast<uint32_t>(as_value(address));
  record.lowest_store = state->lowest_store;
  std::memcpy(record.counts, state->counts, sizeof record.counts);
  state->lowest_store = kNoStore;
  std::fwrite(&record, sizeof record, 1, state->out);
}

void on_begin(unsigned, void*) {
  state->addresses.begin();
}
void on_end(unsigned, void*) {
  state->addresses.end();
}

void on_store(unsigned, uint32_t, uint64_t address, void*) {
  if (address >= state->stack_low && address < state->stack_high && address < state->lowest_store)
    state->lowest_store = static_cast<uint32_t>(address);
}

void on_access(unsigned, uint32_t info, uint64_t address, void* instruction) {
  const uint64_t mask = (uint64_t{1} << qemu_plugin_mem_size_shift(info)) - 1;
  if ((address & mask) != 0 && state->unaligned_at == 0)
    state->unaligned_at = static_cast<uint32_t>(as_value(instruction));
}

void on_jump(unsigned, void* next) {
  state->fall_through = as_value(next);
}

void on_block(unsigned, void* start) {
  if (state->fall_through == 0) return;
  if (as_value(start) != state->fall_through) ++*counter(Counter::kBranchesTaken);
  state->fall_through = 0;
}

void count(qemu_plugin_insn* instruction, Counter which, uint64_t amount = 1) {
  qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, counter(which), amount);
}

void on_translate(qemu_plugin_id_t, qemu_plugin_tb* block) {
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, QEMU_PLUGIN_CB_NO_REGS,
                                       as_pointer(qemu_plugin_tb_vaddr(block)));
  mote::Decoded previous;
  const size_t size = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < size; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    uint32_t word = 0;
    std::memcpy(&word, qemu_plugin_insn_data(instruction), 2);
    // Not qemu_plugin_insn_size: at the end of a page it counts the halfword behind the instruction too.
    const size_t bytes = state->isa->is_wide(static_cast<uint16_t>(word)) ? 4 : 2;
    std::memcpy(&word, qemu_plugin_insn_data(instruction), bytes);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    if (word == state->isa->begin_marker || word == state->isa->end_marker) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_marker, QEMU_PLUGIN_CB_NO_REGS, as_pointer(address));
      if (state->addresses_out != nullptr)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, word == state->isa->begin_marker ? on_begin : on_end,
                                               QEMU_PLUGIN_CB_NO_REGS, nullptr);
      continue;
    }
    const mote::Decoded decoded = state->isa->decode(word);
    count(instruction, state->isa->pipelines(previous, decoded) ? Counter::kLoadPipelined : decoded.counter);
    if (state->addresses_out != nullptr)
      qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64,
                                                 &state->addresses.at(static_cast<uint32_t>(address)), 1);
    if (decoded.words > 0) count(instruction, Counter::kMultipleWords, decoded.words);
    if (decoded.jumps)
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_jump, QEMU_PLUGIN_CB_NO_REGS, as_pointer(address + bytes));
    if (decoded.counter == Counter::kStore || decoded.counter == Counter::kMultiple ||
        decoded.counter == Counter::kVectorMemory)
      qemu_plugin_register_vcpu_mem_cb(instruction, on_store, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, nullptr);
    if (state->strict_alignment)
      qemu_plugin_register_vcpu_mem_cb(instruction, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                       as_pointer(address));
    previous = decoded;
  }
}

void write_header() {
  mote::RecordHeader header;
  header.unaligned_at = state->unaligned_at;
  std::fwrite(&header, sizeof header, 1, state->out);
}

void on_exit(qemu_plugin_id_t, void*) {
  std::rewind(state->out);
  write_header();
  std::fclose(state->out);
  if (state->addresses_out == nullptr) return;
  state->addresses.write(state->addresses_out);
  std::fclose(state->addresses_out);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int count,
                                                               char** arguments) {
  state = new State;
  for (int i = 0; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const char* value = std::strchr(arguments[i], '=');
    if (value == nullptr) continue;
    ++value;
    if (argument.starts_with("out=")) state->out = std::fopen(value, "wb");
    if (argument.starts_with("addresses=")) state->addresses_out = std::fopen(value, "wb");
    if (argument.starts_with("stack_low=")) state->stack_low = std::strtoull(value, nullptr, 0);
    if (argument.starts_with("stack_high=")) state->stack_high = std::strtoull(value, nullptr, 0);
    for (const InstructionSet& isa : kInstructionSets)
      if (argument.starts_with("isa=") && isa.name == value) state->isa = &isa;
    if (argument == "strict_alignment=1") state->strict_alignment = true;
  }
  if (state->out == nullptr) return -1;
  write_header();
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_atexit_cb(id, on_exit, nullptr);
  return 0;
}
}
