#include "cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/interrupt.h"

namespace mote::cli {

namespace {

/// Labels and file names need not be UTF-8: what is not becomes U+FFFD, for JSON must be.
std::string text_of(const nlohmann::json& object) {
  return object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

const char* name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadInput:
      return "bad_input";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kDoesNotFit:
      return "does_not_fit";
    case ErrorCode::kMissingTool:
      return "missing_tool";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kInterrupted:
      return "interrupted";
    case ErrorCode::kInternal:
      break;
  }
  return "internal";
}

}  // namespace

Progress Console::progress() const {
  Progress progress;
  progress.stop = &catch_interrupts();
  if (!quiet && ::isatty(STDERR_FILENO) != 0)
    progress.report = [](double fraction, const std::string& detail) {
      const auto filled = static_cast<size_t>(std::clamp(fraction, 0.0, 1.0) * 24);
      fmt::print(stderr, "\r\033[K[{:<24}] {:3.0f} % {}", std::string(filled, '#'), fraction * 100, detail);
      if (fraction >= 1) fmt::print(stderr, "\n");
      std::fflush(stderr);
    };
  return progress;
}

Log Console::log() const {
  return Log([quiet = quiet](Log::Level level, const std::string& message) {
    if (level == Log::Level::kWarning)
      fmt::print(stderr, "warning: {}\n", message);
    else if (!quiet)
      fmt::print(stderr, "{}\n", message);
  });
}

void Console::result(const std::string& text, const nlohmann::json& object) const {
  const std::string out = json ? text_of(object) : text;
  std::fwrite(out.data(), 1, out.size(), stdout);
  if (!json && !out.empty() && out.back() != '\n') std::fputc('\n', stdout);
}

void Console::failure(const Error& error) const {
  fmt::print(stderr, "mote: {}\n", error.text());
  if (!json) return;
  const std::string out =
      text_of({{"schema_version", 1}, {"error", {{"code", name(error.code)}, {"message", error.text()}}}});
  std::fwrite(out.data(), 1, out.size(), stdout);
}

Result<> Console::finish() const {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return fail(ErrorCode::kIo, "cannot write the result to the standard output: {}; is its disk full?",
              std::strerror(errno));
}

int exit_code(const Error& error) {
  return error.code == ErrorCode::kDoesNotFit ? 3 : 1;
}

}  // namespace mote::cli
