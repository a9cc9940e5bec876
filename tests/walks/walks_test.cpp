/// What kernels state of their walk is what they do: the distance at which an output may lie over an input, computed
/// from the statement, equals the one that the kernel's own loads and stores allow, to the byte.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "base/rng.h"
#include "case_graph.h"
#include "plan/check_plan.h"
#include "plan/plan.h"
#include "sweep_case.h"
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

/// Whether no byte of an input that begins `distance` behind the output is loaded after it was stored to.
bool is_safe(const std::vector<testing::MemoryAccess>& accesses, uintptr_t input, size_t input_bytes, uintptr_t output,
             size_t output_bytes, int64_t distance) {
  std::vector<char> stored(output_bytes);
  for (const testing::MemoryAccess& access : accesses)
    for (size_t i = 0; i < access.bytes; ++i) {
      const uintptr_t address = access.address + i;
      if (access.is_store && address >= output && address < output + output_bytes) stored[address - output] = 1;
      if (access.is_store || address < input || address >= input + input_bytes) continue;
      const int64_t at = static_cast<int64_t>(address - input) + distance;
      if (at >= 0 && at < static_cast<int64_t>(output_bytes) && stored[static_cast<size_t>(at)] != 0) return false;
    }
  return true;
}

/// What traced_kernel knows the call's kernel by.
std::string traced_name(const KernelCall& call) {
  const bool stepped = call.template_arguments.ends_with("true>");
  return std::string(call.kernel->name) + (stepped ? " stepped" : "");
}

size_t output_of(const BoundCall& call) {
  for (size_t i = 0; i < call.operands.size(); ++i)
    if (call.call.operands[i].kind == Operand::Kind::kOutput) return i;
  return call.operands.size();
}

/// One call of a plan, traced: what it states holds.
class Traced {
 public:
  Traced(const Plan& plan, const BoundCall& call, const Kernel& traced, Rng& rng)
      : plan_(plan),
        call_(call),
        output_(output_of(call)),
        memory_(plan, call, rng),
        accesses_(testing::trace(traced, call.call.parameters.get(), memory_.pointers())) {}

  void check(size_t input) const {
    const Place& place = call_.operands[input];
    const int64_t grain = grain_bytes(call_.call, input);
    const int64_t stated = stated_distance(call_.call, input, place.bytes, output_);
    if (call_.call.kernel->access->grain != nullptr) return check_grained(input, grain, stated);
    EXPECT_EQ(stated, traced_distance(accesses_, memory_.address(input), place.bytes, memory_.address(output_),
                                      call_.operands[output_].bytes));
    if (stated <= -static_cast<int64_t>(place.bytes)) return;
    EXPECT_THAT(check_at(input, stated), testing::Succeeds());
    EXPECT_THAT(check_at(input, stated - 1),
                testing::FailsWith(ErrorCode::kInternal, ::testing::HasSubstr("still reads it")));
  }

 private:
  [[nodiscard]] Result<> check_at(size_t input, int64_t distance) const {
    return check_plan(plan_of(plan_, call_, input, output_, distance));
  }

  /// Every multiple of the grain from what is stated on; and what the plan's checker refuses next to it.
  void check_grained(size_t input, int64_t grain, int64_t stated) const {
    const size_t bytes = call_.operands[input].bytes, output_bytes = call_.operands[output_].bytes;
    const auto end = static_cast<int64_t>(output_bytes);
    // Less than stated is not safe, unless nothing is in the way, or the whole output is said to be, or windows leave
    // inputs out.
    const bool is_tight = stated < end && reads_all(input);
    if (const int64_t less = stated - grain; is_tight && less > -static_cast<int64_t>(bytes)) {
      EXPECT_FALSE(is_safe(accesses_, memory_.address(input), bytes, memory_.address(output_), output_bytes, less));
    }
    for (int64_t distance = (std::max(stated, -end) + grain) / grain * grain; distance < end; distance += grain) {
      if (distance < stated) continue;
      EXPECT_TRUE(is_safe(accesses_, memory_.address(input), bytes, memory_.address(output_), output_bytes, distance))
          << "at " << distance;
      EXPECT_THAT(check_at(input, distance), testing::Succeeds());
      if (grain > 1) {
        EXPECT_THAT(check_at(input, distance + 1),
                    testing::FailsWith(ErrorCode::kInternal, ::testing::HasSubstr("still reads it")));
      }
    }
  }

  [[nodiscard]] bool reads_all(size_t input) const {
    std::vector<bool> read(call_.operands[input].bytes);
    for (const testing::MemoryAccess& access : accesses_)
      for (size_t i = 0; i < access.bytes && !access.is_store; ++i)
        if (const size_t at = access.address + i - memory_.address(input); at < read.size()) read[at] = true;
    return std::ranges::find(read, false) == read.end();
  }

  const Plan& plan_;
  const BoundCall& call_;
  const size_t output_;
  const Apart memory_;
  const std::vector<testing::MemoryAccess> accesses_;
};

/// Checks all calls of the graph's plan; adds the kernels that were checked.
void check_walks(const std::string& name, const Graph& graph, const Target& target, std::set<std::string>& seen) {
  Rng rng(5);
  MOTE_ASSERT_ASSIGN(const Plan plan, make_plan(graph, {.keep_input = false, .target = target}));
  for (const BoundCall& call : plan.calls) {
    const Kernel& kernel = *call.call.kernel;
    if (kernel.access == nullptr || kernel.access->steps == nullptr) continue;
    const Kernel* const traced = testing::traced_kernel(traced_name(call.call));
    ASSERT_NE(traced, nullptr) << call.call.name() << " states how it walks: add it to traced_kernels.cpp";
    const size_t output = output_of(call);
    if (output == call.operands.size()) continue;  // it writes state
    const Traced checked(plan, call, *traced, rng);
    for (size_t input = 0; input < call.operands.size(); ++input) {
      const Place& place = call.operands[input];
      if (place.kind != Place::Kind::kArena || place.writes || !may_overlap(kernel, input, output)) continue;
      SCOPED_TRACE(fmt::format("{}: {}, operand {}", name, call.call.name(), input));
      seen.insert(traced_name(call.call));
      checked.check(input);
    }
  }
}

TEST(Walks, StatedDistancesAreThoseOfTheKernelsOwnAccesses) {
  std::set<std::string> seen;
  for (const testing::CaseGraph& example : testing::all_case_graphs())
    check_walks(example.name, example.graph, {}, seen);
  EXPECT_GT(seen.size(), 80u);
}

TEST(Walks, StatedDistancesOfVariantsAreToo) {
  std::set<std::string> seen;
  MOTE_ASSERT_ASSIGN(const std::vector<sweep::Case> cases, sweep::make_cases());
  for (const sweep::Case& example : cases) {
    if (example.name.find("conv2d_int8") == std::string::npos && !example.name.starts_with("fully_connected_int8") &&
        !example.name.starts_with("softmax_int8"))
      continue;
    for (const InstructionSet set : {InstructionSet::kArmv7EM, InstructionSet::kHelium})
      for (const Optimize optimize : {Optimize::kSpeed, Optimize::kSize})
        check_walks(example.name, example.graph, {set, optimize}, seen);
    for (const InstructionSet set : {InstructionSet::kArmv6M, InstructionSet::kAvr})
      check_walks(example.name, example.graph, {set, Optimize::kSpeed}, seen);
  }
  for (const char* name : {"conv2d_compact",
                           "conv2d_dense",
                           "conv2d_rows_dense",
                           "pointwise_dense",
                           "pointwise_dense_3",
                           "fully_connected_dense",
                           "depthwise3x3_s8",
                           "depthwise3x3_bytes_s8",
                           "conv2d_quads",
                           "fully_connected_words",
                           "depthwise_pairs",
                           "depthwise_words_s8",
                           "depthwise_words_s8 stepped",
                           "vector_conv2d",
                           "vector_conv2d_copied",
                           "vector_conv2d_strips",
                           "vector_pointwise stepped",
                           "vector_fully_connected_4",
                           "vector_fully_connected_8",
                           "vector_depthwise_s8",
                           "vector_depthwise_channels_s8",
                           "vector_depthwise3x3_s8",
                           "conv2d_bytes",
                           "depthwise_bytes",
                           "fully_connected_bytes"})
    EXPECT_TRUE(seen.contains(name)) << name;
}

/// A fully connected layer whose weights are small, and products many.
TEST(Walks, StatedDistancesOfDotsAreToo) {
  Rng rng(7);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kInt8, {3, 42}, {{0.05f}, {-3}, 0}})};
  Tensor weights({DType::kInt8, {26, 42}, {{0.01f}, {0}, 0}});
  for (int8_t& w : weights.as<int8_t>()) w = static_cast<int8_t>(static_cast<int32_t>(rng.below(120)) - 60);
  const ValueId w = graph.add_constant("w", std::move(weights));
  const ValueId b = graph.add_constant("b", Tensor({DType::kInt32, {26}, {{0.0005f}, {0}, 0}}));
  FullyConnected op{};
  op.activation = Activation::kRelu;
  const ValueId out = graph.add_node(op, {graph.inputs[0], w, b}, "dense").value();
  graph.value(out).type.quantization = {{0.02f}, {-128}, 0};
  graph.outputs = {out};
  std::set<std::string> seen;
  check_walks("small weights", graph, {InstructionSet::kArmv6M, Optimize::kSpeed}, seen);
  EXPECT_TRUE(seen.contains("fully_connected_dots")) << ::testing::PrintToString(seen);
}

/// A depthwise layer's windows and steps, equal on both axes unless it says otherwise.
struct Sliding {
  int32_t rows = 3, columns = 3;
  int32_t stride = 1;
  int32_t row_dilation = 1, column_dilation = 1;
  int32_t multiplier = 1;
};

/// An int8 layer, wide enough that lines run along its rows (with `width` 1 down the image), and so high that its first
/// rows are written while the last are still to be read.
Graph depthwise_layer(int32_t rows, int32_t width, int32_t channels, const Sliding& sliding) {
  Rng rng(6);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kInt8, {1, rows, width, channels}, {{0.05f}, {-3}, 0}})};
  const int32_t outputs = channels * sliding.multiplier;
  Tensor weights({DType::kInt8, {1, sliding.rows, sliding.columns, outputs}, {{0.01f}, {0}, 0}});
  for (int8_t& w : weights.as<int8_t>()) w = static_cast<int8_t>(rng.below(255));
  const ValueId w = graph.add_constant("w", std::move(weights));
  const ValueId b = graph.add_constant("b", Tensor({DType::kInt32, {outputs}, {{0.0005f}, {0}, 0}}));
  DepthwiseConv2d op{};
  op.stride_h = op.stride_w = sliding.stride;
  op.dilation_h = sliding.row_dilation;
  op.dilation_w = sliding.column_dilation;
  op.activation = Activation::kRelu;
  const ValueId out = graph.add_node(op, {graph.inputs[0], w, b}, "depthwise").value();
  graph.value(out).type.quantization = {{0.02f}, {-128}, 0};
  graph.outputs = {out};
  return graph;
}

TEST(Walks, StatedDistancesOfFewChannelsAreToo) {
  Rng rng(8);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kInt8, {1, 3, 5, 8}, {{0.05f}, {-3}, 0}})};
  Tensor weights({DType::kInt8, {16, 1, 1, 8}, {{0.01f}, {0}, 0}});
  for (int8_t& w : weights.as<int8_t>()) w = static_cast<int8_t>(rng.below(255));
  const ValueId w = graph.add_constant("w", std::move(weights));
  const ValueId b = graph.add_constant("b", Tensor({DType::kInt32, {16}, {{0.0005f}, {0}, 0}}));
  Conv2d op{};
  op.stride_h = op.stride_w = 1;
  op.activation = Activation::kRelu;
  const ValueId out = graph.add_node(op, {graph.inputs[0], w, b}, "pointwise").value();
  graph.value(out).type.quantization = {{0.02f}, {-128}, 0};
  graph.outputs = {out};
  std::set<std::string> seen;
  check_walks("pointwise of 8 channels", graph, {InstructionSet::kArmv7EM, Optimize::kSpeed}, seen);
  EXPECT_TRUE(seen.contains("pointwise8_s8")) << ::testing::PrintToString(seen);
}

TEST(Walks, StatedDistancesOfHighImagesAreToo) {
  for (const InstructionSet set : {InstructionSet::kArmv7EM, InstructionSet::kHelium, InstructionSet::kArmv6M}) {
    std::set<std::string> seen;
    for (const int32_t rows : {11, 12})
      for (const int32_t channels : {1, 4, 6})
        for (const int32_t stride : {1, 2})
          for (const int32_t window : {3, 5, 7})
            for (const Optimize optimize : {Optimize::kSpeed, Optimize::kSize})
              check_walks(fmt::format("{} rows, {} channels, stride {}, window {}", rows, channels, stride, window),
                          depthwise_layer(rows, rows + 7, channels, {window, window, stride}), {set, optimize}, seen);
    const char* const kernel = set == InstructionSet::kArmv7EM  ? "depthwise3x3_s8"
                               : set == InstructionSet::kHelium ? "vector_depthwise3x3_s8"
                                                                : "depthwise_pairs";
    EXPECT_TRUE(seen.contains(kernel)) << ::testing::PrintToString(seen);
    EXPECT_TRUE(set != InstructionSet::kArmv7EM || seen.contains("depthwise_words_s8"));
    EXPECT_EQ(seen.contains("depthwise_compact"), set == InstructionSet::kArmv7EM);
  }
}

TEST(Walks, StatedDistancesOfDepthwisePairsAreToo) {
  const Target target{InstructionSet::kArmv6M, Optimize::kSpeed};
  std::set<std::string> seen;
  const Sliding all[] = {{.rows = 5, .columns = 5},
                         {.rows = 2, .columns = 7},
                         {.rows = 5, .columns = 3, .stride = 2},
                         {.rows = 1, .columns = 5, .stride = 2},
                         {.multiplier = 2},
                         {.row_dilation = 2},
                         {.row_dilation = 3, .column_dilation = 2},
                         {.rows = 5, .columns = 4, .column_dilation = 2}};
  for (const Sliding& sliding : all)
    for (const int32_t rows : {11, 14})
      for (const int32_t channels : {1, 5}) {
        SCOPED_TRACE(fmt::format("window {} x {}", sliding.rows, sliding.columns));
        check_walks("wide", depthwise_layer(rows, rows + 7, channels, sliding), target, seen);
        check_walks("high", depthwise_layer(rows + 7, rows, channels, sliding), target, seen);
      }
  for (const int32_t dilation : {1, 2, 3})
    for (const int32_t taps : {3, 9})
      check_walks("one column", depthwise_layer(40, 1, 5, {.rows = taps, .columns = 1, .row_dilation = dilation}),
                  target, seen);
  EXPECT_TRUE(seen.contains("depthwise_pairs") && seen.contains("depthwise_pairs_dilated"))
      << ::testing::PrintToString(seen);
}

}  // namespace
}  // namespace mote
