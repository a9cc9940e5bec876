// The sorting of instructions, against what the assembler makes of their names.
#include "boards/plugin/thumb.h"

#include <gtest/gtest.h>

#include <span>
#include <sstream>

#include "base/files.h"
#include "base/process.h"

namespace mote {
namespace {

struct Case {
  const char* assembly;
  Counter counter;
  int words = 0;
  bool jumps = false;
};

constexpr Case kCases[] = {
    {"movs r0, #1", Counter::kAlu},
    {"adds r0, r1, r2", Counter::kAlu},
    {"add r8, r9", Counter::kAlu},
    {"lsls r0, r1, #3", Counter::kAlu},
    {"uxtb r0, r1", Counter::kAlu},
    {"nop", Counter::kAlu},
    {"nop.w", Counter::kAlu},
    {"muls r0, r1, r0", Counter::kMultiply},
    {"mul r0, r1, r2", Counter::kMultiply},
    {"mla r0, r1, r2, r3", Counter::kMultiply},
    {"mls r0, r1, r2, r3", Counter::kMultiply},
    {"smlad r0, r1, r2, r3", Counter::kMultiply},
    {"smuad r0, r1, r2", Counter::kMultiply},
    {"smlabb r0, r1, r2, r3", Counter::kMultiply},
    {"smmla r0, r1, r2, r3", Counter::kMultiply},
    {"smmulr r0, r1, r2", Counter::kMultiply},
    {"smull r0, r1, r2, r3", Counter::kMultiplyLong},
    {"umull r0, r1, r2, r3", Counter::kMultiplyLong},
    {"smlal r0, r1, r2, r3", Counter::kMultiplyLong},
    {"smlald r0, r1, r2, r3", Counter::kMultiplyLong},
    {"umaal r0, r1, r2, r3", Counter::kMultiplyLong},
    {"sdiv r0, r1, r2", Counter::kDivide},
    {"udiv r0, r1, r2", Counter::kDivide},
    {"sxtb16 r0, r1", Counter::kAlu},
    {"sxtb16 r0, r1, ror #8", Counter::kAlu},
    {"ssat r0, #8, r1", Counter::kAlu},
    {"pkhbt r0, r1, r2, lsl #16", Counter::kAlu},
    {"qadd16 r0, r1, r2", Counter::kAlu},
    {"sel r0, r1, r2", Counter::kAlu},
    {"movw r0, #4660", Counter::kAlu},
    {"movt r0, #4660", Counter::kAlu},
    {"ubfx r0, r1, #3, #5", Counter::kAlu},
    {"add.w r0, r1, r2, lsl #2", Counter::kAlu},
    {"clz r0, r1", Counter::kAlu},
    {"ldr r0, [r1, #4]", Counter::kLoad},
    {"ldr r0, [sp, #4]", Counter::kLoad},
    {"ldr r0, [r1, r2]", Counter::kLoad},
    {"ldrb r0, [r1, #1]", Counter::kLoad},
    {"ldrsb r0, [r1, r2]", Counter::kLoad},
    {"ldrh r0, [r1, #2]", Counter::kLoad},
    {"ldrsh r0, [r1, r2]", Counter::kLoad},
    {"ldr.w r0, [r1, #100]", Counter::kLoad},
    {"ldr r0, [r1], #4", Counter::kLoad},
    {"ldrsb.w r0, [r1, #-3]", Counter::kLoad},
    {"ldr.w r0, [r1, r2, lsl #2]", Counter::kLoad},
    {"ldr pc, [r1]", Counter::kLoad, 0, true},
    {"ldr r0, [pc, #8]", Counter::kLoad},
    {"pld [r0]", Counter::kAlu},
    {"str r0, [r1, #4]", Counter::kStore},
    {"str r0, [sp, #4]", Counter::kStore},
    {"strb r0, [r1, r2]", Counter::kStore},
    {"strh r0, [r1, #2]", Counter::kStore},
    {"str.w r0, [r1, #100]", Counter::kStore},
    {"strb r0, [r1], #1", Counter::kStore},
    {"ldmia r0!, {r1, r2, r3}", Counter::kMultiple, 3},
    {"stmia r0!, {r1, r2}", Counter::kMultiple, 2},
    {"ldmia.w r0, {r1, r8, r9}", Counter::kMultiple, 3},
    {"stmdb r0!, {r1, r8}", Counter::kMultiple, 2},
    {"push {r4, r5, lr}", Counter::kMultiple, 3},
    {"push {r4, r8, lr}", Counter::kMultiple, 3},
    {"pop {r4, r5}", Counter::kMultiple, 2},
    {"pop {r4, pc}", Counter::kMultiple, 2, true},
    {"pop {r4, r8, pc}", Counter::kMultiple, 3, true},
    {"ldrd r0, r1, [r2, #8]", Counter::kMultiple, 2},
    {"strd r0, r1, [r2, #8]", Counter::kMultiple, 2},
    {"ldrex r0, [r1]", Counter::kLoad},
    {"strex r0, r1, [r2]", Counter::kStore},
    {"tbb [r0, r1]", Counter::kLoad, 0, true},
    {"tbh [r0, r1, lsl #1]", Counter::kLoad, 0, true},
    {"b .+20", Counter::kBranch, 0, true},
    {"b.w .+2000", Counter::kBranch, 0, true},
    {"beq .+20", Counter::kBranch, 0, true},
    {"beq.w .+2000", Counter::kBranch, 0, true},
    {"cbz r0, .+20", Counter::kBranch, 0, true},
    {"cbnz r0, .+20", Counter::kBranch, 0, true},
    {"bx lr", Counter::kBranch, 0, true},
    {"mov pc, r0", Counter::kBranch, 0, true},
    {"bl .+200", Counter::kCall},
    {"blx r3", Counter::kCall},
    {"dsb sy", Counter::kSystem},
    {"isb sy", Counter::kSystem},
    {"mrs r0, ipsr", Counter::kSystem},
    {"msr primask, r0", Counter::kSystem},
    {"cpsid i", Counter::kSystem},
    {"vldr s0, [r0, #4]", Counter::kLoad},
    {"vstr s0, [r0, #4]", Counter::kStore},
    {"vldmia r0!, {s0-s3}", Counter::kMultiple, 4},
    {"vstmia r0!, {s0-s3}", Counter::kMultiple, 4},
    {"vpush {s16-s19}", Counter::kMultiple, 4},
    {"vpop {s16-s19}", Counter::kMultiple, 4},
    {"vadd.f32 s0, s1, s2", Counter::kFloat},
    {"vsub.f32 s0, s1, s2", Counter::kFloat},
    {"vmul.f32 s0, s1, s2", Counter::kFloat},
    {"vcmp.f32 s0, s1", Counter::kFloat},
    {"vabs.f32 s0, s1", Counter::kFloat},
    {"vneg.f32 s0, s1", Counter::kFloat},
    {"vcvt.s32.f32 s0, s1", Counter::kFloat},
    {"vmov.f32 s0, #1.0", Counter::kFloat},
    {"vmov s0, r0", Counter::kFloat},
    {"vmov r0, r1, s2, s3", Counter::kFloat},
    {"vmrs apsr_nzcv, fpscr", Counter::kFloat},
    {"vmla.f32 s0, s1, s2", Counter::kFloatMultiplyAdd},
    {"vfma.f32 s0, s1, s2", Counter::kFloatMultiplyAdd},
    {"vfnms.f32 s0, s1, s2", Counter::kFloatMultiplyAdd},
    {"vnmul.f32 s0, s1, s2", Counter::kFloat},
    {"vdiv.f32 s0, s1, s2", Counter::kFloatDivide},
    {"vsqrt.f32 s0, s1", Counter::kFloatDivide},
};

constexpr Case kHeliumCases[] = {
    {"vldrb.8 q0, [r0]", Counter::kVectorMemory},
    {"vldrb.8 q0, [r0], #16", Counter::kVectorMemory},
    {"vldrb.s16 q0, [r0]", Counter::kVectorMemory},
    {"vldrw.32 q1, [r1, #16]", Counter::kVectorMemory},
    {"vldrb.u8 q0, [r0, q1]", Counter::kVectorMemory},
    {"vldrw.u32 q0, [q1, #4]", Counter::kVectorMemory},
    {"vld20.8 {q0, q1}, [r0]", Counter::kVectorMemory},
    {"vstrb.8 q0, [r0]", Counter::kVectorMemory},
    {"vstrb.32 q0, [r0], #4", Counter::kVectorMemory},
    {"vst20.8 {q0, q1}, [r0]", Counter::kVectorMemory},
    {"vadd.i32 q0, q1, q2", Counter::kVector},
    {"vadd.i32 q0, q1, r2", Counter::kVector},
    {"vmladav.s8 r0, q1, q2", Counter::kVectorMultiply},
    {"vmladava.s8 r0, q1, q2", Counter::kVectorMultiply},
    {"vmladavax.s16 r0, q1, q2", Counter::kVectorMultiply},
    {"vmlaldava.s16 r0, r1, q1, q2", Counter::kVectorMultiply},
    {"vmul.i32 q0, q1, q2", Counter::kVectorMultiply},
    {"vmul.i32 q0, q1, r2", Counter::kVectorMultiply},
    {"vmulh.s32 q0, q1, q2", Counter::kVectorMultiply},
    {"vrmulh.s32 q0, q1, q2", Counter::kVectorMultiply},
    {"vqrdmulh.s32 q0, q1, q2", Counter::kVectorMultiply},
    {"vqrdmulh.s32 q0, q1, r2", Counter::kVectorMultiply},
    {"vmla.s32 q0, q1, r2", Counter::kVectorMultiply},
    {"vmullb.s8 q0, q1, q2", Counter::kVectorMultiply},
    {"vfma.f32 q0, q1, q2", Counter::kVectorMultiply},
    {"vmul.f32 q0, q1, q2", Counter::kVectorMultiply},
    {"vrshl.s32 q0, q1, q2", Counter::kVector},
    {"vrshl.s32 q0, r1", Counter::kVector},
    {"vshr.s32 q0, q1, #3", Counter::kVector},
    {"vqrshrnb.s32 q0, q1, #3", Counter::kVector},
    {"vmovlb.s8 q0, q1", Counter::kVector},
    {"vmax.s8 q0, q1, q2", Counter::kVector},
    {"vmaxv.s8 r0, q1", Counter::kVector},
    {"vaddv.s32 r0, q1", Counter::kVector},
    {"vaddva.s32 r0, q1", Counter::kVector},
    {"vmov q0, q1", Counter::kVector},
    {"vmov.i32 q0, #0", Counter::kVector},
    {"vmov q0[2], q0[0], r1, r2", Counter::kVector},
    {"vcmp.s32 lt, q0, r1", Counter::kVector},
    {"vctp.8 r0", Counter::kAlu},
    {"dls lr, r1", Counter::kAlu},
    {"dlstp.8 lr, r1", Counter::kAlu},
    {"wls lr, r1, .+20", Counter::kBranch, 0, true},
    {"le lr, .-8", Counter::kBranch, 0, true},
    {"letp lr, .-8", Counter::kBranch, 0, true},
    {"vldr s0, [r0]", Counter::kLoad},
    {"vadd.f32 s0, s1, s2", Counter::kFloat},
    {"vfma.f32 s0, s1, s2", Counter::kFloatMultiplyAdd},
};

const std::vector<std::string> kCortexM4{"-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"};
const std::vector<std::string> kCortexM55{"-march=armv8.1-m.main+mve.fp+fp.dp", "-mthumb", "-mfloat-abi=hard"};

struct Encoded {
  uint16_t first = 0, second = 0;
};

/// The instructions as the assembler encodes them, in order.
std::vector<Encoded> assemble(const std::string& source, const std::vector<std::string>& core = kCortexM4) {
  const auto folder = TemporaryFolder::make();
  EXPECT_TRUE(write_text(folder->path() / "cases.S", source));
  const std::chrono::seconds minute(60);
  std::vector<std::string> command{"arm-none-eabi-gcc", "-c", "cases.S"};
  command.insert(command.end(), core.begin(), core.end());
  const auto assembled = run_process(command, folder->path(), minute);
  EXPECT_TRUE(assembled) << assembled.error().text();
  EXPECT_EQ(assembled->exit_code, 0) << assembled->err;
  const auto dumped = run_process({"arm-none-eabi-objdump", "-d", "cases.o"}, folder->path(), minute);
  EXPECT_TRUE(dumped) << dumped.error().text();
  std::vector<Encoded> encoded;
  std::istringstream lines(dumped->out);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(":\t");
    if (colon == std::string::npos) continue;
    std::istringstream words(line.substr(colon + 2, line.find('\t', colon + 2) - colon - 2));
    words >> std::hex;
    Encoded instruction;
    words >> instruction.first;
    if (!(words >> instruction.second)) instruction.second = 0;
    encoded.push_back(instruction);
  }
  return encoded;
}

void expect_sorted(std::span<const Case> cases, const std::vector<std::string>& core) {
  std::string source = ".syntax unified\n.thumb\n";
  for (const Case& c : cases) source += std::string(c.assembly) + "\n";
  const std::vector<Encoded> encoded = assemble(source, core);
  ASSERT_EQ(encoded.size(), cases.size());
  for (size_t i = 0; i < encoded.size(); ++i) {
    SCOPED_TRACE(cases[i].assembly);
    const Decoded decoded = thumb::decode(encoded[i].first, encoded[i].second);
    EXPECT_EQ(static_cast<int>(decoded.counter), static_cast<int>(cases[i].counter));
    EXPECT_EQ(decoded.words, cases[i].words);
    EXPECT_EQ(decoded.jumps, cases[i].jumps);
    EXPECT_EQ(thumb::is_wide(encoded[i].first), encoded[i].second != 0);
  }
}

TEST(Thumb, EveryInstructionIsSortedAsItsNameSays) {
  expect_sorted(kCases, kCortexM4);
}

TEST(Thumb, HeliumIsSortedAsItsNamesSay) {
  expect_sorted(kHeliumCases, kCortexM55);
}

TEST(Thumb, LoadsOverlapUnlessOneWaitsForTheOther) {
  const std::vector<Encoded> encoded = assemble(
      ".syntax unified\n.thumb\n"
      "ldr r0, [r1]\nldr r2, [r3]\n"      // apart
      "ldr r0, [r1]\nldr r2, [r0]\n"      // the address is what was loaded
      "ldr r0, [r1]\nldr r2, [r3, r0]\n"  // its index is
      "str r0, [r1]\nldr r2, [r3]\n"      // after a store
      "movs r0, #1\nldr r2, [r3]\n"       // after something else
      "ldr r0, [r1]\nstr r2, [r3]\n");    // a store has no class of its own for this
  const bool expected[] = {true, false, false, true, false, false};
  ASSERT_EQ(encoded.size(), 2 * std::size(expected));
  for (size_t i = 0; i < std::size(expected); ++i) {
    const auto first = thumb::decode(encoded[2 * i].first, encoded[2 * i].second);
    const auto second = thumb::decode(encoded[2 * i + 1].first, encoded[2 * i + 1].second);
    EXPECT_EQ(thumb::pipelines(first, second), expected[i]) << i;
  }
}

}  // namespace
}  // namespace mote
