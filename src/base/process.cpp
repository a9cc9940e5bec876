#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace mote {

namespace fs = std::filesystem;

std::optional<fs::path> find_program(const std::string& program) {
  if (program.find('/') != std::string::npos)
    return ::access(program.c_str(), X_OK) == 0 ? std::optional<fs::path>(program) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, colon)) / program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return std::nullopt;
}

Result<ProcessOutput> run_process(const std::vector<std::string>& command, const fs::path& folder,
                                  std::chrono::seconds timeout) {
  const auto program = find_program(command.at(0));
  if (!program)
    return fail(ErrorCode::kMissingTool, "{} is not installed (not found on PATH); `make setup` installs it",
                command[0]);
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kIo, "cannot start {}: {}", command[0], std::strerror(errno));

  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string path = program->string(), where = folder.string();

  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorCode::kIo, "cannot start {}: {}", command[0], std::strerror(errno));
  if (child == 0) {  // only async-signal-safe calls from here to exec
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    if (!where.empty() && ::chdir(where.c_str()) != 0) ::_exit(126);
    ::setpgid(0, 0);
    ::execv(path.c_str(), arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);

  ProcessOutput result;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::array<pollfd, 2> waiting{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  int open = 2;
  while (open > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      result.timed_out = true;
      ::kill(-child, SIGKILL);
      break;
    }
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) break;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      std::array<char, 4096> chunk{};
      const ssize_t n = ::read(waiting[i].fd, chunk.data(), chunk.size());
      if (n > 0) {
        (i == 0 ? result.out : result.err).append(chunk.data(), static_cast<size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        waiting[i].fd = -1;
        --open;
      }
    }
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace mote
