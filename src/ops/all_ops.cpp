#include "ops/all_ops.h"

namespace mote {

std::string_view name(const Op& op) {
  return std::visit([](const auto& o) { return std::string_view(o.kName); }, op);
}

Result<std::vector<TensorType>> infer(const Op& op, Arguments inputs) {
  return std::visit([&](const auto& o) { return o.infer(inputs); }, op);
}

void forward(const Op& op, ForwardContext& context) {
  std::visit([&](const auto& o) { o.forward(context); }, op);
}

void backward(const Op& op, BackwardContext& context) {
  std::visit(
      [&]<class T>(const T& o) {
        if constexpr (differentiable<T>()) o.backward(context);
      },
      op);
}

QuantizationRule quantization(const Op& op, Arguments inputs) {
  return std::visit([&](const auto& o) { return o.quantization(inputs); }, op);
}

Result<Lowered> lower(const Op& op, Arguments inputs, Arguments outputs) {
  return std::visit([&](const auto& o) { return o.lower(inputs, outputs); }, op);
}

int64_t macs(const Op& op, Arguments inputs, Arguments outputs) {
  return std::visit([&](const auto& o) { return o.macs(inputs, outputs); }, op);
}

bool has_own_integer_forms(const Op& op) {
  return std::visit([]<class T>(const T&) { return has_own_integer_forms<T>(); }, op);
}

bool differentiable(const Op& op) {
  return std::visit([]<class T>(const T&) { return differentiable<T>(); }, op);
}

}  // namespace mote
