/// The sweep on every emulated board, that is with every instruction set's kernels: a part of the cases that reaches
/// all kinds; all of them with MOTE_SWEEP=all, or those whose names contain what else it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "boards/emulator.h"
#include "boards/image.h"
#include "boards/runner.h"
#include "expected.h"
#include "pack.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr size_t kLeastCases = 200;
constexpr size_t kFewCases = 40;
constexpr size_t kCasesOfAnImage = 70;

/// One board of each kind of kernels is swept in every run, the others by a few cases unless all are asked for.
bool is_representative(const std::string& board) {
  return board == "nano33ble" || board == "pico";
}

std::vector<std::string> emulated_boards() {
  std::vector<std::string> names;
  const auto boards = board_catalogue();
  for (const Board& board : *boards)
    if (board.emulator) names.push_back(board.name);
  return names;
}

/// Those of the cases that this run takes, whose reference is known.
std::vector<sweep::Case> chosen(const std::map<std::string, sweep::Expected>& expected, size_t least) {
  std::vector<sweep::Case> known;
  auto cases = sweep::make_cases();
  for (sweep::Case& c : *cases) {
    const auto found = expected.find(c.name);
    if (found != expected.end() && found->second.outputs) known.push_back(std::move(c));
  }
  const char* const variable = std::getenv("MOTE_SWEEP");
  const std::string_view extent = variable != nullptr ? variable : "";
  if (extent != "all")
    std::erase_if(known, [&](const sweep::Case& c) { return c.name.find(extent) == std::string::npos; });
  const size_t step = extent.empty() ? known.size() / (least + least / 20) : 1;
  std::vector<sweep::Case> result;
  for (size_t i = 0; i < known.size(); i += step) result.push_back(std::move(known[i]));
  return result;
}

/// Size mode has kernels of its own; one board of each kind of them will do.
struct Setting {
  std::string board;
  Optimize optimize;
};
std::vector<Setting> settings() {
  std::vector<Setting> result;
  for (const std::string& name : emulated_boards())
    for (const Optimize optimize : {Optimize::kSpeed, Optimize::kBalanced, Optimize::kSize})
      if (optimize == Optimize::kSpeed || name == "nano33ble") result.push_back({name, optimize});
  return result;
}

class BoardSweep : public ::testing::TestWithParam<Setting> {
 protected:
  /// Runs the cases in one image, or in two of half of them each where one does not fit the board.
  void run(const Board& board, std::span<const sweep::Case> part) {
    MOTE_ASSERT_ASSIGN(const GeneratedModel code,
                       sweep::pack(part, {instruction_set(board.core), GetParam().optimize}));
    MOTE_ASSERT_ASSIGN(const TemporaryFolder folder, TemporaryFolder::make());
    const auto image = build_image(board, code, {}, folder.path());
    if (!image && image.error().code == ErrorCode::kDoesNotFit) {
      if (part.size() == 1) return;
      run(board, part.first(part.size() / 2));
      run(board, part.subspan(part.size() / 2));
      return;
    }
    ASSERT_TRUE(image) << image.error().text();
    SCOPED_TRACE(fmt::format("{} to {}", part.front().name, part.back().name));
    const Bytes word(4);
    MOTE_ASSERT_ASSIGN(const BoardRun result, run_image(board, *image, word, 1, {.counting = Counting::kNothing}));
    ASSERT_EQ(result.outputs.size(), part.size() * sizeof(uint64_t));
    for (size_t i = 0; i < part.size(); ++i) {
      uint64_t digest = 0;
      std::memcpy(&digest, result.outputs.data() + i * sizeof digest, sizeof digest);
      EXPECT_EQ(digest, *expected_.at(part[i].name).outputs) << part[i].name << " on " << board.title;
    }
    ran_ += part.size();
  }

  std::map<std::string, sweep::Expected> expected_;
  size_t ran_ = 0;  ///< cases that fit the board
};

TEST_P(BoardSweep, EveryCaseGivesTheReferencesBytes) {
  MOTE_ASSERT_ASSIGN(Board board, load_board(GetParam().board));
  if (const auto tools = check_tools(board); !tools) GTEST_SKIP() << tools.error().text();
  MOTE_ASSERT_ASSIGN(expected_, sweep::read_expected());
  const size_t least = is_representative(board.name) ? kLeastCases : kFewCases;
  const std::vector<sweep::Case> cases = chosen(expected_, least);
  // A small part takes a few cases at a time, and most of its RAM for the stack of kernels that no one would put there.
  const bool small = board.core == Core::kAvr;
  if (small) board.stack_reserve_bytes = 1024;
  const size_t group = small ? 4 : kCasesOfAnImage;
  for (size_t first = 0; first < cases.size(); first += group)
    run(board, std::span(cases).subspan(first, std::min(group, cases.size() - first)));
  EXPECT_GE(ran_, std::min(least, cases.size()) / 2);
  RecordProperty("cases", static_cast<int>(ran_));
}

INSTANTIATE_TEST_SUITE_P(Emulated, BoardSweep, ::testing::ValuesIn(settings()), [](const auto& test_case) {
  return fmt::format("{}_{}", test_case.param.board, name(test_case.param.optimize));
});

}  // namespace
}  // namespace mote
