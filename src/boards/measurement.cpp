#include "boards/measurement.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace mote {

namespace fs = std::filesystem;

namespace {

uint64_t rounded_mean(uint64_t sum, size_t count) {
  return static_cast<uint64_t>(std::llround(static_cast<double>(sum) / static_cast<double>(count)));
}

/// To `digits` decimals, so that it prints short.
double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

/// The layers' means, from the image with markers; the plan's facts where they were given.
std::vector<LayerMeasurement> layer_rows(const BoardRun& run, const GeneratedModel& model,
                                         std::vector<LayerMeasurement> rows) {
  rows.resize(std::max(rows.size(), model.layers.size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name.empty() && i < model.layers.size()) rows[i].name = model.layers[i];
    uint64_t sum = 0;
    for (const InferenceCounts& inference : run.inferences)
      if (i < inference.layers.size()) {
        sum += inference.layers[i].instructions();
        rows[i].stack_bytes = std::max(rows[i].stack_bytes, inference.layer_stack_bytes[i]);
      }
    rows[i].instructions = rounded_mean(sum, run.inferences.size());
  }
  return rows;
}

Result<> estimate(const Board& board, const BoardRun& run, Measurement& measurement) {
  std::optional<InstructionMix> mix;
  if (run.counting == Counting::kPlugin) {
    mix.emplace();
    for (const InferenceCounts& inference : run.inferences) *mix += inference.mix;
    for (uint64_t& count : mix->counts) count = rounded_mean(count, run.inferences.size());
  }
  MOTE_TRY_ASSIGN(measurement.cycles, estimate_cycles(board, measurement.instructions, mix));
  measurement.latency_ms = estimate_latency_ms(board, measurement.cycles);
  MOTE_TRY_ASSIGN(measurement.energy_uj, estimate_energy_uj(board, measurement.latency_ms));
  return {};
}

}  // namespace

Bytes reference_inputs(uint64_t bytes) {
  Bytes inputs;
  for (uint32_t x : {1u, 12345u, 0xDEADBEEFu}) {
    for (uint64_t i = 0; i < bytes; ++i) {
      x = x * 1664525u + 1013904223u;
      inputs.push_back(static_cast<uint8_t>(x >> 24));
    }
  }
  return inputs;
}

namespace {

bool fits(const Board& board, const Measurement& m) {
  return m.memory.flash_code_bytes + m.memory.flash_model_bytes <= board.flash() &&
         m.memory.ram_static_bytes + m.stack_bytes <= board.ram();
}

/// The stand-in's figures with this board's limits; its cycles times the published factor.
Result<Measurement> measure_stand_in(const Board& board, const GeneratedModel& model, const MeasureOptions& options) {
  MOTE_TRY_ASSIGN(const Board other, load_board(board.stand_in->board));
  MOTE_TRY_ASSIGN(Measurement m, measure(other, model, options));
  const Figure& factor = board.stand_in->cycles_factor;
  const double error = factor.error_pct.value_or(0);
  m.counted_on = other.name;
  m.board = board.name;
  m.core = board.core_name;
  m.cycles.value *= factor.value;
  m.cycles.error_pct = std::hypot(m.cycles.error_pct, error);
  m.cycles.basis += fmt::format("; x {} from {} to {} ({} %)", factor.value, other.title, board.title, error);
  m.latency_ms = estimate_latency_ms(board, m.cycles);
  MOTE_TRY_ASSIGN(m.energy_uj, estimate_energy_uj(board, m.latency_ms));
  m.fits = fits(board, m);
  return m;
}

}  // namespace

Result<Measurement> measure(const Board& board, const GeneratedModel& model, const MeasureOptions& options) {
  if (!board.emulator && board.stand_in) return measure_stand_in(board, model, options);
  std::optional<TemporaryFolder> temporary;
  fs::path folder = options.keep;
  if (folder.empty()) {
    MOTE_TRY_ASSIGN(temporary, TemporaryFolder::make("mote-measure"));
    folder = temporary->path();
  }
  MOTE_TRY_ASSIGN(const Image image, build_image(board, model, {}, folder));
  const uint64_t bytes_in = image.interface.bytes_in();
  const Bytes inputs = options.inputs.empty() ? reference_inputs(bytes_in) : options.inputs;
  if (bytes_in == 0 || inputs.size() % bytes_in != 0 || inputs.empty())
    return fail(ErrorCode::kBadInput, "{} bytes of inputs are not whole inferences of {} bytes", inputs.size(),
                bytes_in);
  const size_t inferences = inputs.size() / bytes_in;
  RunOptions run_options;
  run_options.timeout = options.timeout;
  run_options.reset_between = true;
  run_options.functions = options.functions;
  MOTE_TRY_ASSIGN(const BoardRun run, run_image(board, image, inputs, inferences, run_options));
  run_options.functions = false;

  Measurement m;
  m.model = options.model_name.empty() ? model.name : options.model_name;
  m.board = board.name;
  m.core = board.core_name;
  m.emulator = fmt::format("{}, machine {}", run.emulator, board.emulator->machine);
  m.compiler = image.compiler;
  m.arena_bytes = image.interface.arena_bytes;
  m.exact_instructions = run.counting == Counting::kPlugin;
  if (m.exact_instructions) m.init_instructions = run.init_instructions;
  uint64_t sum = 0;
  for (const InferenceCounts& inference : run.inferences) {
    sum += inference.instructions;
    m.stack_bytes = std::max(m.stack_bytes, inference.stack_bytes);
  }
  m.instructions = rounded_mean(sum, inferences);
  for (const FunctionCount& function : run.functions)
    m.functions.push_back({function.name, rounded_mean(function.instructions, inferences)});
  MOTE_TRY_ASSIGN(m.memory, memory_use(board, image));
  m.fits = fits(board, m);

  m.layers = options.layers;
  if (m.exact_instructions) {
    MOTE_TRY_ASSIGN(const Image marked,
                    build_image(board, model, {.layer_markers = true}, folder / "with_layer_markers"));
    MOTE_TRY_ASSIGN(const BoardRun by_layer, run_image(board, marked, inputs, inferences, run_options));
    if (by_layer.outputs != run.outputs)
      return fail(ErrorCode::kInternal, "the image with layer markers gives other outputs than the one without");
    m.layers = layer_rows(by_layer, model, options.layers);
  }
  for (const LayerMeasurement& layer : m.layers) m.macs += layer.macs;
  MOTE_TRY(estimate(board, run, m));
  return m;
}

nlohmann::ordered_json to_json(const Measurement& m) {
  nlohmann::ordered_json json = {
      {"schema_version", 1},
      {"model", m.model},
      {"board", m.board},
      {"core", m.core},
      {"emulator", m.emulator},
      {"compiler", m.compiler},
      {"counted_on", nullptr},
      {"macs", m.macs},
      {"instructions", m.instructions},
      {"instructions_exact", m.exact_instructions},
      {"init_instructions", nullptr},
      {"flash_code_bytes", m.memory.flash_code_bytes},
      {"flash_tables_bytes", m.memory.flash_tables_bytes},
      {"flash_model_bytes", m.memory.flash_model_bytes},
      {"flash_startup_bytes", m.memory.flash_startup_bytes()},
      {"flash_image_bytes", m.memory.flash_total_bytes},
      {"ram_static_bytes", m.memory.ram_static_bytes},
      {"arena_bytes", m.arena_bytes},
      {"stack_bytes", m.stack_bytes},
      {"layers", nlohmann::ordered_json::array()},
      {"cycles", std::llround(m.cycles.value)},
      {"cycles_error_pct", rounded(m.cycles.error_pct, 1)},
      {"latency_ms", rounded(m.latency_ms.value, 6)},
      {"latency_error_pct", rounded(m.latency_ms.error_pct, 1)},
      {"latency_basis", m.latency_ms.basis},
      {"energy_uj", nullptr},
      {"energy_error_pct", nullptr},
      {"fits", m.fits},
  };
  if (!m.counted_on.empty()) json["counted_on"] = m.counted_on;
  if (m.init_instructions) json["init_instructions"] = *m.init_instructions;
  if (m.energy_uj) {
    json["energy_uj"] = rounded(m.energy_uj->value, 4);
    json["energy_error_pct"] = rounded(m.energy_uj->error_pct, 1);
    json["energy_basis"] = m.energy_uj->basis;
  }
  for (size_t i = 0; i < m.layers.size(); ++i) {
    const LayerMeasurement& layer = m.layers[i];
    json["layers"].push_back({{"index", i},
                              {"op", layer.op},
                              {"name", layer.name},
                              {"kernel", layer.kernel},
                              {"macs", layer.macs},
                              {"instructions", layer.instructions},
                              {"arena_live_bytes", layer.arena_live_bytes},
                              {"stack_bytes", layer.stack_bytes}});
  }
  json["flash_symbols"] = nlohmann::ordered_json::array();
  for (const FlashSymbol& symbol : m.memory.symbols)
    json["flash_symbols"].push_back({{"name", symbol.name}, {"part", symbol.part}, {"bytes", symbol.bytes}});
  for (const FunctionCount& function : m.functions)
    json["functions"].push_back({{"name", function.name}, {"instructions", function.instructions}});
  return json;
}

}  // namespace mote
