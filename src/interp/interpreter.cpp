#include "interp/interpreter.h"

#include <algorithm>

namespace mote {

namespace {

/// Vectors of the host's kernels are no longer than this; what lies on its multiples is loaded at once.
constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Interpreter::Interpreter(Plan plan) : plan_(std::move(plan)) {
  size_t total = aligned(plan_.arena_bytes);
  for (const Constant& constant : plan_.constants) total += aligned(constant.bytes.size());
  storage_.resize(total + kAlignment);
  void* start = storage_.data();
  size_t space = storage_.size();
  arena_ = static_cast<uint8_t*>(std::align(kAlignment, total, start, space));
  uint8_t* next = arena_ + aligned(plan_.arena_bytes);
  for (const Constant& constant : plan_.constants) {
    std::copy(constant.bytes.begin(), constant.bytes.end(), next);
    constants_.push_back(next);
    next += aligned(constant.bytes.size());
  }
  for (const BoundCall& call : plan_.calls)
    steps_.push_back({call.call.kernel->run, call.call.parameters.get(), pointers(call)});
  reset();
}

std::vector<void*> Interpreter::pointers(const BoundCall& call) const {
  std::vector<void*> result;
  for (const Place& place : call.operands) {
    switch (place.kind) {
      case Place::Kind::kNone:
        result.push_back(nullptr);
        break;
      case Place::Kind::kArena:
        result.push_back(bytes(place.index).data() + place.offset);
        break;
      case Place::Kind::kConstant:
        result.push_back(constants_[static_cast<size_t>(place.index)]);
        break;
    }
  }
  return result;
}

void Interpreter::reset() {
  for (const BoundCall& call : plan_.reset_calls)
    call.call.kernel->run(call.call.parameters.get(), pointers(call).data());
}

std::span<uint8_t> Interpreter::bytes(int32_t buffer) const {
  const Buffer& b = plan_.buffers[static_cast<size_t>(buffer)];
  return {arena_ + b.offset, b.bytes};
}

void Interpreter::invoke() {
  for (const Step& step : steps_) step.run(step.parameters, step.operands.data());
}

void Interpreter::invoke(const Observer& observer) {
  for (size_t i = 0; i < plan_.calls.size(); ++i) {
    steps_[i].run(steps_[i].parameters, steps_[i].operands.data());
    const size_t layer = plan_.calls[i].layer;
    if (i + 1 < plan_.calls.size() && plan_.calls[i + 1].layer == layer) continue;
    std::vector<std::span<const uint8_t>> written;
    for (const Place& place : plan_.calls[i].operands)
      if (place.kind == Place::Kind::kArena && place.writes && !plan_.buffers[static_cast<size_t>(place.index)].state)
        written.push_back(bytes(place.index).subspan(place.offset, place.bytes));
    observer(layer, written);
  }
}

}  // namespace mote
