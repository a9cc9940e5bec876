#pragma once

#include <functional>
#include <memory>
#include <span>

#include "plan/plan.h"

namespace mote {

/// Runs a plan on the host with the kernels that firmware calls: what it computes is what the board computes.
class Interpreter {
 public:
  explicit Interpreter(Plan plan);
  Interpreter(Interpreter&&) = default;
  Interpreter& operator=(Interpreter&&) = default;
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  [[nodiscard]] const Plan& plan() const { return plan_; }

  /// The bytes of input `index` / output `index` in the arena. An input may be overwritten by invoke() unless the plan
  /// keeps it: fill it before every inference.
  [[nodiscard]] std::span<uint8_t> input(size_t index) { return bytes(plan_.inputs[index].buffer); }
  [[nodiscard]] std::span<const uint8_t> output(size_t index) { return bytes(plan_.outputs[index].buffer); }

  /// State as before the first inference. A new interpreter starts there.
  void reset();

  void invoke();

  /// Called after each layer with its index and the values it wrote, state left aside.
  using Observer = std::function<void(size_t layer, std::span<const std::span<const uint8_t>> outputs)>;
  void invoke(const Observer& observer);

 private:
  [[nodiscard]] std::span<uint8_t> bytes(int32_t buffer) const;
  [[nodiscard]] std::vector<void*> pointers(const BoundCall& call) const;

  /// A call with nothing left to look up.
  struct Step {
    void (*run)(const void* parameters, void* const* operands);
    const void* parameters;
    std::vector<void*> operands;
  };

  Plan plan_;
  std::vector<uint8_t> storage_;  ///< the arena, and the constants where vectors are loaded from them at once
  uint8_t* arena_;
  std::vector<uint8_t*> constants_;
  std::vector<Step> steps_;
};

}  // namespace mote
