#pragma once

#include <atomic>
#include <functional>
#include <string>

namespace mote {

/// How long work shows itself and is told to stop. The library never prints: a shell passes what to do with the news.
struct Progress {
  /// Called from the working thread. `fraction` in [0, 1]; `detail` is a few words ("epoch 12, loss 0.31").
  std::function<void(double fraction, const std::string& detail)> report;
  /// Set by the shell (Ctrl-C); workers look at it at every natural pause. May be null.
  const std::atomic<bool>* stop = nullptr;

  void at(double fraction, const std::string& detail) const {
    if (report) report(fraction, detail);
  }
  [[nodiscard]] bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
};

}  // namespace mote
