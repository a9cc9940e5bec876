#include "boards/board_json.h"

#include <nlohmann/json.hpp>

namespace mote {

namespace {

nlohmann::ordered_json to_json(const std::optional<Figure>& figure) {
  if (!figure) return nullptr;
  nlohmann::ordered_json json = {{"value", figure->value}, {"source", figure->source}};
  if (figure->error_pct) json["error_pct"] = *figure->error_pct;
  return json;
}

}  // namespace

nlohmann::ordered_json to_json(const Board& board) {
  nlohmann::ordered_json json = {
      {"schema_version", 1},
      {"name", board.name},
      {"title", board.title},
      {"chip", board.chip},
      {"core", board.core_name},
      {"emulator", nullptr},
      {"flash_bytes", to_json(board.flash_bytes)},
      {"ram_bytes", to_json(board.ram_bytes)},
      {"stack_reserve_bytes", board.stack_reserve_bytes},
      {"clock_mhz", to_json(board.clock_mhz)},
      {"flash_wait_states", to_json(board.flash_wait_states)},
      {"memory_factor", to_json(board.memory_factor)},
      {"voltage_v", to_json(board.voltage_v)},
      {"active_ma", to_json(board.active_ma)},
      {"sleep_ua", to_json(board.sleep_ua)},
  };
  if (board.emulator) json["emulator"] = fmt::format("{} {}", name_of(board.emulator->kind), board.emulator->machine);
  if (board.stand_in)
    json["stand_in"] = {{"board", board.stand_in->board},
                        {"cycles_factor", to_json(std::optional(board.stand_in->cycles_factor))}};
  return json;
}

}  // namespace mote
