/// What kernels state of their walk is what they do: the distance at which an output may lie over an input, computed
/// from the statement, equals the one that the kernel's own loads and stores allow, to the byte.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "base/rng.h"
#include "case_graph.h"
#include "plan/check_plan.h"
#include "plan/plan.h"
#include "target/access.h"
#include "test_support.h"
#include "trace.h"

namespace mote {
namespace {

/// Memory for each operand of a call by itself, with plausible content.
class Apart {
 public:
  Apart(const Plan& plan, const BoundCall& call, Rng& rng) {
    for (size_t i = 0; i < call.operands.size(); ++i) {
      const Place& place = call.operands[i];
      if (place.kind == Place::Kind::kConstant)
        memory_.push_back(plan.constants[static_cast<size_t>(place.index)].bytes);
      else
        memory_.push_back(content(call.call.kernel->pointers[i], place.bytes, rng));
      if (place.kind != Place::Kind::kNone) memory_.back().resize(memory_.back().size() + 1);
    }
    for (size_t i = 0; i < memory_.size(); ++i)
      pointers_.push_back(call.operands[i].kind == Place::Kind::kNone ? nullptr : memory_[i].data());
  }
  [[nodiscard]] void* const* pointers() const { return pointers_.data(); }
  [[nodiscard]] uintptr_t address(size_t operand) const { return reinterpret_cast<uintptr_t>(pointers_[operand]); }

 private:
  static std::vector<uint8_t> content(std::string_view pointer, size_t bytes, Rng& rng) {
    std::vector<uint8_t> result(bytes);
    for (uint8_t& byte : result) byte = static_cast<uint8_t>(rng.below(2));
    if (pointer == "const float*")
      for (size_t i = 0; i + 4 <= bytes; i += 4) {
        const auto number = static_cast<float>(rng.uniform(0.1, 2));
        std::memcpy(result.data() + i, &number, sizeof number);
      }
    return result;
  }

  std::vector<std::vector<uint8_t>> memory_;
  std::vector<void*> pointers_;
};

/// The largest of bytes written so far minus the byte read, over all loads of the input.
int64_t traced_distance(const std::vector<testing::MemoryAccess>& accesses, uintptr_t input, size_t input_bytes,
                        uintptr_t output, size_t output_bytes) {
  int64_t distance = -static_cast<int64_t>(input_bytes);
  int64_t written = 0;
  for (const testing::MemoryAccess& access : accesses) {
    if (access.is_store && access.address >= output && access.address < output + output_bytes)
      written = std::max(written, static_cast<int64_t>(access.address + access.bytes - output));
    if (!access.is_store && written > 0 && access.address >= input && access.address < input + input_bytes)
      distance = std::max(distance, written - static_cast<int64_t>(access.address - input));
  }
  return distance;
}

int64_t stated_distance(const KernelCall& call, size_t input, size_t input_bytes, size_t output) {
  SafeDistance distance(input_bytes);
  for_each_step(call, input, output, [&](const AccessStep& step) { distance.add(step); });
  return distance.bytes();
}

/// A plan of this one call with its output at `distance` before the input.
Plan plan_of(const Plan& from, const BoundCall& call, size_t input, size_t output, int64_t distance) {
  Plan plan;
  plan.layers.push_back({});
  plan.constants = from.constants;
  plan.calls.push_back(call);
  plan.calls[0].layer = 0;
  const size_t base = call.operands[input].bytes;
  size_t end =
      base + call.operands[input].bytes + call.operands[output].bytes + static_cast<size_t>(std::abs(distance));
  for (size_t i = 0; i < call.operands.size(); ++i) {
    Place& place = plan.calls[0].operands[i];
    if (place.kind != Place::Kind::kArena) continue;
    place.index = static_cast<int32_t>(plan.buffers.size());
    place.offset = 0;
    const size_t offset = i == output  ? base
                          : i == input ? static_cast<size_t>(static_cast<int64_t>(base) + distance)
                                       : end;
    if (i != output && i != input) end += place.bytes;
    plan.buffers.push_back({call.call.kernel->pointers[i] == "" ? "" : fmt::format("operand {}", i), place.bytes,
                            offset, place.writes ? 0 : -1, 1});
    if (!place.writes) plan.inputs.push_back({"in", {}, place.index});
    if (i == output) plan.outputs.push_back({"out", {}, place.index});
  }
  plan.arena_bytes = end;
  return plan;
}

size_t output_of(const BoundCall& call) {
  for (size_t i = 0; i < call.operands.size(); ++i)
    if (call.call.operands[i].kind == Operand::Kind::kOutput) return i;
  return call.operands.size();
}

TEST(Walks, StatedDistancesAreThoseOfTheKernelsOwnAccesses) {
  Rng rng(5);
  std::set<std::string_view> seen;
  for (const testing::CaseGraph& example : testing::all_case_graphs()) {
    MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(example.graph));
    for (const BoundCall& call : plan.calls) {
      const Kernel& kernel = *call.call.kernel;
      if (kernel.access == nullptr || kernel.access->steps == nullptr) continue;
      const Kernel* const traced = testing::traced_kernel(kernel.name);
      ASSERT_NE(traced, nullptr) << kernel.name << " states how it walks: add it to traced_kernels.cpp";
      const size_t output = output_of(call);
      if (output == call.operands.size()) continue;  // it writes state
      const Apart memory(plan, call, rng);
      const auto accesses = testing::trace(*traced, call.call.parameters.get(), memory.pointers());
      for (size_t input = 0; input < call.operands.size(); ++input) {
        const Place& place = call.operands[input];
        if (place.kind != Place::Kind::kArena || place.writes || !may_overlap(kernel, input, output)) continue;
        SCOPED_TRACE(fmt::format("{}: {}, operand {}", example.name, kernel.name, input));
        seen.insert(kernel.name);
        const int64_t stated = stated_distance(call.call, input, place.bytes, output);
        EXPECT_EQ(stated, traced_distance(accesses, memory.address(input), place.bytes, memory.address(output),
                                          call.operands[output].bytes));
        if (stated <= -static_cast<int64_t>(place.bytes)) continue;
        EXPECT_THAT(check_plan(plan_of(plan, call, input, output, stated)), testing::Succeeds());
        EXPECT_THAT(check_plan(plan_of(plan, call, input, output, stated - 1)),
                    testing::FailsWith(ErrorCode::kInternal, ::testing::HasSubstr("still reads it")));
      }
    }
  }
  EXPECT_GT(seen.size(), 80u);
}

}  // namespace
}  // namespace mote
