#include "boards/runner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "boards/elf_file.h"
#include "boards/emulator.h"
#include "boards/marker_records.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

/// As firmware/harness.cpp reads and writes them.
enum HarnessFlag : uint32_t { kReset = 1, kTimer = 2, kPaint = 4 };
struct Report {
  uint32_t stack_pointer, lowest_dirty, ticks, ticks_empty;
};

constexpr uint32_t kNoStore = 0xFFFFFFFF;

Result<std::vector<Report>> read_reports(const fs::path& path, size_t inferences) {
  MOTE_TRY_ASSIGN(const Bytes bytes, read_file(path));
  if (bytes.size() != inferences * sizeof(Report))
    return fail(ErrorCode::kInternal, "the firmware reported on {} inferences of {}", bytes.size() / sizeof(Report),
                inferences);
  std::vector<Report> reports(inferences);
  std::memcpy(reports.data(), bytes.data(), bytes.size());
  return reports;
}

Result<std::vector<FunctionCount>> read_function_counts(const fs::path& path, const ElfFile& elf) {
  MOTE_TRY_ASSIGN(const Bytes bytes, read_file(path));
  std::map<std::string, uint64_t> by_name;
  for (size_t at = 0; at + sizeof(AddressCount) <= bytes.size(); at += sizeof(AddressCount)) {
    AddressCount entry;
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    const std::string name = elf.function_at(entry.address);
    by_name[name.empty() ? "functions without a symbol of known size" : demangled(name)] += entry.count;
  }
  std::vector<FunctionCount> functions;
  for (const auto& [name, instructions] : by_name) functions.push_back({name, instructions});
  std::sort(functions.begin(), functions.end(),
            [](const FunctionCount& a, const FunctionCount& b) { return a.instructions > b.instructions; });
  return functions;
}

/// The plugins that this machine's QEMU did not load, so that each is tried once for a process.
class RefusedPlugins {
 public:
  [[nodiscard]] bool refused(const fs::path& plugin) {
    const std::scoped_lock lock(mutex_);
    return paths_.contains(plugin.string());
  }
  void refuse(const fs::path& plugin) {
    const std::scoped_lock lock(mutex_);
    paths_.insert(plugin.string());
  }

 private:
  std::mutex mutex_;
  std::set<std::string> paths_;
};

/// One start of the emulator in a folder of its own.
Result<BoardRun> run_once(const Board& board, const Image& image, std::span<const uint8_t> inputs, size_t inferences,
                          const RunOptions& options, const std::optional<fs::path>& plugin) {
  MOTE_TRY_ASSIGN(const TemporaryFolder folder, TemporaryFolder::make("mote-run"));
  uint32_t flags = options.reset_between ? uint32_t{kReset} : 0;
  if (options.counting != Counting::kNothing) flags |= kPaint;
  if (options.counting == Counting::kTimer) flags |= kTimer;
  Bytes content(sizeof flags + inputs.size());
  std::memcpy(content.data(), &flags, sizeof flags);
  std::memcpy(content.data() + sizeof flags, inputs.data(), inputs.size());
  MOTE_TRY(write_file(folder.path() / "inputs.bin", content));

  BoardRun run;
  run.counting = options.counting;
  MOTE_TRY_ASSIGN(run.emulator, emulator_version(board.emulator->kind));
  MOTE_TRY(run_emulator(
      {board, image, folder.path(), plugin, options.functions, options.counting == Counting::kTimer, options.timeout}));
  MOTE_TRY_ASSIGN(run.outputs, read_file(folder.path() / "outputs.bin"));
  if (run.outputs.size() != inferences * image.interface.bytes_out())
    return fail(ErrorCode::kInternal, "the firmware wrote {} bytes of outputs, {} were expected", run.outputs.size(),
                inferences * image.interface.bytes_out());
  if (options.counting == Counting::kNothing) return run;

  MOTE_TRY_ASSIGN(const std::vector<Report> reports, read_reports(folder.path() / "report.bin", inferences));
  run.inferences.resize(inferences);
  for (size_t i = 0; i < inferences; ++i) {
    const Report& report = reports[i];
    InferenceCounts& counts = run.inferences[i];
    counts.stack_painted_bytes = counts.stack_bytes = report.stack_pointer - report.lowest_dirty;
    counts.instructions = static_cast<uint64_t>(std::llround((static_cast<double>(report.ticks) - report.ticks_empty) /
                                                             board.emulator->timer_ticks_per_instruction));
  }
  if (options.counting == Counting::kTimer) return run;

  MOTE_TRY_ASSIGN(const Bytes records, read_file(folder.path() / "records.bin"));
  MOTE_TRY_ASSIGN(const ElfFile elf, read_elf(image.elf));
  MOTE_TRY_ASSIGN(CountedRun counted, read_marker_records(records, elf));
  if (counted.inferences.size() != inferences)
    return fail(ErrorCode::kInternal, "the counting plugin saw {} inferences of {}", counted.inferences.size(),
                inferences);
  if (counted.unaligned_at != 0)
    return fail(ErrorCode::kInternal,
                "the firmware loads or stores at an unaligned address at {:#010x} in {}, which the core of {} traps",
                counted.unaligned_at, elf.function_at(counted.unaligned_at), board.title);
  run.init_instructions = counted.init.instructions();
  if (options.functions) {
    MOTE_TRY_ASSIGN(run.functions, read_function_counts(folder.path() / "addresses.bin", elf));
  }
  for (size_t i = 0; i < inferences; ++i) {
    CountedInference& from = counted.inferences[i];
    InferenceCounts& to = run.inferences[i];
    to.instructions = from.mix.instructions();
    to.mix = from.mix;
    to.layers = std::move(from.layers);
    for (const uint32_t lowest : from.layer_lowest_store)
      to.layer_stack_bytes.push_back(lowest == kNoStore ? 0 : reports[i].stack_pointer - lowest);
    if (from.lowest_store < board.emulator->ram_origin) return stack_overflow(board);
    to.stack_bytes = from.lowest_store == kNoStore ? 0 : reports[i].stack_pointer - from.lowest_store;
  }
  return run;
}

}  // namespace

Result<BoardRun> run_image(const Board& board, const Image& image, std::span<const uint8_t> inputs, size_t inferences,
                           const RunOptions& options) {
  if (!board.emulator) return fail(ErrorCode::kUnsupported, "{} has no emulator", board.title);
  if (inputs.size() != inferences * image.interface.bytes_in())
    return fail(ErrorCode::kBadInput, "{} inferences take {} bytes of inputs, {} were given", inferences,
                inferences * image.interface.bytes_in(), inputs.size());
  if (options.counting == Counting::kPlugin) {
    static RefusedPlugins plugins;
    const auto plugin = find_counter(board.emulator->kind);
    if (plugin && !plugins.refused(*plugin)) {
      auto run = run_once(board, image, inputs, inferences, options, plugin);
      if (run || run.error().code != ErrorCode::kUnsupported) return run;
      plugins.refuse(*plugin);
    }
    if (board.emulator->timer_address == 0)
      return fail(ErrorCode::kUnsupported,
                  "the emulator does not load Mote's counting plugin and {} has no timer to count by; install a QEMU "
                  "built with plugins",
                  board.title);
    RunOptions by_timer = options;
    by_timer.counting = Counting::kTimer;
    return run_once(board, image, inputs, inferences, by_timer, std::nullopt);
  }
  if (options.counting == Counting::kTimer && board.emulator->timer_address == 0)
    return fail(ErrorCode::kUnsupported, "{} has no timer to count by in its board file", board.title);
  return run_once(board, image, inputs, inferences, options, std::nullopt);
}

}  // namespace mote
