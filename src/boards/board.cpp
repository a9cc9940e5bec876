#include "boards/board.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "board_catalogue_text.h"

namespace mote {

Result<std::vector<Board>> board_catalogue() {
  std::vector<Board> boards;
  for (const board_catalogue_text::EmbeddedFile& file : board_catalogue_text::files()) {
    MOTE_TRY_ASSIGN(Board board, parse_board(file.content, std::string(file.name)));
    boards.push_back(std::move(board));
  }
  std::sort(boards.begin(), boards.end(), [](const Board& a, const Board& b) { return a.name < b.name; });
  return boards;
}

Result<Board> load_board(std::string_view name_or_path) {
  const std::string name(name_or_path);
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
    MOTE_TRY_ASSIGN(const std::string text, read_text(name));
    return parse_board(text, name);
  }
  MOTE_TRY_ASSIGN(const std::vector<Board> boards, board_catalogue());
  std::vector<std::string> known;
  for (const Board& board : boards) {
    if (board.name == name) return board;
    known.push_back(board.name);
  }
  return fail(ErrorCode::kBadInput, "there is no board '{}'; known: {}; or give the path of a board file (.toml)", name,
              fmt::join(known, ", "));
}

}  // namespace mote
