/// The reference models on the emulated boards: the reference's bytes, within committed budgets. The emulator counts
/// exactly, so a budget is the figure itself with a little room; it holds for the compiler it was taken with.
#include <algorithm>

#include "base/rng.h"
#include "boards/board.h"
#include "boards/emulator.h"
#include "formats/tflite_reader.h"
#include "peers.h"
#include "pipeline/measure.h"
#include "pipeline/reference_input.h"

namespace mote {
namespace {

/// The compilers, by their prefix, that the budgets were taken with.
constexpr std::pair<std::string_view, std::string_view> kBudgetCompilers[] = {
    {"arm-none-eabi-", "12.2.1"}, {"riscv64-unknown-elf-", "12.2.0"}, {"avr-", "5.4.0"}};

bool budgets_hold_for(const Board& board, const std::string& compiler) {
  return std::any_of(std::begin(kBudgetCompilers), std::end(kBudgetCompilers), [&](const auto& known) {
    return known.first == board.compiler_prefix && compiler.find(known.second) != std::string::npos;
  });
}

struct Budget {
  const char* board;
  const char* peer;
  uint64_t instructions, code_bytes, arena_bytes, stack_bytes;
  size_t max_ram = 0;  ///< a limit for the arena; 0: none
  Optimize optimize = Optimize::kSpeed;
};

/// Another compiler's figures are reported, not judged.
void expect_within(const Budget& budget, const Board& board, const Measurement& m) {
  if (!budgets_hold_for(board, m.compiler)) {
    GTEST_LOG_(INFO) << "no budgets are known for the compiler " << m.compiler << ": " << m.instructions
                     << " instructions, " << m.memory.flash_code_bytes << " bytes of code";
    return;
  }
  EXPECT_LE(m.instructions, budget.instructions);
  EXPECT_LE(m.memory.flash_code_bytes, budget.code_bytes);
  EXPECT_LE(m.arena_bytes, budget.arena_bytes);
  EXPECT_LE(m.stack_bytes, budget.stack_bytes);
}

class PeersOnBoards : public ::testing::TestWithParam<Budget> {};

TEST_P(PeersOnBoards, ComputeTheReferenceBytesWithinTheirBudget) {
  MOTE_SKIP_WITHOUT_SHARED();
  const Budget& budget = GetParam();
  MOTE_ASSERT_ASSIGN(const Board board, load_board(budget.board));
  if (const auto tools = check_tools(board); !tools) GTEST_SKIP() << tools.error().text();
  const std::vector<testing::Peer> all = testing::peers();
  const auto peer = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == budget.peer; });
  ASSERT_NE(peer, all.end());
  MOTE_ASSERT_ASSIGN(const Model model, load_model(peer->file));
  DeployOptions options{.front_end = true, .keep_input = false, .target = {}, .name = peer->name};
  options.max_ram = budget.max_ram;
  options.target.optimize = budget.optimize;
  MOTE_ASSERT_ASSIGN(const Firmware firmware, build_firmware(model, board, options));
  Batch inputs;
  std::vector<uint8_t> expected;
  for (size_t i = 0; i < kReferenceSeeds.size(); ++i) {
    const std::vector<uint8_t> input = reference_input(firmware.plan.inputs, kReferenceSeeds[i]);
    inputs.bytes.insert(inputs.bytes.end(), input.begin(), input.end());
    expected.insert(expected.end(), peer->outputs[i].begin(), peer->outputs[i].end());
    ++inputs.inferences;
  }
  MOTE_ASSERT_ASSIGN(const Batch outputs, run_on_board(firmware, board, inputs));
  EXPECT_EQ(outputs.bytes, expected);
  MOTE_ASSERT_ASSIGN(const Measurement m, measure_model(model, board, options));
  expect_within(budget, board, m);
}

INSTANTIATE_TEST_SUITE_P(
    Budgets, PeersOnBoards,
    ::testing::Values(Budget{"nano33ble", "gesture_mlp", 620, 2100, 16, 72},
                      Budget{"nano33ble", "hello_int8", 428, 700, 16, 48},
                      Budget{"nano33ble", "micro_speech", 493'000, 4720, 4632, 352},
                      Budget{"nano33ble", "kws_dscnn", 2'564'000, 9860, 8864, 376},
                      Budget{"nano33ble", "ad_autoencoder", 248'500, 2630, 1920, 176},
                      Budget{"nano33ble", "ic_resnet8", 10'493'000, 11'880, 36608, 376},
                      Budget{"nano33ble", "vww_mobilenet", 7'486'000, 13'730, 38464, 384},
                      Budget{"nano33ble", "vww_mobilenet", 7'533'000, 14'620, 27'916, 392, 28'672},
                      Budget{"nano33ble", "ic_resnet8", 11'156'000, 24'650, 24'256, 424, 24'576},
                      Budget{"nano33ble", "gesture_mlp", 1440, 960, 48, 152, 0, Optimize::kSize},
                      Budget{"nano33ble", "kws_dscnn", 4'720'000, 3010, 8128, 240, 0, Optimize::kSize},
                      Budget{"nano33ble", "ad_autoencoder", 305'500, 1060, 1920, 136, 0, Optimize::kSize},
                      Budget{"nano33ble", "ic_resnet8", 16'860'000, 3500, 33'584, 240, 0, Optimize::kSize},
                      Budget{"nano33ble", "vww_mobilenet", 14'380'000, 4930, 37'464, 264, 0, Optimize::kSize},
                      Budget{"pico", "gesture_mlp", 2050, 2360, 48, 96},
                      Budget{"pico", "hello_int8", 1460, 740, 48, 56},
                      Budget{"pico", "micro_speech", 1'564'000, 5460, 5100, 460},
                      Budget{"pico", "kws_dscnn", 8'275'000, 7850, 8512, 480},
                      Budget{"pico", "ic_resnet8", 33'660'000, 9000, 35024, 480},
                      Budget{"pico", "vww_mobilenet", 25'995'000, 10'580, 37'690, 496},
                      Budget{"pico", "ad_autoencoder", 673'000, 2370, 2560, 132},
                      Budget{"microbit", "gesture_mlp", 2050, 2360, 48, 96},
                      Budget{"nucleo_f103rb", "gesture_mlp", 2110, 1940, 80, 72},
                      Budget{"nucleo_f103rb", "kws_dscnn", 5'700'000, 6450, 8512, 488},
                      Budget{"corstone300", "gesture_mlp", 476, 2640, 20, 196},
                      Budget{"corstone300", "hello_int8", 350, 1330, 24, 180},
                      Budget{"corstone300", "micro_speech", 65'300, 3570, 4516, 424},
                      Budget{"corstone300", "kws_dscnn", 645'500, 6620, 9216, 448},
                      Budget{"corstone300", "ad_autoencoder", 42'050, 4440, 760, 220},
                      Budget{"corstone300", "ic_resnet8", 1'980'000, 9950, 33'612, 500},
                      Budget{"corstone300", "vww_mobilenet", 1'995'000, 11'430, 38'472, 488},
                      Budget{"esp32c3", "gesture_mlp", 2250, 2180, 48, 40},
                      Budget{"esp32c3", "kws_dscnn", 8'240'000, 8420, 8512, 388},
                      Budget{"esp32c3", "ic_resnet8", 33'870'000, 11'050, 35024, 400},
                      Budget{"esp32c3", "vww_mobilenet", 25'460'000, 11'540, 37'690, 404},
                      Budget{"esp32c3", "ad_autoencoder", 745'000, 1910, 2560, 120},
                      Budget{"uno", "gesture_mlp", 10'850, 3620, 28, 112}),
    [](const auto& test_case) {
      return std::string(test_case.param.board) + "_" + test_case.param.peer +
             (test_case.param.max_ram > 0 ? "_in_less" : "") +
             (test_case.param.optimize == Optimize::kSize ? "_for_size" : "");
    });

/// A network for images in 32 KB of flash and 2 KB of RAM: the host's bytes, and cycles as the simulator counts them.
TEST(Uno, RunsTheMnistNetworkWithinItsBudget) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const Board board, load_board("uno"));
  if (const auto tools = check_tools(board); !tools) GTEST_SKIP() << tools.error().text();
  MOTE_ASSERT_ASSIGN(const Model model,
                     load_model(testing::shared_path("data/models_tinymaix/dev/mnist_valid_q/mnist_valid_q.tflite")));
  const DeployOptions options{.front_end = true, .keep_input = false, .name = "mnist"};
  MOTE_ASSERT_ASSIGN(const Firmware firmware, build_firmware(model, board, options));
  Batch inputs;
  for (const uint32_t seed : kReferenceSeeds) {
    const std::vector<uint8_t> input = reference_input(firmware.plan.inputs, seed);
    inputs.bytes.insert(inputs.bytes.end(), input.begin(), input.end());
    ++inputs.inferences;
  }
  MOTE_ASSERT_ASSIGN(const Batch outputs, run_on_board(firmware, board, inputs));
  Interpreter interpreter(firmware.plan);
  EXPECT_EQ(outputs.bytes, run_on_host(interpreter, inputs).bytes);
  MOTE_ASSERT_ASSIGN(const Measurement m, measure_model(model, board, options));
  EXPECT_TRUE(m.fits);
  if (budgets_hold_for(board, m.compiler)) {
    EXPECT_LE(m.cycles.value, 325'500);
    EXPECT_LE(m.memory.flash_code_bytes + m.memory.flash_model_bytes, 6400u);
    EXPECT_LE(m.memory.ram_static_bytes + m.stack_bytes, 1032u);
  }
}

/// A chain of fully connected int8 layers with random weights, and a softmax.
Graph random_mlp(const std::vector<int32_t>& sizes) {
  Rng rng(21);
  Graph graph;
  graph.name = "mlp";
  const auto step = [](float scale, int32_t zero_point) { return Quantization{{scale}, {zero_point}, 0}; };
  ValueId last = graph.add_value("in", {DType::kInt8, {1, sizes[0]}, step(0.03f, 4)});
  graph.inputs = {last};
  for (size_t i = 1; i < sizes.size(); ++i) {
    Tensor weights({DType::kInt8, {sizes[i], sizes[i - 1]}, step(0.01f, 0)});
    for (int8_t& w : weights.as<int8_t>()) w = static_cast<int8_t>(static_cast<int>(rng.below(255)) - 127);
    Tensor bias({DType::kInt32, {sizes[i]}, step(0.0003f, 0)});
    for (int32_t& b : bias.as<int32_t>()) b = static_cast<int32_t>(rng.below(4000)) - 2000;
    const bool hidden = i + 1 < sizes.size();
    const FullyConnected op{hidden ? Activation::kRelu : Activation::kNone};
    last = *graph.add_node(op,
                           {last, graph.add_constant(fmt::format("w{}", i), std::move(weights)),
                            graph.add_constant(fmt::format("b{}", i), std::move(bias))},
                           fmt::format("dense{}", i));
    graph.value(last).type.quantization = hidden ? step(0.05f, -128) : step(0.2f, 3);
  }
  last = *graph.add_node(Softmax{}, {last}, "probabilities");
  graph.value(last).type.quantization = step(1.0f / 256, -128);
  graph.outputs = {last};
  return graph;
}

/// What is reached for the reference network is no property of its sizes.
TEST(FreshMlp, KeepsTheReferenceModelsCostPerMac) {
  MOTE_ASSERT_ASSIGN(const Board board, load_board("nano33ble"));
  for (const std::vector<int32_t>& sizes : {std::vector<int32_t>{15, 20, 10, 5}, std::vector<int32_t>{24, 12, 12, 3}}) {
    MOTE_ASSERT_ASSIGN(const Measurement m, measure_model(Model{random_mlp(sizes), {}, {}}, board, {}));
    if (!budgets_hold_for(board, m.compiler)) continue;
    EXPECT_LE(static_cast<double>(m.instructions), 2.2 * static_cast<double>(m.macs))
        << m.instructions << " for " << m.macs;
    EXPECT_LE(m.memory.flash_code_bytes, 3584u);
    EXPECT_LE(m.arena_bytes, 100u);
    EXPECT_LE(m.stack_bytes, 256u);
  }
}

}  // namespace
}  // namespace mote
