#include "boards/cycle_model.h"

#include <array>
#include <cmath>

#include "boards/calibration.h"

namespace mote {

namespace {

/// Cycles of each Counter; words and taken branches come on top of their instructions.
using Costs = std::array<double, kCounterCount>;

constexpr Costs make_costs(std::initializer_list<std::pair<Counter, double>> different_from_one) {
  Costs costs{};
  for (size_t i = 0; i < kInstructionClasses; ++i) costs[i] = 1;
  for (const auto& [counter, cost] : different_from_one) costs[static_cast<size_t>(counter)] = cost;
  return costs;
}

/// A refill of the pipeline takes 1 to 3 cycles; loops whose target is aligned and predicted take 1. Divisions take 2
/// to 12, by the operands.
constexpr Costs kCortexM4Costs = make_costs({
    {Counter::kLoad, 2},
    {Counter::kDivide, 7},
    {Counter::kCall, 2},
    {Counter::kFloatMultiplyAdd, 3},
    {Counter::kFloatDivide, 14},
    {Counter::kSystem, 2},
    {Counter::kMultipleWords, 1},
    {Counter::kBranchesTaken, 1},
});

/// With the single-cycle multiplier of RP2040 and two-cycle access to memory; it does not overlap loads.
constexpr Costs kCortexM0PlusCosts = make_costs({
    {Counter::kLoad, 2},
    {Counter::kLoadPipelined, 2},
    {Counter::kStore, 2},
    {Counter::kCall, 3},
    {Counter::kSystem, 3},
    {Counter::kMultipleWords, 1},
    {Counter::kBranchesTaken, 1},
});

/// Independent errors, in percent.
double together(std::initializer_list<double> errors) {
  double squares = 0;
  for (const double e : errors) squares += e * e;
  return std::sqrt(squares);
}

/// What is added where the mix was not counted: the worst leave-one-out error of the one core that has rows for it.
Result<double> spread_between_networks() {
  MOTE_TRY_ASSIGN(const Calibration rows, cycle_calibration(Core::kCortexM4));
  MOTE_TRY_ASSIGN(const LeaveOneOut errors, leave_one_out(rows));
  return errors.worst_pct;
}

}  // namespace

double table_cycles(Core core, const InstructionMix& mix) {
  const Costs& costs = core == Core::kCortexM4 ? kCortexM4Costs : kCortexM0PlusCosts;
  double cycles = 0;
  for (size_t i = 0; i < kCounterCount; ++i) cycles += costs[i] * static_cast<double>(mix.counts[i]);
  return cycles;
}

Result<Estimate> estimate_cycles(const Board& board, uint64_t instructions, const std::optional<InstructionMix>& mix) {
  MOTE_TRY_ASSIGN(const Calibration silicon, cycle_calibration(board.core));
  MOTE_TRY_ASSIGN(const double spread, spread_between_networks());
  const double by_silicon = silicon.mean() * static_cast<double>(instructions);
  const double memory = board.memory_factor ? board.memory_factor->value : 1;
  const double memory_error = board.memory_factor ? board.memory_factor->error_pct.value_or(0) : 25;
  const bool has_mix = mix && by_silicon > 0;
  const double by_table = has_mix ? table_cycles(board.core, *mix) : by_silicon;
  const double disagreement = by_silicon > 0 ? 100 * std::abs(by_table / by_silicon - 1) : 0;
  if (board.core == Core::kCortexM4)
    return Estimate{
        by_silicon * memory, together({spread, memory_error, disagreement}),
        fmt::format("{:.3f} cycles an instruction, the mean of {} published networks (leave-one-out error "
                    "{:.1f} %), x {} for the board's memory ({} %){}",
                    silicon.mean(), silicon.rows.size(), spread, memory, memory_error,
                    has_mix ? fmt::format("; the core's cycle table differs by {:.1f} %", disagreement) : "")};
  return Estimate{by_table * memory, together({has_mix ? disagreement : spread, memory_error}),
                  fmt::format("{}, x {} for the board's memory ({} %); {}",
                              has_mix ? "the core's cycle table over the counted instructions"
                                      : "cycles per instruction of the one published network",
                              memory, memory_error,
                              has_mix ? fmt::format("the one published network differs by {:.1f} %", disagreement)
                                      : fmt::format("{:.1f} % between networks", spread))};
}

Estimate estimate_latency_ms(const Board& board, const Estimate& cycles) {
  return {cycles.value / (board.clock_mhz.value * 1000), cycles.error_pct,
          fmt::format("{}; clock {} MHz", cycles.basis, board.clock_mhz.value)};
}

Result<std::optional<Estimate>> estimate_energy_uj(const Board& board, const Estimate& latency_ms) {
  if (!board.active_ma || !board.voltage_v) return std::nullopt;
  MOTE_TRY_ASSIGN(const Calibration power, power_calibration());
  MOTE_TRY_ASSIGN(const LeaveOneOut across_networks, leave_one_out(power));
  const double current_error = board.active_ma->error_pct.value_or(25);
  return std::optional(
      Estimate{board.active_ma->value * board.voltage_v->value * latency_ms.value,
               together({latency_ms.error_pct, across_networks.worst_pct, current_error}),
               fmt::format("{} mA x {} V x time; power differs by {:.1f} % between networks, the current by {} %",
                           board.active_ma->value, board.voltage_v->value, across_networks.worst_pct, current_error)});
}

}  // namespace mote
