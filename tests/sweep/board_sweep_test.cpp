/// The sweep on every emulated board, that is with every instruction set's kernels: a part of the cases that reaches
/// all kinds, or all of them with MOTE_SWEEP=all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "boards/image.h"
#include "boards/runner.h"
#include "expected.h"
#include "pack.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr size_t kLeastCases = 200;
constexpr size_t kCasesOfAnImage = 70;

std::vector<std::string> emulated_boards() {
  std::vector<std::string> names;
  const auto boards = board_catalogue();
  for (const Board& board : *boards)
    if (board.emulator) names.push_back(board.name);
  return names;
}

/// Those of the cases that this run takes, whose reference is known.
std::vector<sweep::Case> chosen(const std::map<std::string, sweep::Expected>& expected) {
  std::vector<sweep::Case> known;
  auto cases = sweep::make_cases();
  for (sweep::Case& c : *cases) {
    const auto found = expected.find(c.name);
    if (found != expected.end() && found->second.outputs) known.push_back(std::move(c));
  }
  const char* const extent = std::getenv("MOTE_SWEEP");
  const size_t step = extent != nullptr && std::string_view(extent) == "all" ? 1 : known.size() / (kLeastCases + 10);
  std::vector<sweep::Case> result;
  for (size_t i = 0; i < known.size(); i += step) result.push_back(std::move(known[i]));
  return result;
}

class BoardSweep : public ::testing::TestWithParam<std::string> {};

TEST_P(BoardSweep, EveryCaseGivesTheReferencesBytes) {
  MOTE_ASSERT_ASSIGN(const Board board, load_board(GetParam()));
  MOTE_ASSERT_ASSIGN(const auto expected, sweep::read_expected());
  const std::vector<sweep::Case> cases = chosen(expected);
  ASSERT_GE(cases.size(), kLeastCases);
  for (size_t first = 0; first < cases.size(); first += kCasesOfAnImage) {
    const auto part = std::span(cases).subspan(first, std::min(kCasesOfAnImage, cases.size() - first));
    MOTE_ASSERT_ASSIGN(const GeneratedModel code, sweep::pack(part));
    MOTE_ASSERT_ASSIGN(const TemporaryFolder folder, TemporaryFolder::make());
    MOTE_ASSERT_ASSIGN(const Image image, build_image(board, code, {}, folder.path()));
    const Bytes word(4);
    MOTE_ASSERT_ASSIGN(const BoardRun run, run_image(board, image, word, 1, {.counting = Counting::kNothing}));
    ASSERT_EQ(run.outputs.size(), part.size() * sizeof(uint64_t));
    for (size_t i = 0; i < part.size(); ++i) {
      uint64_t digest = 0;
      std::memcpy(&digest, run.outputs.data() + i * sizeof digest, sizeof digest);
      EXPECT_EQ(digest, *expected.at(part[i].name).outputs) << part[i].name << " on " << board.title;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Emulated, BoardSweep, ::testing::ValuesIn(emulated_boards()),
                         [](const auto& test_case) { return test_case.param; });

}  // namespace
}  // namespace mote
