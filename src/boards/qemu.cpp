#include "boards/qemu.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "boards/elf_file.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

constexpr const char* kProgram = "qemu-system-arm";
constexpr uint32_t kSeenBelowRam = 1u << 20;
constexpr const char* kPluginFile = "mote_qemu_plugin.so";

/// QEMU ends an argument at a comma; two commas stand for one.
std::string escape_commas(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == ',' ? 2u : 1u, c);
  return escaped;
}

std::vector<std::string> command_line(const QemuRun& run, const Emulator& emulator) {
  std::vector<std::string> command = {kProgram,
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
  if (run.plugin) {
    // Stores below the RAM, which the machine may swallow, are seen too: they are an overflow of the stack.
    const uint64_t below = emulator.ram_origin - std::min(emulator.ram_origin, kSeenBelowRam);
    const uint64_t top = uint64_t{emulator.ram_origin} + run.board.stack_reserve_bytes;
    command.insert(command.end(),
                   {"-plugin", fmt::format("{},out=records.bin,stack_low={:#x},stack_high={:#x}{}",
                                           escape_commas(fs::absolute(*run.plugin).string()), below, top,
                                           traps_unaligned(run.board.core) ? ",strict_alignment=1" : "")});
  }
  return command;
}

/// The number behind " name=0x" in the firmware's line about a fault.
uint64_t field(const std::string& line, const std::string& name) {
  const size_t at = line.find(" " + name + "=0x");
  return at == std::string::npos ? 0 : std::strtoull(line.c_str() + at + name.size() + 4, nullptr, 16);
}

std::string exception_name(uint64_t number) {
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

tl::unexpected<Error> fault_error(const QemuRun& run, const std::string& line) {
  const Emulator& emulator = *run.board.emulator;
  const uint64_t sp = field(line, "sp"), pc = field(line, "pc");
  // A frame that could not be stored below the stack's end: the stack pointer has left the RAM.
  if (sp < emulator.ram_origin || sp > emulator.ram_origin + run.board.ram()) return stack_overflow(run.board);
  std::string where = pc == 0xFFFFFFFF ? "at an unknown place" : fmt::format("at {:#010x}", pc);
  if (const auto elf = read_elf(run.image.elf); elf && pc != 0xFFFFFFFF)
    if (const std::string name = elf->function_at(pc); !name.empty()) where += " in " + name;
  return fail(ErrorCode::kInternal, "the firmware on {} ended in {} {} (fault status {:#x}, image {})", run.board.title,
              exception_name(field(line, "exception")), where, field(line, "status"), run.image.elf.string());
}

tl::unexpected<Error> exit_error(const QemuRun& run, const ProcessOutput& result) {
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
      return fail(ErrorCode::kInternal, "{} ended with code {}: {}", kProgram, result.exit_code,
                  result.err.substr(0, 2000));
  }
}

}  // namespace

tl::unexpected<Error> stack_overflow(const Board& board) {
  return fail(ErrorCode::kDoesNotFit,
              "the firmware on {} used more stack than the {} bytes kept for it; raise memory.stack_reserve_bytes in a "
              "board file of your own",
              board.title, board.stack_reserve_bytes);
}

std::optional<fs::path> find_qemu_plugin() {
  if (const char* folder = std::getenv("MOTE_PLUGIN_DIR")) {
    const fs::path path = fs::path(folder) / kPluginFile;
    std::error_code ec;
    return fs::exists(path, ec) ? std::optional(path) : std::nullopt;
  }
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return std::nullopt;
  const fs::path beside = program.parent_path();
  for (const fs::path& folder : {beside, beside / ".." / "lib" / "mote", beside / ".." / MOTE_LIBDIR / "mote"})
    if (const fs::path path = folder / kPluginFile; fs::exists(path, ec)) return path;
  return std::nullopt;
}

Result<std::string> qemu_version() {
  if (!find_program(kProgram))
    return fail(
        ErrorCode::kMissingTool,
        "{} is not installed (not found on PATH), it emulates the board; `make setup` installs it, or on Debian "
        "and Ubuntu: apt-get install qemu-system-arm",
        kProgram);
  static std::mutex mutex;
  static std::string version;
  const std::scoped_lock lock(mutex);
  if (version.empty()) {
    MOTE_TRY_ASSIGN(const ProcessOutput result, run_process({kProgram, "--version"}, "", std::chrono::seconds(60)));
    version = result.out.substr(0, result.out.find('\n'));
  }
  return version;
}

Result<> run_qemu(const QemuRun& run) {
  MOTE_TRY(qemu_version());
  MOTE_TRY_ASSIGN(const ProcessOutput result,
                  run_process(command_line(run, *run.board.emulator), run.folder, run.timeout));
  if (result.timed_out)
    return fail(ErrorCode::kInternal,
                "the firmware on {} did not finish within {} s; fewer inputs, or an endless loop in the firmware",
                run.board.title, run.timeout.count());
  if (result.exit_code == 0) return {};
  std::error_code ec;
  if (run.plugin && !fs::exists(run.folder / "records.bin", ec))
    return fail(ErrorCode::kUnsupported, "{} does not load the counting plugin {}: {}", kProgram, run.plugin->string(),
                result.err.substr(0, 500));
  return exit_error(run, result);
}

}  // namespace mote
