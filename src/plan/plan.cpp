#include "plan/plan.h"

#include <algorithm>
#include <map>

#include "ops/variable.h"
#include "plan/check_plan.h"
#include "plan/copies.h"
#include "plan/fit.h"
#include "plan/place.h"
#include "plan/usage.h"
#include "target/variants.h"

namespace mote {

namespace {

/// Far above any board, and below what a host can lend.
constexpr size_t kMostArenaBytes = size_t{1} << 27;

/// Builds a plan node by node.
class Planner {
 public:
  Planner(const Graph& graph, const PlanOptions& options)
      : graph_(graph), options_(options), buffer_of_(graph.values.size(), kNoBuffer) {}

  Result<Plan> run() {
    plan_.name = graph_.name;
    claim_states();
    for (const ValueId id : graph_.inputs) claim_buffer(id, -1);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) MOTE_TRY(add_layer(i));
    MOTE_TRY(bind_ports());
    plan_ = without_copies(std::move(plan_), options_.keep_input);
    place_buffers(plan_, options_.keep_input, Effort::kFull);
    if (plan_.arena_bytes > options_.max_ram && options_.max_ram > 0) {
      MOTE_TRY_ASSIGN(plan_, fit(std::move(plan_), options_));
    }
    if (plan_.arena_bytes > kMostArenaBytes)
      return fail(ErrorCode::kUnsupported,
                  "its tensors need {} bytes of memory at one time, at most {} are supported; use a smaller input or "
                  "batch",
                  plan_.arena_bytes, kMostArenaBytes);
    for (size_t i = 0; i < plan_.layers.size(); ++i) plan_.layers[i].live_bytes = live_bytes(plan_, i);
    MOTE_TRY(check_plan(plan_));
    return std::move(plan_);
  }

 private:
  static constexpr int32_t kNoBuffer = -1;

  [[nodiscard]] Place whole(int32_t buffer, bool writes) const {
    return {Place::Kind::kArena, buffer, writes, 0, plan_.buffers[static_cast<size_t>(buffer)].bytes};
  }

  void claim_buffer(ValueId id, int32_t layer) {
    const Value& value = graph_.value(id);
    buffer_of_[static_cast<size_t>(id)] = static_cast<int32_t>(plan_.buffers.size());
    plan_.buffers.push_back({value.name, value.type.bytes(), 0, layer, layer});
    if (value.type.dtype == DType::kInt64) plan_.buffers.back().alignment = 8;
  }

  /// Every state of the graph gets the first buffers, and a call that writes what it starts with.
  void claim_states() {
    const auto end = static_cast<int32_t>(graph_.nodes.size());
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (!value.initial) continue;
      claim_buffer(static_cast<ValueId>(i), -1);
      plan_.buffers.back().last = end;
      plan_.buffers.back().state = true;
      const int32_t buffer = buffer_of_[i];
      plan_.states.push_back({value.name, value.type, buffer});
      const std::vector<uint8_t>& bytes = value.initial->data;
      const bool uniform = std::equal(bytes.begin() + 1, bytes.end(), bytes.begin());
      BoundCall call{uniform ? fill_bytes_call(bytes.size(), bytes[0]) : copy_constant_call(bytes.size()), {}, 0};
      if (!uniform)
        call.operands.push_back({Place::Kind::kConstant, add_constant({value.name, DType::kUint8, bytes, false})});
      call.operands.push_back(whole(buffer, true));
      plan_.reset_calls.push_back(std::move(call));
    }
  }

  void extend(int32_t buffer, int32_t layer) {
    Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
    b.last = std::max(b.last, layer);
  }

  /// Equal constants are stored once.
  int32_t add_constant(Constant constant) {
    const auto key = std::make_tuple(constant.dtype, constant.derived, constant.bytes);
    const auto [found, added] = constant_of_.try_emplace(key, static_cast<int32_t>(plan_.constants.size()));
    if (added) plan_.constants.push_back(std::move(constant));
    return found->second;
  }

  Result<> add_layer(size_t index) {
    const Node& node = graph_.nodes[index];
    const auto layer = static_cast<int32_t>(index);
    const auto located = [&](Error error) {
      return fail(std::move(error).in(fmt::format("op {} ({} {})", index, name(node.op), node.name)));
    };
    auto lowered = lower(node.op, graph_.arguments(node.inputs), graph_.arguments(node.outputs));
    if (!lowered) return located(std::move(lowered).error());
    *lowered = with_variants(*std::move(lowered), options_.target);
    plan_.layers.push_back({std::string(name(node.op)), node.name,
                            lowered->calls.empty() ? "" : lowered->calls[0].name(), node_macs(graph_, node), 0});

    if (lowered->calls.empty()) {
      const int32_t shared = buffer_of_[static_cast<size_t>(node.inputs[0])];
      if (shared == kNoBuffer)
        return located({ErrorCode::kUnsupported, "applied to a constant; fold constants first", {}});
      if (plan_.buffers[static_cast<size_t>(shared)].state)
        return located({ErrorCode::kUnsupported, "applied to state; read the variable first", {}});
      buffer_of_[static_cast<size_t>(node.outputs[0])] = shared;
      extend(shared, layer);
      return {};
    }
    for (const ValueId id : node.outputs) claim_buffer(id, layer);
    const auto first_scratch = static_cast<int32_t>(plan_.buffers.size());
    for (const size_t bytes : lowered->scratch)
      plan_.buffers.push_back({fmt::format("{} scratch", node.name), bytes, 0, layer, layer});
    std::vector<int32_t> constants;
    for (Constant& constant : lowered->constants) {
      constant.role = fmt::format("{}{}", index, constant.role.empty() ? "" : "_" + constant.role);
      constants.push_back(add_constant(std::move(constant)));
    }
    if (const auto missing = missing_operand(node, lowered->calls))
      return located(
          {ErrorCode::kBadInput, fmt::format("leaves out operand {}, which it computes with", *missing), {}});
    for (KernelCall& call : lowered->calls) {
      BoundCall bound{std::move(call), {}, index};
      for (const Operand& operand : bound.call.operands)
        bound.operands.push_back(bind(node, operand, layer, first_scratch, constants));
      plan_.calls.push_back(std::move(bound));
    }
    return {};
  }

  /// An operand that was left out and that a kernel would read; only a bias may be.
  [[nodiscard]] std::optional<int32_t> missing_operand(const Node& node, const std::vector<KernelCall>& calls) const {
    const QuantizationRule rule = quantization(node.op, graph_.arguments(node.inputs));
    for (const KernelCall& call : calls)
      for (const Operand& operand : call.operands) {
        const auto at = static_cast<size_t>(operand.index);
        if (operand.kind != Operand::Kind::kInput || node.inputs[at] != kNoValue) continue;
        if (at >= rule.inputs.size() || rule.inputs[at].role != OperandRole::kBias) return operand.index;
      }
    return std::nullopt;
  }

  Place bind(const Node& node, const Operand& operand, int32_t layer, int32_t first_scratch,
             const std::vector<int32_t>& constants) {
    const auto at = static_cast<size_t>(operand.index);
    switch (operand.kind) {
      case Operand::Kind::kNone:
        return {};
      case Operand::Kind::kConstant:
        return {Place::Kind::kConstant, constants[at]};
      case Operand::Kind::kScratch:
        return whole(first_scratch + operand.index, true);
      case Operand::Kind::kOutput:
        return whole(buffer_of_[static_cast<size_t>(node.outputs[at])], true);
      case Operand::Kind::kState:
        return whole(buffer_of_[static_cast<size_t>(node.inputs[at])], true);
      case Operand::Kind::kInput:
        break;
    }
    const ValueId id = node.inputs[at];
    if (id == kNoValue) return {};
    const Value& value = graph_.value(id);
    if (value.constant)
      return {Place::Kind::kConstant, add_constant({value.name, value.type.dtype, value.constant->data, false})};
    const int32_t buffer = buffer_of_[static_cast<size_t>(id)];
    extend(buffer, layer);
    return whole(buffer, false);
  }

  Result<> bind_ports() {
    const auto end = static_cast<int32_t>(graph_.nodes.size());
    const auto port = [&](ValueId id) {
      return Port{graph_.value(id).name, graph_.value(id).type, buffer_of_[static_cast<size_t>(id)]};
    };
    for (const ValueId id : graph_.inputs) {
      plan_.inputs.push_back(port(id));
      if (options_.keep_input) extend(plan_.inputs.back().buffer, end);
    }
    for (const ValueId id : graph_.outputs) {
      if (buffer_of_[static_cast<size_t>(id)] == kNoBuffer)
        return fail(ErrorCode::kUnsupported, "output {} is a constant; there is nothing to compute",
                    graph_.value(id).name);
      plan_.outputs.push_back(port(id));
      extend(plan_.outputs.back().buffer, end);
    }
    return {};
  }

  const Graph& graph_;
  const PlanOptions options_;
  std::vector<int32_t> buffer_of_;
  std::map<std::tuple<DType, bool, std::vector<uint8_t>>, int32_t> constant_of_;
  Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const Graph& graph, const PlanOptions& options) {
  MOTE_TRY(verify(graph));
  auto plan = Planner(graph, options).run();
  if (plan || options.max_ram == 0) return plan;
  PlanOptions sparing = options;
  sparing.target.little_scratch = true;
  auto small = Planner(graph, sparing).run();
  return small ? std::move(small) : std::move(plan);
}

}  // namespace mote
