#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "base/log.h"

namespace mote {

/// Names and times the steps of a road: each call of `begin` ends the step before it.
class Steps {
 public:
  explicit Steps(const Log& log) : log_(log) {}

  void begin(const std::string& name) {
    end();
    name_ = name;
    start_ = std::chrono::steady_clock::now();
    log_.info("- {}", name);
  }
  void end() {
    if (name_.empty()) return;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    done_.push_back({{"name", name_}, {"seconds", passed.count()}});
    name_.clear();
  }
  [[nodiscard]] nlohmann::json record() {
    end();
    return done_;
  }

 private:
  const Log& log_;
  std::string name_;
  std::chrono::steady_clock::time_point start_;
  nlohmann::json done_ = nlohmann::json::array();
};

}  // namespace mote
