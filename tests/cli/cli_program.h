/// `mote` as a person or a script meets it: a child process with arguments, two streams and an exit code.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/process.h"
#include "test_support.h"

namespace mote::testing {

/// Runs `mote` with these arguments in `folder`. A program that cannot be started fails the test.
ProcessOutput run_mote(const std::vector<std::string>& arguments, const std::filesystem::path& folder = "");

/// Runs `mote` below /bin/sh, which first does `preparation` ("ulimit -f 8") and then `exec "$@"`.
ProcessOutput run_mote_after(const std::string& preparation, const std::vector<std::string>& arguments,
                             const std::filesystem::path& folder);

/// The one object on stdout; anything else there, before or behind it, fails the test.
nlohmann::json only_object(const ProcessOutput& output);

/// Projects and models that all tests of the suite look at, made by the program once.
struct Workshop {
  TemporaryFolder folder;
  std::filesystem::path sine, sine_model, activity, activity_model;
};
const Workshop& workshop();

/// All files below a folder, relative to it, sorted.
std::vector<std::string> files_below(const std::filesystem::path& folder);

/// Sets PATH for this process and its children as long as it lives.
class ScopedPath {
 public:
  explicit ScopedPath(const std::string& path);
  ScopedPath(const ScopedPath&) = delete;
  ScopedPath& operator=(const ScopedPath&) = delete;
  ~ScopedPath();

 private:
  std::string before_;
};

/// A process with `code` as its exit code and, on stderr, a text that matches.
MATCHER_P2(ExitsWith, code, text_matcher,
           "exits with " + ::testing::PrintToString(code) + " and says what " +
               ::testing::DescribeMatcher<std::string>(text_matcher)) {
  *result_listener << "exit code " << arg.exit_code << ", stdout \"" << arg.out.substr(0, 2000) << "\", stderr \""
                   << arg.err.substr(0, 2000) << '"';
  return arg.exit_code == code && ::testing::Value(arg.err, text_matcher);
}

}  // namespace mote::testing

namespace mote {
inline void PrintTo(const ProcessOutput& output, std::ostream* out) {
  *out << "exit code " << output.exit_code;
}
}  // namespace mote
