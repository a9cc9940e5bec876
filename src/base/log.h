#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

namespace mote {

/// Warnings and remarks that are worth a person's eye. Collected, not printed: the shell decides.
class Log {
 public:
  enum class Level { kInfo, kWarning };
  using Sink = std::function<void(Level, const std::string&)>;

  Log() = default;
  explicit Log(Sink sink) : sink_(std::move(sink)) {}

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_) sink_(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_) sink_(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  Sink sink_;
};

}  // namespace mote
