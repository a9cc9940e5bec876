#include "cli_program.h"

#include <algorithm>
#include <cstdlib>

namespace mote::testing {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kTimeout{120};

ProcessOutput run(const std::vector<std::string>& command, const fs::path& folder) {
  auto output = run_process(command, folder, kTimeout);
  if (!output) {
    ADD_FAILURE() << output.error().text();
    return {.exit_code = -1, .out = {}, .err = {}, .timed_out = false};
  }
  EXPECT_FALSE(output->timed_out);
  return std::move(*output);
}

Workshop make_workshop() {
  auto made = TemporaryFolder::make("mote-cli");
  if (!made) std::abort();
  const fs::path root = made->path();
  Workshop shop{std::move(*made), root / "sine", root / "sine.tflite", root / "activity", root / "activity.tflite"};
  const auto make = [](const fs::path& project, const char* name, const fs::path& model) {
    EXPECT_EQ(run_mote({"new", project.string(), "--template", name}).exit_code, 0);
    EXPECT_EQ(run_mote({"train", (project / "mote.toml").string(), "--int8", "-o", model.string()}).exit_code, 0);
  };
  make(shop.sine, "sine", shop.sine_model);
  make(shop.activity, "activity", shop.activity_model);
  return shop;
}

}  // namespace

ProcessOutput run_mote(const std::vector<std::string>& arguments, const fs::path& folder) {
  std::vector<std::string> command{build_path("mote").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, folder);
}

ProcessOutput run_mote_after(const std::string& preparation, const std::vector<std::string>& arguments,
                             const fs::path& folder) {
  std::vector<std::string> command{"/bin/sh", "-c", preparation + "; exec \"$@\"", "sh", build_path("mote").string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, folder);
}

nlohmann::json only_object(const ProcessOutput& output) {
  const auto parsed = nlohmann::json::parse(output.out, nullptr, false);
  EXPECT_TRUE(parsed.is_object()) << "stdout: " << output.out.substr(0, 1000) << "\nstderr: " << output.err;
  return parsed.is_object() ? parsed : nlohmann::json::object();
}

const Workshop& workshop() {
  static const Workshop shop = make_workshop();
  return shop;
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_regular_file()) files.push_back(it->path().lexically_relative(folder).string());
  std::sort(files.begin(), files.end());
  return files;
}

ScopedPath::ScopedPath(const std::string& path) {
  const char* now = std::getenv("PATH");
  before_ = now != nullptr ? now : "";
  ::setenv("PATH", path.c_str(), 1);
}

ScopedPath::~ScopedPath() {
  ::setenv("PATH", before_.c_str(), 1);
}

}  // namespace mote::testing
