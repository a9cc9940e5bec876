/// Models that carry state on the emulated Nano: the host's bytes, with a reset before each inference and in sequence.
#include "pipeline/measure.h"
#include "state_models.h"

namespace mote {
namespace {

class StateOnBoard : public ::testing::TestWithParam<const char*> {};

TEST_P(StateOnBoard, ComputesTheHostsBytes) {
  MOTE_SKIP_WITHOUT_SHARED();
  const auto read = testing::stateful_model(GetParam());
  ASSERT_TRUE(read) << read.error().text();
  const testing::StatefulModel& stateful = *read;
  MOTE_ASSERT_ASSIGN(const Board board, load_board("nano33ble"));
  MOTE_ASSERT_ASSIGN(const Firmware firmware, build_firmware(stateful.model, board, {.name = "stateful"}));
  Interpreter interpreter(firmware.plan);
  for (const StateUse state : {StateUse::kReset, StateUse::kKeep}) {
    MOTE_ASSERT_ASSIGN(const Batch there, run_on_board(firmware, board, stateful.inputs, state));
    EXPECT_EQ(there.bytes, run_on_host(interpreter, stateful.inputs, state).bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, StateOnBoard, ::testing::Values("mnist_lstm_int8", "keyword_scrambled_8bit"),
                         [](const auto& test_case) { return std::string(test_case.param); });

}  // namespace
}  // namespace mote
