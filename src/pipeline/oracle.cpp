#include "pipeline/oracle.h"

#include <cstdlib>

#include "base/files.h"
#include "base/process.h"
#include "oracle_text.h"

namespace mote {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kInstallTime{1800};
constexpr std::chrono::seconds kRunTime{600};

std::string_view embedded(std::string_view name) {
  for (const oracle_text::EmbeddedFile& file : oracle_text::files())
    if (file.name == name) return file.content;
  return {};
}

/// Written last: an environment without it is one that was not finished.
fs::path stamp_of(const fs::path& folder) {
  return folder / "mote-ready.txt";
}
/// What is installed: the versions that tests/golden/ was made with.
std::string_view requirements() {
  return embedded("oracle_requirements.txt");
}
std::string python_of(const fs::path& folder) {
  return (folder / "bin" / "python").string();
}

/// The last line that says something, which is where Python and pip say what was wrong.
std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

Result<> run(const std::vector<std::string>& command, std::chrono::seconds limit, std::string_view what,
             std::string_view remedy) {
  MOTE_TRY_ASSIGN(const ProcessOutput output, run_process(command, {}, limit));
  if (output.timed_out) return fail(ErrorCode::kMissingTool, "{} took more than {} s; {}", what, limit.count(), remedy);
  if (output.exit_code == 0) return {};
  return fail(ErrorCode::kMissingTool, "{} failed: {}; {}", what,
              last_line(output.err.empty() ? output.out : output.err), remedy);
}

bool is_ready(const fs::path& folder) {
  const auto found = read_text(stamp_of(folder));
  return found && *found == requirements();
}

/// A user's own environment (MOTE_ORACLE) need not be made by Mote.
bool is_users_own() {
  const char* own = std::getenv("MOTE_ORACLE");
  return own != nullptr && *own != '\0';
}

}  // namespace

fs::path oracle_folder() {
  if (is_users_own()) return std::getenv("MOTE_ORACLE");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "mote" / "oracle";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/tmp") / ".cache" / "mote" / "oracle";
}

Result<fs::path> set_up_oracle() {
  const fs::path folder = oracle_folder();
  if (is_ready(folder)) return folder;
  MOTE_TRY(run({"python3", "-m", "venv", "--clear", folder.string()}, kInstallTime, "making a Python environment",
               "Debian and Ubuntu have its module in the package python3-venv"));
  const fs::path list = folder / "requirements.txt";
  MOTE_TRY(write_text(list, requirements()));
  MOTE_TRY(
      run({python_of(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", list.string()},
          kInstallTime, fmt::format("installing what {} lists", list.string()),
          "it needs the network once (pip's own settings for proxies and mirrors apply); or name a Python "
          "environment that has the packages in MOTE_ORACLE"));
  MOTE_TRY(write_text(stamp_of(folder), requirements()));
  return folder;
}

Result<ReferenceTensors> ask_oracle(Oracle oracle, const fs::path& model, const Graph& graph, const Batch& inputs) {
  const fs::path folder = oracle_folder();
  if (is_users_own() ? !find_program(python_of(folder)).has_value() : !is_ready(folder))
    return fail(ErrorCode::kMissingTool,
                "there is no environment with the other runtimes in {}; `mote verify --setup-oracle` makes it (python3 "
                "and once the network), or compare with a file: --against FILE.npz",
                folder.string());
  MOTE_TRY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make("mote-oracle"));
  nlohmann::json wanted{{"inputs", graph.inputs.size()}, {"tensors", graph.inputs}};
  for (const Node& node : graph.nodes)
    for (const ValueId id : node.outputs) wanted["tensors"].push_back(id);
  const fs::path script = work.path() / "oracle_tensors.py", result = work.path() / "tensors.npz";
  const fs::path stored = work.path() / "inputs.bin", list = work.path() / "wanted.json";
  MOTE_TRY(write_text(script, embedded("oracle_tensors.py")));
  MOTE_TRY(write_text(list, wanted.dump()));
  MOTE_TRY(write_file(stored, inputs.bytes));
  const std::string name = oracle == Oracle::kTflm ? "tflm" : "litert";
  MOTE_TRY(run({python_of(folder), script.string(), name, fs::absolute(model).string(), stored.string(), list.string(),
                result.string()},
               kRunTime, fmt::format("running {} with {}", model.string(), name),
               "if it does not support the model, compare with another: --against litert, tflm or FILE.npz"));
  MOTE_TRY_ASSIGN(const Bytes npz, read_file(result));
  return reference_from_npz(graph, npz, name);
}

}  // namespace mote
