#include "base/table.h"
#include "boards/board.h"
#include "cli/verbs.h"

namespace mote::cli {

namespace {

struct NamedFigure {
  const char* name;
  const char* unit;
  std::optional<Figure> figure;
};

std::vector<NamedFigure> figures(const Board& board) {
  return {{"flash", "bytes", board.flash_bytes},      {"RAM", "bytes", board.ram_bytes},
          {"clock", "MHz", board.clock_mhz},          {"flash wait states", "cycles", board.flash_wait_states},
          {"memory factor", "", board.memory_factor}, {"supply", "V", board.voltage_v},
          {"active current", "mA", board.active_ma},  {"sleep current", "uA", board.sleep_ua}};
}

nlohmann::json json_of(const Board& board) {
  nlohmann::json json{{"name", board.name},
                      {"title", board.title},
                      {"chip", board.chip},
                      {"core", board.core_name},
                      {"emulated", board.emulator.has_value()},
                      {"figures", nlohmann::json::array()}};
  for (const auto& [name, unit, figure] : figures(board))
    if (figure)
      json["figures"].push_back({{"name", name}, {"unit", unit}, {"value", figure->value}, {"source", figure->source}});
  return json;
}

std::string text_of(const Board& board) {
  std::vector<std::vector<std::string>> rows{{"figure", "value", "unit", "source"}};
  for (const auto& [name, unit, figure] : figures(board))
    if (figure)
      rows.push_back({name, fmt::format("{:.10g}", figure->value), unit, figure->source});
    else
      rows.push_back({name, "-", unit, "not published"});
  return fmt::format("{}: {}, {} ({}), {}\n\n{}", board.name, board.title, board.chip, board.core_name,
                     board.emulator
                         ? fmt::format("emulated by {} {}", name_of(board.emulator->kind), board.emulator->machine)
                     : board.stand_in ? fmt::format("no emulator: estimated from counts on {}", board.stand_in->board)
                                      : "no emulator and nothing to estimate from: limits only",
                     table(rows));
}

}  // namespace

void add_boards(CLI::App& program, Work& work) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = program.add_subcommand("boards", "the catalogue of boards, with the source of each figure");
  verb->add_option("name", *name, "one board, in full (a name, or a board file)");
  verb->footer("Example: mote boards nano33ble");
  verb->callback([name, &work] {
    work = [name](const Console& console) -> Result<int> {
      if (!name->empty()) {
        MOTE_TRY_ASSIGN(const Board board, load_board(*name));
        console.result(text_of(board), json_of(board));
        return 0;
      }
      MOTE_TRY_ASSIGN(const std::vector<Board> boards, board_catalogue());
      nlohmann::json json{{"schema_version", 1}, {"boards", nlohmann::json::array()}};
      std::vector<std::vector<std::string>> rows{{"board", "title", "core", "MHz", "flash", "RAM"}};
      for (const Board& board : boards) {
        json["boards"].push_back(json_of(board));
        rows.push_back({board.name, board.title, board.core_name, fmt::format("{:g}", board.clock_mhz.value),
                        fmt::format("{} KB", board.flash() / 1024), fmt::format("{} KB", board.ram() / 1024)});
      }
      console.result(table(rows), json);
      return 0;
    };
  });
}

}  // namespace mote::cli
