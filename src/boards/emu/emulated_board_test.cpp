// Firmware compiled, linked and run on the emulated boards. Needs gcc-arm-none-eabi, its binutils and qemu-system-arm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "base/process.h"
#include "boards/elf_file.h"
#include "boards/emu/fake_model.h"
#include "boards/image.h"
#include "boards/memory_use.h"
#include "boards/runner.h"

namespace mote {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kInferences = 5;

/// Sets an environment variable for a while.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value, 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

Bytes fake_inputs(size_t inferences) {
  Bytes inputs(inferences * test::kFakeInputBytes);
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<uint8_t>(i * 37 + i / 5);
  return inputs;
}

class EmulatedBoard : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto board = load_board(GetParam());
    ASSERT_TRUE(board) << board.error().text();
    board_ = *board;
    auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  [[nodiscard]] Result<Image> build(const GeneratedModel& model, bool layer_markers = false) {
    return build_image(board_, model, {layer_markers}, folder_->path());
  }
  [[nodiscard]] Result<BoardRun> build_and_run(const GeneratedModel& model, size_t inferences = kInferences,
                                               const RunOptions& options = {}, bool layer_markers = false) {
    MOTE_TRY_ASSIGN(const Image image, build(model, layer_markers));
    return run_image(board_, image, fake_inputs(inferences), inferences, options);
  }

  Board board_;
  std::optional<TemporaryFolder> folder_;
};

INSTANTIATE_TEST_SUITE_P(Catalogue, EmulatedBoard, ::testing::Values("nano33ble", "pico"),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(EmulatedBoard, ComputesWhatTheHostComputes) {
  const Bytes inputs = fake_inputs(kInferences);
  for (const bool reset : {false, true}) {
    RunOptions options;
    options.reset_between = reset;
    const auto run = build_and_run(test::fake_model(), kInferences, options);
    ASSERT_TRUE(run) << run.error().text();
    EXPECT_EQ(run->outputs, test::fake_outputs(inputs, reset));
  }
}

TEST_P(EmulatedBoard, CountsAreTheSameOnEveryRun) {
  const auto image = build(test::fake_model(), true);
  ASSERT_TRUE(image) << image.error().text();
  const auto first = run_image(board_, *image, fake_inputs(kInferences), kInferences);
  ASSERT_TRUE(first) << first.error().text();
  ASSERT_EQ(first->counting, Counting::kPlugin);
  EXPECT_GT(first->init_instructions, 0u);
  for (int again = 0; again < 5; ++again) {
    const auto run = run_image(board_, *image, fake_inputs(kInferences), kInferences);
    ASSERT_TRUE(run) << run.error().text();
    EXPECT_EQ(run->init_instructions, first->init_instructions);
    for (size_t i = 0; i < kInferences; ++i) {
      EXPECT_EQ(run->inferences[i].mix, first->inferences[i].mix);
      EXPECT_EQ(run->inferences[i].layers, first->inferences[i].layers);
      EXPECT_EQ(run->inferences[i].stack_bytes, first->inferences[i].stack_bytes);
    }
  }
}

TEST_P(EmulatedBoard, LayersAddUpToTheInference) {
  const auto run = build_and_run(test::fake_model(), kInferences, {}, true);
  ASSERT_TRUE(run) << run.error().text();
  for (const InferenceCounts& inference : run->inferences) {
    ASSERT_EQ(inference.layers.size(), 2u);
    InstructionMix sum = inference.layers[0];
    sum += inference.layers[1];
    EXPECT_LT(sum.instructions(), inference.instructions);
    EXPECT_GT(sum.instructions() + 20, inference.instructions) << "only the call and its frame are outside the layers";
    // 12 x 16 and 4 x 12 products, each layer's exactly where they belong.
    EXPECT_EQ(inference.layers[0][Counter::kMultiply], 12u * 16u);
    EXPECT_EQ(inference.layers[1][Counter::kMultiply], 4u * 12u);
  }
}

TEST_P(EmulatedBoard, CountsExactlyWhatAHandWrittenLoopExecutes) {
  const auto without = build_and_run(test::fake_model("__asm__ volatile(\"\" ::: \"r0\", \"memory\");"));
  // movs, then 100 times subs and bne: 201 instructions, 100 branches of which 99 are taken.
  const auto with =
      build_and_run(test::fake_model("__asm__ volatile(\".syntax unified\\nmovs r0, #100\\n1: subs r0, r0, #1\\nbne "
                                     "1b\" ::: \"r0\", \"memory\", \"cc\");"));
  ASSERT_TRUE(without) << without.error().text();
  ASSERT_TRUE(with) << with.error().text();
  const InstructionMix& a = without->inferences[0].mix;
  const InstructionMix& b = with->inferences[0].mix;
  EXPECT_EQ(b.instructions() - a.instructions(), 201u);
  EXPECT_EQ(b[Counter::kBranch] - a[Counter::kBranch], 100u);
  EXPECT_EQ(b[Counter::kBranchesTaken] - a[Counter::kBranchesTaken], 99u);
  EXPECT_EQ(b[Counter::kAlu] - a[Counter::kAlu], 101u);
}

TEST_P(EmulatedBoard, CountsUpToTheEndOfAPage) {
  // So many halfwords of a page of the emulator's, then a marker and three more.
  const auto run_after = [&](int halfwords) {
    return build_and_run(test::fake_model(fmt::format(R"(
  __asm__ volatile("b 1f\n .balign 1024\n 1: .rept {}\n nop\n .endr");
  MOTE_LAYER_BEGIN(0);
  __asm__ volatile("nop\n nop\n nop");
  MOTE_LAYER_END(0);)",
                                                      halfwords)),
                         kInferences, {}, true);
  };
  const auto inside = run_after(100);
  ASSERT_TRUE(inside) << inside.error().text();
  for (const int halfwords : {508, 509, 510, 511}) {
    SCOPED_TRACE(halfwords);
    const auto run = run_after(halfwords);
    ASSERT_TRUE(run) << run.error().text();
    EXPECT_EQ(run->inferences[0].layers, inside->inferences[0].layers);
    EXPECT_EQ(run->inferences[0].instructions - inside->inferences[0].instructions,
              static_cast<uint64_t>(halfwords - 100));
  }
}

TEST_P(EmulatedBoard, TheTimerAgreesWithThePlugin) {
  const auto image = build(test::fake_model());
  ASSERT_TRUE(image) << image.error().text();
  const auto exact = run_image(board_, *image, fake_inputs(kInferences), kInferences);
  ASSERT_TRUE(exact) << exact.error().text();
  RunOptions options;
  options.counting = Counting::kTimer;
  const auto timed = run_image(board_, *image, fake_inputs(kInferences), kInferences, options);
  ASSERT_TRUE(timed) << timed.error().text();
  EXPECT_EQ(timed->outputs, exact->outputs);
  for (size_t i = 0; i < kInferences; ++i) {
    EXPECT_NEAR(static_cast<double>(timed->inferences[i].instructions),
                static_cast<double>(exact->inferences[i].instructions), 5);
    EXPECT_EQ(timed->inferences[i].stack_bytes, exact->inferences[i].stack_painted_bytes);
  }
}

TEST_P(EmulatedBoard, WithoutThePluginItFallsBackToTheTimer) {
  const ScopedVariable nowhere("MOTE_PLUGIN_DIR", "/nonexistent");
  const auto run = build_and_run(test::fake_model());
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(run->counting, Counting::kTimer);
  EXPECT_GT(run->inferences[0].instructions, 240u) << "there are 240 products";
}

TEST_P(EmulatedBoard, APluginThatQemuDoesNotLoadFallsBackToTheTimer) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_text(folder->path() / "mote_qemu_plugin.so", "not a shared object"));
  const ScopedVariable elsewhere("MOTE_PLUGIN_DIR", folder->path().c_str());
  for (int again = 0; again < 2; ++again) {
    const auto run = build_and_run(test::fake_model());
    ASSERT_TRUE(run) << run.error().text();
    EXPECT_EQ(run->counting, Counting::kTimer);
  }
}

TEST_P(EmulatedBoard, StackIsTheDepthOfTheDeepestStore) {
  const auto shallow = build_and_run(test::fake_model());
  const auto deep = build_and_run(test::fake_model(
      "volatile uint8_t scratch[512]; scratch[0] = 1; for (int i = 511; i >= 0; --i) scratch[i] = (uint8_t)i;"));
  ASSERT_TRUE(shallow) << shallow.error().text();
  ASSERT_TRUE(deep) << deep.error().text();
  const uint64_t before = shallow->inferences[0].stack_bytes, after = deep->inferences[0].stack_bytes;
  EXPECT_GE(after, 512u);
  EXPECT_GE(after, before + 480);
  EXPECT_LE(after, before + 560);
  for (const InferenceCounts& inference : deep->inferences) {
    EXPECT_EQ(inference.stack_bytes, after);
    EXPECT_LE(inference.stack_painted_bytes, inference.stack_bytes);
    EXPECT_GE(inference.stack_painted_bytes + 8, inference.stack_bytes);
  }
}

TEST_P(EmulatedBoard, MemoryAgreesWithTheBinutils) {
  const auto image = build(test::fake_model());
  ASSERT_TRUE(image) << image.error().text();
  const auto memory = memory_use(board_, *image);
  ASSERT_TRUE(memory) << memory.error().text();
  const auto sections = [&](const std::string& elf) {
    const auto result = run_process({"arm-none-eabi-size", "-A", "-d", elf}, "", std::chrono::seconds(60));
    EXPECT_TRUE(result) << result.error().text();
    std::map<std::string, uint64_t> bytes;
    std::istringstream lines(result->out);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string name;
      uint64_t size = 0;
      if (words >> name >> size) bytes[name] = size;
    }
    return bytes;
  };
  auto whole = sections(image->elf.string());
  EXPECT_EQ(memory->flash_model_bytes, whole[".mote_model"]);
  EXPECT_EQ(memory->flash_model_bytes, 12u * 16u + 4u * 12u);
  EXPECT_EQ(memory->flash_tables_bytes, 64u);
  EXPECT_EQ(memory->flash_tables_bytes, whole[".mote_tables"]);

  const auto empty_folder = TemporaryFolder::make();
  const auto empty = build_image(board_, empty_model(image->interface), {}, empty_folder->path());
  ASSERT_TRUE(empty) << empty.error().text();
  auto nothing = sections(empty->elf.string());
  const auto code = [](std::map<std::string, uint64_t>& s) {
    return s[".text"] + s[".rodata"] + s[".mote_tables"] + s[".data"] + s[".ARM.exidx"];
  };
  EXPECT_EQ(memory->flash_code_bytes, code(whole) - code(nothing));
  EXPECT_EQ(memory->ram_static_bytes, whole[".bss"] + whole[".data"] - nothing[".bss"] - nothing[".data"]);
  EXPECT_EQ(memory->ram_static_bytes, 48u) << "the arena and nothing else";
}

TEST_P(EmulatedBoard, SaysByHowMuchItDoesNotFit) {
  board_.flash_bytes.value = 1024;
  const auto image = build(test::fake_model());
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kDoesNotFit);
  EXPECT_THAT(image.error().message,
              AllOf(HasSubstr("does not fit " + board_.title), HasSubstr("its flash of 1024 bytes by ")));

  board_.flash_bytes.value = 65536;
  board_.ram_bytes.value = board_.stack_reserve_bytes + 32;  // 16 short of the arena of 48
  const auto small = build(test::fake_model());
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code, ErrorCode::kDoesNotFit);
  EXPECT_THAT(small.error().message, HasSubstr("its RAM of 2080 bytes by 16 bytes"));
}

TEST_P(EmulatedBoard, AFaultIsReportedWithItsPlace) {
  const auto run = build_and_run(test::fake_model("*(volatile uint32_t*)0x90000000 = 1;"));
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message,
              AllOf(HasSubstr("fault at 0x"), HasSubstr("in tiny_invoke"), HasSubstr(board_.title)));
}

TEST_P(EmulatedBoard, AStackOverflowIsReportedAsOne) {
  for (const Counting counting : {Counting::kNothing, Counting::kPlugin, Counting::kTimer}) {
    RunOptions options;
    options.counting = counting;
    const auto run = build_and_run(
        test::fake_model("volatile uint8_t scratch[4096]; for (int i = 4095; i >= 0; --i) scratch[i] = (uint8_t)i;"), 1,
        options);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code, ErrorCode::kDoesNotFit);
    EXPECT_THAT(run.error().message,
                AllOf(HasSubstr("more stack than the 2048 bytes"), HasSubstr("stack_reserve_bytes")));
  }
}

TEST_P(EmulatedBoard, AnUnalignedLoadIsAnErrorWhereTheCoreTrapsIt) {
  const auto run =
      build_and_run(test::fake_model("uint32_t word; __asm__ volatile(\"ldr %0, [%1]\" : \"=l\"(word) : \"l\"(a + 17) "
                                     ": \"memory\"); a[20] = (int8_t)word;"));
  if (!traps_unaligned(board_.core)) {
    EXPECT_TRUE(run) << run.error().text();
    return;
  }
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, AllOf(HasSubstr("unaligned address at 0x"), HasSubstr("in tiny_invoke")));
}

TEST_P(EmulatedBoard, AnEndlessLoopEndsInATimeOut) {
  RunOptions options;
  options.timeout = std::chrono::seconds(1);
  const auto run = build_and_run(test::fake_model("for (;;) __asm__ volatile(\"\");"), 1, options);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("did not finish within 1 s"));
}

TEST_P(EmulatedBoard, MissingToolsAreNamedWithARemedy) {
  const auto image = build(test::fake_model());
  ASSERT_TRUE(image) << image.error().text();
  const ScopedVariable no_path("PATH", "/nonexistent");
  const auto built = build(test::fake_model());
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, ErrorCode::kMissingTool);
  EXPECT_THAT(built.error().message, AllOf(HasSubstr("arm-none-eabi-g++ is not installed"), HasSubstr("make setup")));
  const auto run = run_image(board_, *image, fake_inputs(1), 1);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kMissingTool);
  EXPECT_THAT(run.error().message, AllOf(HasSubstr("qemu-system-arm is not installed"), HasSubstr("make setup")));
}

TEST_P(EmulatedBoard, CodeThatDoesNotCompileIsQuoted) {
  const auto image = build(test::fake_model("this is not C++;"));
  ASSERT_FALSE(image);
  EXPECT_THAT(image.error().message, AllOf(HasSubstr("refused tiny.cpp"), HasSubstr("error:")));
}

TEST_P(EmulatedBoard, TornInputsAreRefused) {
  const auto image = build(test::fake_model());
  ASSERT_TRUE(image) << image.error().text();
  const auto run = run_image(board_, *image, Bytes(test::kFakeInputBytes - 1), 1);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("1 inferences take 16 bytes of inputs, 15 were given"));
}

}  // namespace
}  // namespace mote
