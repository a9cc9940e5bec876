// The sorting of RV32 instructions, against what the assembler makes of their names.
#include "boards/plugin/rv32.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "base/files.h"
#include "base/process.h"

namespace mote {
namespace {

struct Case {
  const char* assembly;
  Counter counter;
  bool jumps = false;
};

constexpr Case kCases[] = {
    {"addi a0, a1, 1000", Counter::kAlu},
    {"add a0, a1, a2", Counter::kAlu},
    {"lui a0, 1000", Counter::kAlu},
    {"auipc a0, 1000", Counter::kAlu},
    {"sra t3, t4, t5", Counter::kAlu},
    {"mul a0, a1, a2", Counter::kMultiply},
    {"mulh a0, a1, a2", Counter::kMultiplyLong},
    {"mulhu a0, a1, a2", Counter::kMultiplyLong},
    {"mulhsu a0, a1, a2", Counter::kMultiplyLong},
    {"div a0, a1, a2", Counter::kDivide},
    {"remu a0, a1, a2", Counter::kDivide},
    {"lb a0, 3(a1)", Counter::kLoad},
    {"lhu t3, 1000(t4)", Counter::kLoad},
    {"lw a0, 1000(a1)", Counter::kLoad},
    {"sb a0, 3(a1)", Counter::kStore},
    {"sw t3, 1000(t4)", Counter::kStore},
    {"beq t3, t4, .+2000", Counter::kBranch, true},
    {"bltu a0, a1, .+20", Counter::kBranch, true},
    {"jal x0, .+200000", Counter::kBranch, true},
    {"jal ra, .+200000", Counter::kCall},
    {"jalr x0, 4(t3)", Counter::kBranch, true},
    {"jalr ra, 4(t3)", Counter::kCall},
    {"fence", Counter::kSystem},
    {"ecall", Counter::kSystem},
    {"c.addi a0, 1", Counter::kAlu},
    {"c.addi4spn a0, sp, 16", Counter::kAlu},
    {"c.li a0, 1", Counter::kAlu},
    {"c.lui a0, 1", Counter::kAlu},
    {"c.mv a0, a1", Counter::kAlu},
    {"c.add a0, a1", Counter::kAlu},
    {"c.sub a0, a1", Counter::kAlu},
    {"c.slli a0, 3", Counter::kAlu},
    {"c.srai a0, 3", Counter::kAlu},
    {"c.nop", Counter::kAlu},
    {"c.lw a0, 4(a1)", Counter::kLoad},
    {"c.lwsp a0, 4(sp)", Counter::kLoad},
    {"c.sw a0, 4(a1)", Counter::kStore},
    {"c.swsp a0, 4(sp)", Counter::kStore},
    {"c.j .+20", Counter::kBranch, true},
    {"c.jal .+20", Counter::kCall},
    {"c.beqz a0, .+20", Counter::kBranch, true},
    {"c.bnez a0, .+20", Counter::kBranch, true},
    {"c.jr ra", Counter::kBranch, true},
    {"c.jalr a0", Counter::kCall},
    {"c.ebreak", Counter::kSystem},
};

TEST(Rv32, EveryInstructionIsSortedAsItsNameSays) {
  if (!find_program("riscv64-unknown-elf-gcc")) GTEST_SKIP() << "riscv64-unknown-elf-gcc is not installed";
  // Relocations would hide what the assembler made of jumps out of the file.
  std::string source = ".option norelax\n";
  for (const Case& c : kCases) source += std::string(c.assembly) + "\n";
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(write_text(folder->path() / "cases.S", source));
  const std::chrono::seconds minute(60);
  const auto assembled = run_process({"riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-c", "cases.S"},
                                     folder->path(), minute);
  ASSERT_TRUE(assembled) << assembled.error().text();
  ASSERT_EQ(assembled->exit_code, 0) << assembled->err;
  const auto dumped = run_process({"riscv64-unknown-elf-objdump", "-d", "cases.o"}, folder->path(), minute);
  ASSERT_TRUE(dumped) << dumped.error().text();
  std::istringstream lines(dumped->out);
  size_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(":\t");
    if (colon == std::string::npos) continue;
    ASSERT_LT(at, std::size(kCases)) << line;
    SCOPED_TRACE(kCases[at].assembly);
    const auto word = static_cast<uint32_t>(std::stoul(line.substr(colon + 2), nullptr, 16));
    const Decoded decoded = rv32::decode(word);
    EXPECT_EQ(static_cast<int>(decoded.counter), static_cast<int>(kCases[at].counter)) << line;
    EXPECT_EQ(decoded.jumps, kCases[at].jumps) << line;
    ++at;
  }
  EXPECT_EQ(at, std::size(kCases));
}

}  // namespace
}  // namespace mote
