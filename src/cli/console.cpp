#include "cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/interrupt.h"

namespace mote::cli {

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
  const std::string out = json ? object.dump(2) + "\n" : text;
  std::fwrite(out.data(), 1, out.size(), stdout);
  if (!json && !out.empty() && out.back() != '\n') std::fputc('\n', stdout);
}

int exit_code(const Error& error) {
  return error.code == ErrorCode::kDoesNotFit ? 3 : 1;
}

}  // namespace mote::cli
