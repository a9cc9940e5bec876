#include "boards/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "board_catalogue_text.h"
#include "boards/board_json.h"

namespace mote {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string nano_text() {
  for (const auto& file : board_catalogue_text::files())
    if (file.name == "nano33ble.toml") return std::string(file.content);
  return "";
}

std::string with(const std::string& what, const std::string& instead) {
  std::string text = nano_text();
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

TEST(Board, EveryFigureOfTheCatalogueNamesItsSource) {
  const auto boards = board_catalogue();
  ASSERT_TRUE(boards) << boards.error().text();
  ASSERT_GE(boards->size(), 2u);
  for (const Board& board : *boards) {
    SCOPED_TRACE(board.name);
    EXPECT_TRUE(load_board(board.name));
    for (const Figure& figure : {board.flash_bytes, board.ram_bytes, board.clock_mhz})
      EXPECT_GT(figure.source.size(), 10u);
    for (const auto& figure :
         {board.flash_wait_states, board.memory_factor, board.voltage_v, board.active_ma, board.sleep_ua}) {
      if (figure) {
        EXPECT_GT(figure->source.size(), 10u);
      }
    }
  }
}

TEST(Board, TheNanoIsWhatItsDataSheetSays) {
  const auto board = load_board("nano33ble");
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_EQ(board->flash(), 1024u * 1024u);
  EXPECT_EQ(board->ram(), 256u * 1024u);
  EXPECT_EQ(board->clock_mhz.value, 64);
  EXPECT_EQ(board->core, Core::kCortexM4);
  ASSERT_TRUE(board->emulator);
  EXPECT_EQ(board->emulator->machine, "mps2-an386");
}

TEST(Board, AnUnknownNameListsTheKnownOnes) {
  const auto board = load_board("nano34");
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().message, AllOf(HasSubstr("no board 'nano34'"), HasSubstr("nano33ble"), HasSubstr("pico")));
}

TEST(Board, ABoardFileOfTheUsersOwnIsReadByItsPath) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const auto path = folder->path() / "mine.toml";
  ASSERT_TRUE(write_text(path, with("\"nano33ble\"", "\"mine\"")));
  const auto board = load_board(path.string());
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_EQ(board->name, "mine");
  EXPECT_FALSE(load_board((folder->path() / "absent.toml").string()));
}

TEST(Board, MistakesAreNamedByLineAndColumn) {
  struct Case {
    std::string what, instead, message;
  };
  const Case cases[] = {
      {"title = ", "titel = ", "the key 'title' is missing"},
      {"clock_mhz = {", "clock_mhz = 64 #", ":26:13: 'speed.clock_mhz' must be { value = ..., source = \"...\" }"},
      {"value = 64,", "value = \"64\",", "'speed.clock_mhz.value' must be a number from"},
      {"value = 64,", "value = 64, note = 1,", "unknown key 'speed.clock_mhz.note'"},
      {"stack_reserve_bytes = 2048", "stack_reserve_bytes = 2047", "must be a multiple of 8"},
      {"\"cortex-m4f\"", "\"cortex-m99\"", "core 'cortex-m99' is not known"},
      {"\"qemu-arm\"", "\"bochs\"", "emulator.kind 'bochs' is not known"},
      {"schema_version = 1", "schema_version = 2", "schema_version 2 is not known"},
      {"[power]", "[power", "board.toml:30:"},
  };
  for (const Case& c : cases) {
    const auto board = parse_board(with(c.what, c.instead), "board.toml");
    ASSERT_FALSE(board) << c.instead;
    EXPECT_THAT(board.error().text(), AllOf(HasSubstr("board.toml"), HasSubstr(c.message)));
  }
}

TEST(Board, JsonCarriesEverySourceAndNullForWhatIsNotPublished) {
  const auto board = load_board("pico");
  ASSERT_TRUE(board) << board.error().text();
  const nlohmann::json json = to_json(*board);
  EXPECT_EQ(json["clock_mhz"]["value"], 133);
  EXPECT_EQ(json["active_ma"]["source"], board->active_ma->source);
  EXPECT_TRUE(json["flash_wait_states"].is_null());
  EXPECT_EQ(json["emulator"], "qemu-arm mps2-an385");
}

TEST(Board, WhatIsNotPublishedMayBeMissing) {
  const std::string text = nano_text();
  const auto board = parse_board(text.substr(0, text.find("[power]")), "board.toml");
  ASSERT_TRUE(board) << board.error().text();
  EXPECT_FALSE(board->active_ma);
  EXPECT_FALSE(board->voltage_v);
}

}  // namespace
}  // namespace mote
