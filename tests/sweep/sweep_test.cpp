/// The sweep on the host: every case gives the bytes that the reference kernels gave (expected.txt).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "expected.h"
#include "formats/tflite_options.h"
#include "plan/plan.h"
#include "sweep_case.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr size_t kLeastCases = 2000, kLeastCasesOfASet = 200;

TEST(Sweep, EveryCaseGivesTheReferencesBytes) {
  MOTE_ASSERT_ASSIGN(const auto expected, sweep::read_expected());
  MOTE_ASSERT_ASSIGN(const std::vector<sweep::Case> cases, sweep::make_cases());
  size_t compared = 0;
  for (const sweep::Case& c : cases) {
    const auto found = expected.find(c.name);
    ASSERT_NE(found, expected.end()) << c.name << " is not in expected.txt; make it anew with tools/make_sweep.py";
    ASSERT_EQ(found->second.identity, sweep::identity(c))
        << c.name << " is not the case that expected.txt knows; make it anew with tools/make_sweep.py";
    if (!found->second.outputs) continue;
    MOTE_ASSERT_ASSIGN(const Bytes outputs, sweep::interpret(c));
    EXPECT_EQ(sweep::digest(outputs), *found->second.outputs) << c.name << "\n" << text(c.graph);
    const Op& op = c.graph.nodes.back().op;
    testing::note_passed(name(op), fmt::format("reference {}", name(c.graph.value(c.graph.outputs[0]).type.dtype)));
    ++compared;
  }
  EXPECT_GE(compared, kLeastCases);
  EXPECT_EQ(cases.size(), expected.size()) << "expected.txt holds cases that are no more";
}

/// The twins that the host runs for a board's kernels, in every mode, and its own kernels as far as the processor has
/// their instructions.
TEST(Sweep, EveryTargetsKernelsGiveTheSameBytes) {
  MOTE_ASSERT_ASSIGN(const auto expected, sweep::read_expected());
  MOTE_ASSERT_ASSIGN(const std::vector<sweep::Case> cases, sweep::make_cases());
  std::vector<InstructionSet> sets = {InstructionSet::kArmv6M, InstructionSet::kArmv7M, InstructionSet::kArmv7EM,
                                      InstructionSet::kHelium, InstructionSet::kRv32,   InstructionSet::kAvr};
  const InstructionSet host = host_instruction_set();
  if (host != InstructionSet::kPortable) sets.push_back(InstructionSet::kAvx2);
  if (host == InstructionSet::kAvx512) sets.push_back(host);
  std::map<InstructionSet, size_t> with_own_kernel;
  for (const sweep::Case& c : cases) {
    const auto found = expected.find(c.name);
    if (found == expected.end() || !found->second.outputs) continue;
    for (const InstructionSet set : sets)
      for (const Optimize optimize : {Optimize::kSpeed, Optimize::kBalanced, Optimize::kSize}) {
        MOTE_ASSERT_ASSIGN(const Bytes outputs, sweep::interpret(c, {set, optimize}));
        EXPECT_EQ(sweep::digest(outputs), *found->second.outputs)
            << c.name << " for " << name(set) << " in mode " << name(optimize) << "\n"
            << text(c.graph);
        MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(c.graph, {.target = {set, optimize}}));
        if (optimize == Optimize::kSpeed && plan.layers.back().kernel.find("_lanes") != std::string::npos)
          ++with_own_kernel[set];
      }
  }
  for (const auto& [set, count] : with_own_kernel) EXPECT_GE(count, kLeastCasesOfASet) << name(set);
}

TEST(Sweep, NamesOpsAsFilesDo) {
  for_each_op([]<class T>() {
    if constexpr (T::kTflite.builtin >= 0)
      testing::note_passed(T::kName, fmt::format("named {}", builtin_name(T::kTflite.builtin)));
  });
}

}  // namespace
}  // namespace mote
