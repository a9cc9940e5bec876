// What must hold on every emulated machine, whatever its instruction set; a missing compiler or emulator skips.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "boards/emu/fake_model.h"
#include "boards/emulator.h"
#include "boards/image.h"
#include "boards/measurement.h"
#include "boards/runner.h"

namespace mote {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kInferences = 3;

Bytes inputs() {
  Bytes bytes(kInferences * test::kFakeInputBytes);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 53 + i / 7);
  return bytes;
}

class EveryEmulator : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto board = load_board(GetParam());
    ASSERT_TRUE(board) << board.error().text();
    board_ = *board;
    if (const auto tools = check_tools(board_); !tools) GTEST_SKIP() << tools.error().text();
    auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  [[nodiscard]] Result<BoardRun> build_and_run(const GeneratedModel& model, bool layer_markers = false) {
    MOTE_TRY_ASSIGN(const Image image, build_image(board_, model, {layer_markers}, folder_->path()));
    return run_image(board_, image, inputs(), kInferences, {.reset_between = true});
  }

  Board board_;
  std::optional<TemporaryFolder> folder_;
};

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryEmulator,
                         ::testing::Values("microbit", "feather_f405", "nrf5340dk", "corstone300", "esp32c3", "uno"),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(EveryEmulator, ComputesWhatTheHostComputesAndCountsTheLayers) {
  const auto run = build_and_run(test::fake_model(), true);
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(run->outputs, test::fake_outputs(inputs(), true));
  EXPECT_EQ(run->counting, Counting::kPlugin);
  for (const InferenceCounts& inference : run->inferences) {
    ASSERT_EQ(inference.layers.size(), 2u);
    InstructionMix sum = inference.layers[0];
    sum += inference.layers[1];
    EXPECT_LT(sum.instructions(), inference.instructions);
    EXPECT_GT(sum.instructions() + 40, inference.instructions) << "only the call and its frame are outside the layers";
    EXPECT_GE(inference.layers[0][Counter::kMultiply] + inference.layers[0][Counter::kVectorMultiply], 12u);
    EXPECT_GE(inference.layers[0][Counter::kBranchesTaken], 12u);
    EXPECT_LE(inference.stack_painted_bytes, inference.stack_bytes);
  }
}

TEST_P(EveryEmulator, FunctionsLayersAndSymbolsAddUp) {
  MeasureOptions options;
  options.functions = true;
  const auto m =
      measure(board_, test::fake_model("volatile uint8_t scratch[64]; scratch[3] = (uint8_t)a[2];"), options);
  ASSERT_TRUE(m) << m.error().text();
  uint64_t instructions = 0;
  bool invoke = false;
  for (const FunctionCount& function : m->functions) {
    instructions += function.instructions;
    invoke = invoke || function.name == "tiny_invoke";
  }
  EXPECT_TRUE(invoke);
  EXPECT_LT(m->functions.size(), 12u);
  EXPECT_NEAR(static_cast<double>(instructions), static_cast<double>(m->instructions),
              static_cast<double>(m->functions.size()));
  for (const LayerMeasurement& layer : m->layers) EXPECT_LE(layer.stack_bytes, m->stack_bytes + 64);
  uint64_t model = 0, start_up = 0;
  for (const FlashSymbol& symbol : m->memory.symbols) {
    if (symbol.part == "model") model += symbol.bytes;
    if (symbol.part == "start-up") start_up += symbol.bytes;
  }
  EXPECT_EQ(model, m->memory.flash_model_bytes);
  EXPECT_GT(start_up, 0u);
  EXPECT_LE(start_up, m->memory.flash_startup_bytes() + 8) << "literals and vectors may belong to no symbol";
}

TEST_P(EveryEmulator, AStackOverflowIsReportedAsOne) {
  const auto run = build_and_run(
      test::fake_model("volatile uint8_t scratch[4096]; for (int i = 4095; i >= 0; --i) scratch[i] = (uint8_t)i;"));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kDoesNotFit) << run.error().text();
}

TEST_P(EveryEmulator, AnEndlessLoopEndsInATimeOut) {
  const auto image = build_image(board_, test::fake_model("for (;;) __asm__ volatile(\"\");"), {}, folder_->path());
  ASSERT_TRUE(image) << image.error().text();
  RunOptions options;
  options.timeout = std::chrono::seconds(1);
  const auto run = run_image(board_, *image, inputs(), kInferences, options);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("did not finish within 1 s"));
}

TEST(StandIn, ABoardThatNothingEmulatesIsEstimatedFromAnother) {
  const auto esp32 = load_board("esp32"), esp32c3 = load_board("esp32c3"), nodemcu = load_board("nodemcu");
  ASSERT_TRUE(esp32 && esp32c3 && nodemcu);
  if (const auto tools = check_tools(*esp32c3); !tools) GTEST_SKIP() << tools.error().text();
  const auto other = measure(*esp32c3, test::fake_model());
  const auto estimated = measure(*esp32, test::fake_model());
  ASSERT_TRUE(other) << other.error().text();
  ASSERT_TRUE(estimated) << estimated.error().text();
  EXPECT_EQ(estimated->counted_on, "esp32c3");
  EXPECT_EQ(estimated->instructions, other->instructions);
  EXPECT_NEAR(estimated->cycles.value, other->cycles.value * esp32->stand_in->cycles_factor.value, 1e-6);
  EXPECT_GT(estimated->cycles.error_pct, other->cycles.error_pct);
  EXPECT_NEAR(estimated->latency_ms.value, estimated->cycles.value / 240'000, 1e-9);
  const auto nothing = measure(*nodemcu, test::fake_model());
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, HasSubstr("nothing emulates NodeMCU"));
}

TEST(RiscV, AFaultIsReportedWithItsPlace) {
  auto board = load_board("esp32c3");
  ASSERT_TRUE(board);
  if (const auto tools = check_tools(*board); !tools) GTEST_SKIP() << tools.error().text();
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const auto image = build_image(*board, test::fake_model("*(volatile uint32_t*)0x90000000 = 1;"), {}, folder->path());
  ASSERT_TRUE(image) << image.error().text();
  const auto run = run_image(*board, *image, inputs(), kInferences);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, AllOf(HasSubstr("a store access fault at 0x"), HasSubstr("in tiny_invoke")));
}

/// The one machine that does what the core does; elsewhere the counting finds it out.
TEST(ArmV6M, AnUnalignedLoadFaultsOnTheMicrobit) {
  const auto board = load_board("microbit");
  ASSERT_TRUE(board);
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const auto image = build_image(
      *board,
      test::fake_model("uint32_t word; __asm__ volatile(\"ldr %0, [%1]\" : \"=l\"(word) : \"l\"(a + 17) : \"memory\"); "
                       "a[20] = (int8_t)word;"),
      {}, folder->path());
  ASSERT_TRUE(image) << image.error().text();
  const auto run = run_image(*board, *image, inputs(), kInferences, {.counting = Counting::kNothing});
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, AllOf(HasSubstr("a hard fault at 0x"), HasSubstr("in tiny_invoke")));
}

}  // namespace
}  // namespace mote
