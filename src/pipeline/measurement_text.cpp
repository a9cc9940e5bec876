#include "pipeline/measurement_text.h"

#include "base/table.h"

namespace mote {

namespace {

std::string share(uint64_t part, double whole) {
  return whole > 0 ? fmt::format("{:.1f} %", 100 * static_cast<double>(part) / whole) : "-";
}

std::string number(uint64_t value) {
  return grouped(static_cast<int64_t>(value));
}

}  // namespace

namespace {

/// The largest few, and the rest in one row.
constexpr size_t kRows = 12;

std::string flash_by_symbol(const Measurement& m) {
  std::vector<std::vector<std::string>> rows{{"flash by symbol", "part", "bytes"}};
  uint64_t rest = 0;
  for (size_t i = 0; i < m.memory.symbols.size(); ++i) {
    const FlashSymbol& symbol = m.memory.symbols[i];
    if (i < kRows)
      rows.push_back({symbol.name.substr(0, 60), symbol.part, number(symbol.bytes)});
    else
      rest += symbol.bytes;
  }
  if (rest > 0) rows.push_back({fmt::format("{} more", m.memory.symbols.size() - kRows), "", number(rest)});
  return table(rows);
}

std::string functions(const Measurement& m) {
  std::vector<std::vector<std::string>> rows{{"function", "instructions", "share"}};
  for (const FunctionCount& function : m.functions)
    rows.push_back({function.name.substr(0, 60), number(function.instructions),
                    share(function.instructions, static_cast<double>(m.instructions))});
  return table(rows);
}

}  // namespace

std::string text(const Measurement& m, const Board& board) {
  std::vector<std::vector<std::string>> rows{
      {"layer", "op", "name", "kernel", "MACs", "instructions", "per MAC", "share", "arena live", "stack"}};
  uint64_t counted = 0;
  for (const LayerMeasurement& layer : m.layers) counted += layer.instructions;
  for (size_t i = 0; i < m.layers.size(); ++i) {
    const LayerMeasurement& layer = m.layers[i];
    const std::string per_mac =
        layer.macs > 0
            ? fmt::format("{:.2f}", static_cast<double>(layer.instructions) / static_cast<double>(layer.macs))
            : "-";
    rows.push_back({fmt::format("{}", i), layer.op, layer.name.substr(0, 32), layer.kernel, number(layer.macs),
                    number(layer.instructions), per_mac, share(layer.instructions, static_cast<double>(counted)),
                    number(layer.arena_live_bytes), number(layer.stack_bytes)});
  }
  std::string result = fmt::format("{} on {} ({}, {})\n\n{}\n", m.model, board.title, m.core, m.emulator, table(rows));

  if (!m.counted_on.empty())
    result += fmt::format("Nothing emulates this board: memory and instructions are those of {}, estimates here.\n\n",
                          m.counted_on);
  const uint64_t flash = m.memory.flash_code_bytes + m.memory.flash_model_bytes;
  const uint64_t ram = m.memory.ram_static_bytes + m.stack_bytes;
  result += table({
      {m.counted_on.empty() ? "exact" : "estimated", "bytes", "of the board", "made of"},
      {"flash", number(flash), share(flash, board.flash_bytes.value),
       fmt::format("code {} (tables {}), model {}", number(m.memory.flash_code_bytes),
                   number(m.memory.flash_tables_bytes), number(m.memory.flash_model_bytes))},
      {"RAM", number(ram), share(ram, board.ram_bytes.value),
       fmt::format("static {} (arena {}), stack {}", number(m.memory.ram_static_bytes), number(m.arena_bytes),
                   number(m.stack_bytes))},
      {"image", number(m.memory.flash_total_bytes), share(m.memory.flash_total_bytes, board.flash_bytes.value),
       fmt::format("code {} + tables {} + model {} + start-up and harness {}",
                   number(m.memory.flash_code_bytes - m.memory.flash_tables_bytes), number(m.memory.flash_tables_bytes),
                   number(m.memory.flash_model_bytes), number(m.memory.flash_startup_bytes()))},
  });
  result += fmt::format("\ninstructions  {}{}", number(m.instructions), m.exact_instructions ? "" : " (timer: +-5)");
  if (m.init_instructions) result += fmt::format(", init {}", number(*m.init_instructions));
  result +=
      fmt::format("\ncycles        {} +-{:.0f} %", number(static_cast<uint64_t>(m.cycles.value)), m.cycles.error_pct);
  result += fmt::format("\nlatency       {:.3g} ms +-{:.0f} % (estimate: {})\n", m.latency_ms.value,
                        m.latency_ms.error_pct, m.latency_ms.basis);
  if (m.energy_uj)
    result += fmt::format("energy        {:.3g} uJ +-{:.0f} % (estimate: {})\n", m.energy_uj->value,
                          m.energy_uj->error_pct, m.energy_uj->basis);
  else
    result += "energy        unknown: no current is published for this board\n";
  if (!m.functions.empty()) result += fmt::format("\n{}\n{}\n", functions(m), flash_by_symbol(m));
  return result + (m.fits ? "fits\n" : "does not fit\n");
}

}  // namespace mote
