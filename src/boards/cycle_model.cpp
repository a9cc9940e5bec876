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

/// How the cycles of one core are put together from the instructions it executes.
struct CycleTable {
  Costs costs;
  double error_pct;  ///< where no published network says how far off it is
  const char* source;
};

/// A refill of the pipeline takes 1 to 3 cycles; loops whose target is aligned and predicted take 1. Divisions take 2
/// to 12, by the operands.
constexpr CycleTable kCortexM4Table{make_costs({
                                        {Counter::kLoad, 2},
                                        {Counter::kDivide, 7},
                                        {Counter::kCall, 2},
                                        {Counter::kFloatMultiplyAdd, 3},
                                        {Counter::kFloatDivide, 14},
                                        {Counter::kSystem, 2},
                                        {Counter::kMultipleWords, 1},
                                        {Counter::kBranchesTaken, 1},
                                    }),
                                    30, "the core's table (Cortex-M4 TRM r0p1)"};

/// Nearly all multiplications of kernels accumulate, which takes two cycles; long ones take 3 to 7.
constexpr CycleTable kCortexM3Table{make_costs({
                                        {Counter::kMultiply, 2},
                                        {Counter::kMultiplyLong, 5},
                                        {Counter::kLoad, 2},
                                        {Counter::kDivide, 7},
                                        {Counter::kCall, 2},
                                        {Counter::kSystem, 2},
                                        {Counter::kMultipleWords, 1},
                                        {Counter::kBranchesTaken, 1},
                                    }),
                                    30, "the core's table (Cortex-M3 TRM r2p0)"};

/// With the single-cycle multiplier of RP2040 and two-cycle access to memory; it does not overlap loads.
constexpr CycleTable kCortexM0PlusTable{make_costs({
                                            {Counter::kLoad, 2},
                                            {Counter::kLoadPipelined, 2},
                                            {Counter::kStore, 2},
                                            {Counter::kCall, 3},
                                            {Counter::kSystem, 3},
                                            {Counter::kMultipleWords, 1},
                                            {Counter::kBranchesTaken, 1},
                                        }),
                                        30, "the core's table (Cortex-M0+ TRM r0p1)"};

/// As above with one more stage to refill. The multiplier is taken for the single-cycle one; the other takes 32.
constexpr CycleTable kCortexM0Table{make_costs({
                                        {Counter::kLoad, 2},
                                        {Counter::kLoadPipelined, 2},
                                        {Counter::kStore, 2},
                                        {Counter::kCall, 4},
                                        {Counter::kSystem, 4},
                                        {Counter::kMultipleWords, 1},
                                        {Counter::kBranchesTaken, 2},
                                    }),
                                    30, "the core's table (Cortex-M0 TRM r0p0)"};

/// Nobody published one. Two beats of a vector are computed a cycle: a vector instruction takes two cycles, or one
/// where it overlaps with one of another kind.
constexpr CycleTable kCortexM55Table{make_costs({
                                         {Counter::kVector, 1.5},
                                         {Counter::kVectorMultiply, 1.5},
                                         {Counter::kVectorMemory, 1.5},
                                         {Counter::kDivide, 7},
                                         {Counter::kFloatDivide, 14},
                                         {Counter::kMultipleWords, 0.5},
                                         {Counter::kBranchesTaken, 1},
                                     }),
                                     50, "an assumed table"};

/// Nobody published one for the ESP32-C3: four stages in order, one instruction at a time.
constexpr CycleTable kRiscV32Table{make_costs({
                                       {Counter::kLoad, 2},
                                       {Counter::kDivide, 20},
                                       {Counter::kCall, 3},
                                       {Counter::kBranchesTaken, 2},
                                   }),
                                   50, "an assumed table"};

const CycleTable* table_of(Core core) {
  switch (core) {
    case Core::kCortexM0:
      return &kCortexM0Table;
    case Core::kCortexM0Plus:
      return &kCortexM0PlusTable;
    case Core::kCortexM3:
      return &kCortexM3Table;
    case Core::kCortexM4:
    case Core::kCortexM33:
      return &kCortexM4Table;
    case Core::kCortexM55:
      return &kCortexM55Table;
    case Core::kRiscV32:
      return &kRiscV32Table;
    case Core::kCortexM7:  // issues two instructions at a time: no table says what a mix takes
    case Core::kAvr:       // cycles are counted
    case Core::kXtensa:
      return nullptr;
  }
  return nullptr;
}

/// Independent errors, in percent.
double together(std::initializer_list<double> errors) {
  double squares = 0;
  for (const double e : errors) squares += e * e;
  return std::sqrt(squares);
}

/// Cycles an instruction takes and how far that is off, where the mix was not counted: by the core that has rows.
Result<double> spread_between_networks() {
  MOTE_TRY_ASSIGN(const Calibration rows, cycle_calibration(Core::kCortexM4));
  MOTE_TRY_ASSIGN(const LeaveOneOut errors, leave_one_out(rows));
  return errors.worst_pct;
}

struct Memory {
  double factor, error_pct;
};
Memory memory_of(const Board& board) {
  if (!board.memory_factor) return {1, 25};
  return {board.memory_factor->value, board.memory_factor->error_pct.value_or(0)};
}

/// From networks that were published for the core, two or more.
Result<Estimate> by_published_networks(const Board& board, const Calibration& silicon, double instructions,
                                       const std::optional<double>& by_table) {
  MOTE_TRY_ASSIGN(const LeaveOneOut errors, leave_one_out(silicon));
  const double cycles = silicon.mean() * instructions;
  const double disagreement = by_table && cycles > 0 ? 100 * std::abs(*by_table / cycles - 1) : 0;
  const Memory memory = memory_of(board);
  return Estimate{
      cycles * memory.factor, together({errors.worst_pct, memory.error_pct, disagreement}),
      fmt::format("{:.3f} cycles an instruction, the mean of {} published networks (leave-one-out error "
                  "{:.1f} %), x {} for the board's memory ({} %){}",
                  silicon.mean(), silicon.rows.size(), errors.worst_pct, memory.factor, memory.error_pct,
                  by_table ? fmt::format("; the core's cycle table differs by {:.1f} %", disagreement) : "")};
}

/// From the core's table, held against the one published network if there is one.
Estimate by_table(const Board& board, const CycleTable& table, const Calibration& silicon, double cycles,
                  double instructions) {
  const Memory memory = memory_of(board);
  const bool held = !silicon.rows.empty() && instructions > 0;
  const double error = held ? 100 * std::abs(cycles / (silicon.mean() * instructions) - 1) : table.error_pct;
  return {cycles * memory.factor, together({error, memory.error_pct}),
          fmt::format("{} over the counted instructions, x {} for the board's memory ({} %); {}", table.source,
                      memory.factor, memory.error_pct,
                      held ? fmt::format("the one published network differs by {:.1f} %", error)
                           : fmt::format("no published network to hold it against, {} % is assumed", error))};
}

}  // namespace

std::optional<double> table_cycles(Core core, const InstructionMix& mix) {
  const CycleTable* const table = table_of(core);
  if (table == nullptr) return std::nullopt;
  double cycles = 0;
  for (size_t i = 0; i < kCounterCount; ++i) cycles += table->costs[i] * static_cast<double>(mix.counts[i]);
  return cycles;
}

Result<Estimate> estimate_cycles(const Board& board, uint64_t count, const std::optional<InstructionMix>& mix) {
  const auto instructions = static_cast<double>(count);
  if (mix && (*mix)[Counter::kCycles] > 0)
    return Estimate{static_cast<double>((*mix)[Counter::kCycles]), 0, "cycles counted by the simulator"};
  MOTE_TRY_ASSIGN(const Calibration silicon, cycle_calibration(board.core));
  const std::optional<double> of_table = mix ? table_cycles(board.core, *mix) : std::nullopt;
  if (silicon.rows.size() >= 2) return by_published_networks(board, silicon, instructions, of_table);
  if (of_table) return by_table(board, *table_of(board.core), silicon, *of_table, instructions);
  MOTE_TRY_ASSIGN(const double spread, spread_between_networks());
  const Memory memory = memory_of(board);
  if (!silicon.rows.empty())
    return Estimate{silicon.mean() * instructions * memory.factor, together({spread, memory.error_pct}),
                    fmt::format("cycles per instruction of the one published network, x {} for the board's memory ({} "
                                "%); {:.1f} % between networks",
                                memory.factor, memory.error_pct, spread)};
  return fail(ErrorCode::kUnsupported, "cycles of {} follow from the kinds of instructions, which were not counted",
              board.title);
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
