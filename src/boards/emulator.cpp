#include "boards/emulator.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "boards/elf_file.h"
#include "boards/emulator_facts.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t kSeenBelowRam = 1u << 20;
/// QEMU ends an argument at a comma; two commas stand for one.
std::string escape_commas(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == ',' ? 2u : 1u, c);
  return escaped;
}

/// The addresses of the stack whose stores are of interest: also below the RAM, where a machine may swallow them; they
/// are an overflow of the stack.
std::pair<uint64_t, uint64_t> watched_stack(const Board& board, const Emulator& emulator) {
  return {emulator.ram_origin - std::min(emulator.ram_origin, kSeenBelowRam),
          uint64_t{emulator.ram_origin} + board.stack_reserve_bytes};
}

std::vector<std::string> simavr_command(const EmulatorRun& run, const Emulator& emulator, const fs::path& program) {
  const auto [low, high] = watched_stack(run.board, emulator);
  std::vector<std::string> command{program.string(),
                                   fmt::format("mcu={}", emulator.machine),
                                   fmt::format("elf={}", fs::absolute(run.image.elf).string()),
                                   "out=records.bin",
                                   fmt::format("ram={:#x}", emulator.ram_origin),
                                   fmt::format("stack_high={:#x}", high)};
  if (run.count_addresses) command.emplace_back("addresses=addresses.bin");
  return command;
}

std::vector<std::string> qemu_command(const EmulatorRun& run, const Emulator& emulator) {
  std::vector<std::string> command = {facts_of(emulator.kind).program,
                                      "-M",
                                      emulator.machine,
                                      "-nographic",
                                      "-monitor",
                                      "none",
                                      "-serial",
                                      "none",
                                      "-semihosting-config",
                                      "enable=on,target=native",
                                      "-kernel",
                                      fs::absolute(run.image.elf).string()};
  if (run.count_time) command.insert(command.end(), {"-icount", "shift=6,align=off,sleep=off"});
  if (emulator.kind == EmulatorKind::kQemuRiscV32) command.insert(command.end(), {"-bios", "none"});
  if (run.counter) {
    const auto [low, high] = watched_stack(run.board, emulator);
    command.insert(command.end(),
                   {"-plugin", fmt::format("{},isa={},out=records.bin,stack_low={:#x},stack_high={:#x}{}{}",
                                           escape_commas(fs::absolute(*run.counter).string()),
                                           facts_of(emulator.kind).instruction_set, low, high,
                                           traps_unaligned(run.board.core) ? ",strict_alignment=1" : "",
                                           run.count_addresses ? ",addresses=addresses.bin" : "")});
  }
  return command;
}

/// The number behind " name=0x" in the firmware's line about a fault.
uint64_t field(const std::string& line, const std::string& name) {
  const size_t at = line.find(" " + name + "=0x");
  return at == std::string::npos ? 0 : std::strtoull(line.c_str() + at + name.size() + 4, nullptr, 16);
}

/// By the privileged architecture's table of mcause.
std::string trap_name(uint64_t cause) {
  switch (cause) {
    case 1:
      return "an instruction access fault";
    case 2:
      return "an illegal instruction";
    case 4:
    case 6:
      return "an access that is not aligned";
    case 5:
      return "a load access fault";
    case 7:
      return "a store access fault";
    default:
      return fmt::format("trap {}", cause);
  }
}

std::string exception_name(EmulatorKind kind, uint64_t number) {
  if (kind == EmulatorKind::kQemuRiscV32) return trap_name(number);
  switch (number) {
    case 2:
      return "a non-maskable interrupt";
    case 3:
      return "a hard fault";
    case 4:
      return "a memory management fault";
    case 5:
      return "a bus fault";
    case 6:
      return "a usage fault";
    default:
      return fmt::format("exception {}", number);
  }
}

tl::unexpected<Error> fault_error(const EmulatorRun& run, const std::string& line) {
  const Emulator& emulator = *run.board.emulator;
  const uint64_t sp = field(line, "sp"), pc = field(line, "pc");
  // A frame that could not be stored below the stack's end: the stack pointer has left the RAM.
  if (sp < emulator.ram_origin || sp > emulator.ram_origin + run.board.ram()) return stack_overflow(run.board);
  std::string where = pc == 0xFFFFFFFF ? "at an unknown place" : fmt::format("at {:#010x}", pc);
  if (const auto elf = read_elf(run.image.elf); elf && pc != 0xFFFFFFFF)
    if (const std::string name = elf->function_at(pc); !name.empty()) where += " in " + name;
  return fail(ErrorCode::kInternal, "the firmware on {} ended in {} {} (fault status {:#x}, image {})", run.board.title,
              exception_name(emulator.kind, field(line, "exception")), where, field(line, "status"),
              run.image.elf.string());
}

tl::unexpected<Error> exit_error(const EmulatorRun& run, const ProcessOutput& result) {
  const Board& board = run.board;
  if (const size_t at = result.err.find("mote-fault"); at != std::string::npos)
    return fault_error(run, result.err.substr(at, result.err.find('\n', at) - at));
  if (result.err.find("Lockup") != std::string::npos) return stack_overflow(board);
  switch (result.exit_code) {
    case 65:
    case 66:
      return fail(ErrorCode::kInternal, "the firmware on {} found its inputs missing or torn", board.title);
    case 67:
    case 68:
      return fail(ErrorCode::kIo, "the firmware on {} could not write its outputs below {}; is the disk full?",
                  board.title, run.folder.string());
    case 71:
      return stack_overflow(board);
    default:
      return fail(ErrorCode::kInternal, "{} ended with code {}: {}", facts_of(board.emulator->kind).program,
                  result.exit_code, result.err.substr(0, 2000));
  }
}

}  // namespace

tl::unexpected<Error> stack_overflow(const Board& board) {
  return fail(ErrorCode::kDoesNotFit,
              "the firmware on {} used more stack than the {} bytes kept for it; raise memory.stack_reserve_bytes in a "
              "board file of your own",
              board.title, board.stack_reserve_bytes);
}

std::optional<fs::path> find_counter(EmulatorKind kind) {
  const std::string file = facts_of(kind).counter;
  if (const char* folder = std::getenv("MOTE_PLUGIN_DIR")) {
    const fs::path path = fs::path(folder) / file;
    std::error_code ec;
    return fs::exists(path, ec) ? std::optional(path) : std::nullopt;
  }
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return std::nullopt;
  const fs::path beside = program.parent_path();
  for (const fs::path& folder : {beside, beside / ".." / "lib" / "mote", beside / ".." / MOTE_LIBDIR / "mote"})
    if (const fs::path path = folder / file; fs::exists(path, ec)) return path;
  return std::nullopt;
}

Result<std::string> emulator_version(EmulatorKind kind) {
  const EmulatorFacts emulator = facts_of(kind);
  const std::optional<fs::path> program =
      kind == EmulatorKind::kSimavr ? find_counter(kind) : find_program(emulator.program);
  if (!program)
    return fail(ErrorCode::kMissingTool,
                "{} is not installed ({}), it emulates the board; `{}` installs {}, or on Debian and Ubuntu: apt-get "
                "install {}",
                emulator.program, kind == EmulatorKind::kSimavr ? "not found beside the program" : "not found on PATH",
                emulator.setup, kind == EmulatorKind::kSimavr ? "what it is built from" : "it",
                emulator.emulator_packages);
  static std::mutex mutex;
  static std::map<EmulatorKind, std::string> versions;
  const std::scoped_lock lock(mutex);
  std::string& version = versions[kind];
  if (version.empty()) {
    MOTE_TRY_ASSIGN(const ProcessOutput result,
                    run_process({program->string(), "--version"}, "", std::chrono::seconds(60)));
    version = result.out.substr(0, result.out.find('\n'));
  }
  return version;
}

Result<> check_tools(const Board& board) {
  if (!board.emulator)
    return fail(ErrorCode::kUnsupported, "nothing emulates {}: figures of it can only be estimated", board.title);
  MOTE_TRY(find_compiler(board));
  MOTE_TRY(emulator_version(board.emulator->kind));
  return {};
}

Result<> run_emulator(const EmulatorRun& run) {
  const Emulator& emulator = *run.board.emulator;
  MOTE_TRY(emulator_version(emulator.kind));
  const std::vector<std::string> command = emulator.kind == EmulatorKind::kSimavr
                                               ? simavr_command(run, emulator, *find_counter(emulator.kind))
                                               : qemu_command(run, emulator);
  MOTE_TRY_ASSIGN(const ProcessOutput result, run_process(command, run.folder, run.timeout));
  if (result.timed_out)
    return fail(ErrorCode::kInternal,
                "the firmware on {} did not finish within {} s; fewer inputs, or an endless loop in the firmware",
                run.board.title, run.timeout.count());
  if (result.exit_code == 0) return {};
  std::error_code ec;
  if (run.counter && !fs::exists(run.folder / "records.bin", ec))
    return fail(ErrorCode::kUnsupported, "{} does not load the counting plugin {}: {}", command[0],
                run.counter->string(), result.err.substr(0, 500));
  return exit_error(run, result);
}

}  // namespace mote
