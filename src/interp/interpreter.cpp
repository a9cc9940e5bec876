#include "interp/interpreter.h"

namespace mote {

Interpreter::Interpreter(Plan plan) : plan_(std::move(plan)), storage_(plan_.arena_bytes + kArenaAlignment) {
  void* start = storage_.data();
  size_t space = storage_.size();
  arena_ = static_cast<uint8_t*>(std::align(kArenaAlignment, plan_.arena_bytes, start, space));
  for (const BoundCall& call : plan_.calls) operands_.push_back(pointers(call));
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
        result.push_back(const_cast<uint8_t*>(plan_.constants[static_cast<size_t>(place.index)].bytes.data()));
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

void Interpreter::run(size_t call) {
  const KernelCall& kernel_call = plan_.calls[call].call;
  kernel_call.kernel->run(kernel_call.parameters.get(), operands_[call].data());
}

void Interpreter::invoke() {
  for (size_t i = 0; i < plan_.calls.size(); ++i) run(i);
}

void Interpreter::invoke(const Observer& observer) {
  for (size_t i = 0; i < plan_.calls.size(); ++i) {
    run(i);
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
