/// The two smallest reference models on the emulated Nano 33 BLE: the reference's bytes, within committed budgets.
#include "boards/board.h"
#include "formats/tflite_reader.h"
#include "peers.h"
#include "pipeline/measure.h"
#include "pipeline/reference_input.h"

namespace mote {
namespace {

using ::testing::AnyOf;

struct Budget {
  const char* peer;
  uint64_t instructions, code_bytes, arena_bytes, stack_bytes;
};

class PeersOnTheBoard : public ::testing::TestWithParam<Budget> {};

TEST_P(PeersOnTheBoard, ComputeTheReferenceBytesWithinTheirBudget) {
  MOTE_SKIP_WITHOUT_SHARED();
  const Budget& budget = GetParam();
  MOTE_ASSERT_ASSIGN(const Board board, load_board("nano33ble"));
  for (const testing::Peer& peer : testing::peers()) {
    if (peer.name != budget.peer) continue;
    MOTE_ASSERT_ASSIGN(const Model model, load_model(peer.file));
    const DeployOptions options{.front_end = true, .keep_input = false, .name = peer.name};
    MOTE_ASSERT_ASSIGN(const Firmware firmware, build_firmware(model, board, options));
    for (size_t i = 0; i < kReferenceSeeds.size(); ++i) {
      const Batch inputs{reference_input(firmware.plan.inputs, kReferenceSeeds[i]), 1};
      MOTE_ASSERT_ASSIGN(const Batch outputs, run_on_board(firmware, board, inputs));
      EXPECT_EQ(outputs.bytes, peer.outputs[i]) << "seed " << kReferenceSeeds[i];
    }
    MOTE_ASSERT_ASSIGN(const Measurement m, measure_model(model, board, options));
    EXPECT_LE(m.instructions, budget.instructions);
    EXPECT_LE(m.memory.flash_code_bytes, budget.code_bytes);
    EXPECT_LE(m.arena_bytes, budget.arena_bytes);
    EXPECT_LE(m.stack_bytes, budget.stack_bytes);
    return;
  }
  FAIL() << "no peer " << budget.peer;
}

INSTANTIATE_TEST_SUITE_P(Nano33Ble, PeersOnTheBoard,
                         ::testing::Values(Budget{"gesture_mlp", 3000, 3584, 100, 256},
                                           Budget{"hello_int8", 3000, 3584, 100, 256}),
                         [](const auto& test_case) { return std::string(test_case.param.peer); });

}  // namespace
}  // namespace mote
