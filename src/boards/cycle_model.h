#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "boards/board.h"
#include "boards/instruction_mix.h"

namespace mote {

/// A modelled figure with its stated error: the true one is expected within value * (1 +- error_pct / 100).
struct Estimate {
  double value = 0;
  double error_pct = 0;
  std::string basis;  ///< in words: what it was computed from
};

/// Cycles by the core's table (docs/boards.md lists tables and sources), with memory that never makes the core wait;
/// nothing for cores without one.
[[nodiscard]] std::optional<double> table_cycles(Core core, const InstructionMix& mix);

/// Cycles of `instructions` on the board: counted where the emulator counts cycles, else from published networks on the
/// core, else from its table. `mix`, where it was counted, decides between kernels; without it the error is wider.
/// docs/boards.md derives both models and their errors.
[[nodiscard]] Result<Estimate> estimate_cycles(const Board& board, uint64_t instructions,
                                               const std::optional<InstructionMix>& mix);

/// Milliseconds at the board's clock.
[[nodiscard]] Estimate estimate_latency_ms(const Board& board, const Estimate& cycles);

/// Microjoules of one inference: current x voltage x time. Nothing where the board's current is not published.
[[nodiscard]] Result<std::optional<Estimate>> estimate_energy_uj(const Board& board, const Estimate& latency_ms);

}  // namespace mote
