#include "boards/image.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>
#include <optional>

#include "base/files.h"
#include "base/process.h"
#include "board_firmware_text.h"
#include "boards/emulator_facts.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kCompileTimeout{600};
constexpr uint64_t kMaxTensors = 64;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// The number in `#define NAME number`, with or without a suffix u, l, U, L.
std::optional<uint64_t> find_define(std::string_view header, const std::string& name) {
  const std::string start = "#define " + name + " ";
  const size_t at = header.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  const char* first = header.data() + at + start.size();
  const char* last = header.data() + header.size();
  while (first != last && *first == ' ') ++first;
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(first, last, value);
  if (error != std::errc()) return std::nullopt;
  for (const char* c = rest; c != last && *c != '\n' && *c != '\r'; ++c)
    if (std::string_view("uUlL /").find(*c) == std::string_view::npos)
      return std::nullopt;
    else if (*c == '/')
      break;
  return value;
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

Result<std::string_view> embedded(std::string_view name) {
  for (const board_firmware_text::EmbeddedFile& file : board_firmware_text::files())
    if (file.name == name) return file.content;
  return fail(ErrorCode::kInternal, "the program was built without {}", name);
}

std::string byte_table(const std::vector<uint64_t>& bytes) {
  return fmt::format("{{{}}}", bytes.empty() ? "0" : fmt::format("{}", fmt::join(bytes, ", ")));
}

constexpr EmulatorKind kAllKinds[] = {EmulatorKind::kQemuArm, EmulatorKind::kQemuRiscV32, EmulatorKind::kSimavr};

/// The file's name beside this machine's firmware; nothing if it is another machine's.
std::optional<std::string> name_for(EmulatorKind kind, std::string_view name) {
  for (const EmulatorKind other : kAllKinds)
    if (const std::string_view prefix = facts_of(other).file_prefix; name.starts_with(prefix))
      return other == kind ? std::optional(std::string(name.substr(prefix.size()))) : std::nullopt;
  return std::string(name);
}

/// The header through which the harness sees any model under the same names.
std::string adapter(const GeneratedModel& model, const ModelInterface& interface, const Emulator& emulator) {
  return fmt::format(
      R"(#pragma once

#include <stdint.h>

#include "{0}.h"

#define MOTE_ARENA_BYTES {1}
#define MOTE_ARENA_ALIGNMENT {2}
#define MOTE_INPUT_COUNT {3}
#define MOTE_OUTPUT_COUNT {4}
#define MOTE_TIMER_ADDRESS {5}

static const uint32_t kInputBytes[] = {6};
static const uint32_t kOutputBytes[] = {7};

static inline void mote_model_init(void* arena) {{ {0}_init(arena); }}
static inline void mote_model_reset(void* arena) {{ {0}_reset(arena); }}
static inline void* mote_model_input(void* arena, int index) {{ return {0}_input(arena, index); }}
static inline void mote_model_invoke(void* arena) {{ {0}_invoke(arena); }}
static inline const void* mote_model_output(void* arena, int index) {{ return {0}_output(arena, index); }}
)",
      model.name, interface.arena_bytes, interface.arena_alignment, interface.input_bytes.size(),
      interface.output_bytes.size(), emulator.timer_address, byte_table(interface.input_bytes),
      byte_table(interface.output_bytes));
}

std::string linker_script(std::string_view pattern, const Board& board, const Emulator& emulator) {
  std::string script(pattern);
  script = replace_all(std::move(script), "@FLASH_ORIGIN@", fmt::format("{:#x}", emulator.flash_origin));
  script = replace_all(std::move(script), "@FLASH_BYTES@", std::to_string(board.flash()));
  script = replace_all(std::move(script), "@RAM_ORIGIN@", fmt::format("{:#x}", emulator.ram_origin));
  script = replace_all(std::move(script), "@RAM_BYTES@", std::to_string(board.ram()));
  return replace_all(std::move(script), "@STACK_BYTES@", std::to_string(board.stack_reserve_bytes));
}

bool is_source(const std::string& path) {
  return path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".c") || path.ends_with(".S");
}

struct Sources {
  std::vector<std::string> model, firmware;  ///< relative to the folder
};

Result<Sources> write_sources(const Board& board, const Emulator& emulator, const GeneratedModel& model,
                              const ModelInterface& interface, const fs::path& folder) {
  Sources sources;
  for (const SourceFile& file : model.files) {
    MOTE_TRY(write_text(folder / file.path, file.content));
    if (is_source(file.path)) sources.model.push_back(file.path);
  }
  for (const board_firmware_text::EmbeddedFile& file : board_firmware_text::files()) {
    const std::optional<std::string> name = name_for(emulator.kind, file.name);
    if (!name || (!name->ends_with(".h") && !is_source(*name))) continue;
    MOTE_TRY(write_text(folder / "firmware" / *name, file.content));
    if (is_source(*name)) sources.firmware.push_back("firmware/" + *name);
  }
  MOTE_TRY(write_text(folder / "firmware" / "mote_model.h", adapter(model, interface, emulator)));
  MOTE_TRY_ASSIGN(const std::string_view script,
                  embedded(emulator.kind == EmulatorKind::kSimavr ? "avr_link.ld.in" : "link.ld.in"));
  MOTE_TRY(write_text(folder / "firmware" / "link.ld", linker_script(script, board, emulator)));
  return sources;
}

/// Flags of every compilation. No C library, exceptions, run-time types or unwind tables exist on the board.
std::vector<std::string> compile_flags(const Board& board) {
  std::vector<std::string> flags = board.compiler_flags;
  for (const char* flag :
       {"-O2", "-ffreestanding", "-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
        "-ffunction-sections", "-fdata-sections", "-ffp-contract=off", "-I.", "-Ifirmware"})
    flags.emplace_back(flag);
  return flags;
}

/// For the file type that needs it: C has no run-time types to switch off. Debian's AVR compiler knows C++14 at most,
/// which is all that generated code and runtime ask for.
std::vector<std::string> cpp_flags(EmulatorKind kind) {
  return {kind == EmulatorKind::kSimavr ? "-std=gnu++14" : "-std=gnu++17", "-fno-rtti", "-fno-threadsafe-statics"};
}

struct Toolchain {
  std::string compiler;
  EmulatorKind kind;
};

Result<std::string> compile(const std::vector<std::string>& flags, const std::string& source, const std::string& object,
                            const Toolchain& tools, const fs::path& folder) {
  std::vector<std::string> command = {tools.compiler};
  command.insert(command.end(), flags.begin(), flags.end());
  if (source.ends_with(".cpp") || source.ends_with(".cc"))
    for (const std::string& flag : cpp_flags(tools.kind)) command.push_back(flag);
  command.insert(command.end(), {"-c", source, "-o", object});
  MOTE_TRY_ASSIGN(const ProcessOutput result, run_process(command, folder, kCompileTimeout));
  if (result.timed_out)
    return fail(ErrorCode::kInternal, "{} took more than {} s over {}", tools.compiler, kCompileTimeout.count(),
                source);
  if (result.exit_code != 0)
    return fail(ErrorCode::kInternal, "{} refused {}: {}", tools.compiler, source, result.err.substr(0, 4000));
  return object;
}

/// The bytes in "region `FLASH' overflowed by 123 bytes".
std::optional<uint64_t> overflow_of(const std::string& message, std::string_view region) {
  const std::string start = fmt::format("region `{}' overflowed by ", region);
  const size_t at = message.find(start);
  if (at == std::string::npos) return std::nullopt;
  uint64_t value = 0;
  std::from_chars(message.data() + at + start.size(), message.data() + message.size(), value);
  return value;
}

tl::unexpected<Error> link_error(const std::string& message, const Board& board) {
  std::vector<std::string> parts;
  if (const auto bytes = overflow_of(message, "FLASH"))
    parts.push_back(fmt::format("its flash of {} bytes by {} bytes", board.flash(), *bytes));
  if (const auto bytes = overflow_of(message, "RAM"))
    parts.push_back(fmt::format("its RAM of {} bytes by {} bytes (with {} bytes kept for the stack)", board.ram(),
                                *bytes, board.stack_reserve_bytes));
  if (parts.empty()) return fail(ErrorCode::kInternal, "the linker refused the image: {}", message.substr(0, 4000));
  return fail(ErrorCode::kDoesNotFit,
              "the firmware does not fit {}: it exceeds {}; make the model smaller or take a larger board", board.title,
              fmt::join(parts, " and "));
}

Result<std::string> compiler_version(const std::string& compiler, const fs::path& folder) {
  MOTE_TRY_ASSIGN(const ProcessOutput result, run_process({compiler, "--version"}, folder, std::chrono::seconds(60)));
  return result.out.substr(0, result.out.find('\n'));
}

}  // namespace

uint64_t ModelInterface::bytes_in() const {
  return std::accumulate(input_bytes.begin(), input_bytes.end(), uint64_t{0});
}
uint64_t ModelInterface::bytes_out() const {
  return std::accumulate(output_bytes.begin(), output_bytes.end(), uint64_t{0});
}

Result<ModelInterface> read_interface(const GeneratedModel& model) {
  const auto header = std::find_if(model.files.begin(), model.files.end(),
                                   [&](const SourceFile& f) { return f.path == model.name + ".h"; });
  if (header == model.files.end())
    return fail(ErrorCode::kInternal, "the generated model {} has no header {}.h", model.name, model.name);
  const std::string prefix = upper(model.name) + "_";
  const auto constant = [&](const std::string& name) -> Result<uint64_t> {
    const auto value = find_define(header->content, prefix + name);
    if (!value) return fail(ErrorCode::kInternal, "{} does not define {} as a number", header->path, prefix + name);
    return *value;
  };
  const auto sizes = [&](const std::string& kind, std::vector<uint64_t>& bytes) -> Result<> {
    MOTE_TRY_ASSIGN(const uint64_t count, constant(kind + "_COUNT"));
    if (count > kMaxTensors) return fail(ErrorCode::kInternal, "{} says {} {}S", header->path, count, kind);
    for (uint64_t i = 0; i < count; ++i) {
      MOTE_TRY_ASSIGN(const uint64_t size, constant(fmt::format("{}_{}_BYTES", kind, i)));
      bytes.push_back(size);
    }
    return {};
  };
  ModelInterface interface;
  MOTE_TRY_ASSIGN(interface.arena_bytes, constant("ARENA_BYTES"));
  MOTE_TRY_ASSIGN(interface.arena_alignment, constant("ARENA_ALIGNMENT"));
  MOTE_TRY(sizes("INPUT", interface.input_bytes));
  MOTE_TRY(sizes("OUTPUT", interface.output_bytes));
  return interface;
}

Result<std::string> find_compiler(const Board& board) {
  const std::string compiler = board.compiler_prefix + "g++";
  if (find_program(compiler)) return compiler;
  const EmulatorFacts facts = facts_of(board.emulator->kind);
  return fail(ErrorCode::kMissingTool,
              "{} is not installed (not found on PATH), it compiles for {}; `{}` installs it, or on Debian and Ubuntu: "
              "apt-get install {}",
              compiler, board.title, facts.setup, facts.compiler_packages);
}

Result<Image> build_image(const Board& board, const GeneratedModel& model, const BuildOptions& options,
                          const fs::path& folder) {
  if (!board.emulator)
    return fail(
        ErrorCode::kUnsupported, "nothing emulates {}, so no firmware runs on it here{}", board.title,
        board.stand_in ? fmt::format("; its board file names {} to estimate it from", board.stand_in->board) : "");
  Image image{folder, folder / "firmware.elf", folder / "firmware.map", {}, {}};
  MOTE_TRY_ASSIGN(image.interface, read_interface(model));
  MOTE_TRY_ASSIGN(const std::string compiler, find_compiler(board));
  const Toolchain tools{compiler, board.emulator->kind};
  std::error_code ec;
  fs::create_directories(folder, ec);
  if (ec) return fail(ErrorCode::kIo, "cannot make the folder {}: {}", folder.string(), ec.message());
  MOTE_TRY_ASSIGN(image.compiler, compiler_version(compiler, folder));
  MOTE_TRY_ASSIGN(const Sources sources, write_sources(board, *board.emulator, model, image.interface, folder));

  std::vector<std::string> objects;
  std::vector<std::string> model_flags = compile_flags(board);
  model_flags.emplace_back("-fstack-usage");
  if (options.layer_markers)
    model_flags.insert(model_flags.end(), {"-DMOTE_MARK_LAYERS", "-include", "firmware/markers.h"});
  for (const std::string& source : sources.model) {
    MOTE_TRY_ASSIGN(std::string object,
                    compile(model_flags, source, fmt::format("model{}.o", objects.size()), tools, folder));
    objects.push_back(std::move(object));
  }
  // The functions that copy memory must not be turned into calls of themselves.
  std::vector<std::string> firmware_flags = compile_flags(board);
  firmware_flags.insert(firmware_flags.end(), {"-fno-builtin", "-fno-tree-loop-distribute-patterns"});
  for (const std::string& source : sources.firmware) {
    MOTE_TRY_ASSIGN(std::string object,
                    compile(firmware_flags, source, fs::path(source).replace_extension(".o").string(), tools, folder));
    objects.push_back(std::move(object));
  }

  std::vector<std::string> link = {compiler};
  link.insert(link.end(), board.compiler_flags.begin(), board.compiler_flags.end());
  link.insert(link.end(), {"-nostartfiles", "-nostdlib", "-T", "firmware/link.ld", "-Wl,--gc-sections",
                           "-Wl,-Map=firmware.map", "-o", "firmware.elf"});
  // The AVR compiler tells the linker where .data goes, before it reads the script.
  if (tools.kind == EmulatorKind::kSimavr)
    link.push_back(fmt::format("-Wl,-Tdata={:#x}", board.emulator->ram_origin + board.stack_reserve_bytes));
  link.insert(link.end(), objects.begin(), objects.end());
  link.emplace_back("-lgcc");
  MOTE_TRY_ASSIGN(const ProcessOutput linked, run_process(link, folder, kCompileTimeout));
  if (linked.exit_code != 0) return link_error(linked.err, board);
  return image;
}

GeneratedModel empty_model(const ModelInterface& interface) {
  std::string header = "#pragma once\n\n";
  header += fmt::format("#define MOTE_EMPTY_ARENA_BYTES 0\n#define MOTE_EMPTY_ARENA_ALIGNMENT {}\n",
                        interface.arena_alignment);
  const auto sizes = [&](const char* kind, const std::vector<uint64_t>& bytes) {
    header += fmt::format("#define MOTE_EMPTY_{}_COUNT {}\n", kind, bytes.size());
    for (size_t i = 0; i < bytes.size(); ++i)
      header += fmt::format("#define MOTE_EMPTY_{}_{}_BYTES {}\n", kind, i, bytes[i]);
  };
  sizes("INPUT", interface.input_bytes);
  sizes("OUTPUT", interface.output_bytes);
  header += R"(
extern "C" {
void mote_empty_init(void* arena);
void mote_empty_reset(void* arena);
void* mote_empty_input(void* arena, int index);
void mote_empty_invoke(void* arena);
const void* mote_empty_output(void* arena, int index);
}
)";
  const std::string source = R"(#include "mote_empty.h"

void mote_empty_init(void*) {}
void mote_empty_reset(void*) {}
void* mote_empty_input(void* arena, int) { return arena; }
void mote_empty_invoke(void*) {}
const void* mote_empty_output(void* arena, int) { return arena; }
)";
  return {"mote_empty", {{"mote_empty.h", header}, {"mote_empty.cpp", source}}, {}};
}

}  // namespace mote
