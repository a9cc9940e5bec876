/// Runs imported models on the host and compares numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "interp/interpreter.h"
#include "onnx/onnx_reader.h"
#include "test_support.h"

namespace mote::testing {

using Numbers = std::vector<float>;

inline Result<Model> open_onnx(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(const Bytes content, read_file(path, uint64_t{1} << 31));
  auto model = read_onnx(content);
  if (!model) return fail(std::move(model).error().in(path.string()));
  return model;
}

/// One inference through plan and kernels, as on a board.
inline Result<std::vector<Numbers>> run_numbers(const Model& model, const std::vector<Numbers>& inputs) {
  MOTE_TRY_ASSIGN(Plan plan, make_plan(model.graph));
  Interpreter interpreter(std::move(plan));
  if (inputs.size() != interpreter.plan().inputs.size())
    return fail(ErrorCode::kBadInput, "{} inputs, the model has {}", inputs.size(), interpreter.plan().inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor tensor = from_floats(interpreter.plan().inputs[i].type, inputs[i]);
    if (static_cast<size_t>(count(tensor.type.shape)) != inputs[i].size())
      return fail(ErrorCode::kBadInput, "{} elements for input {}", inputs[i].size(), text(tensor.type));
    std::memcpy(interpreter.input(i).data(), tensor.data.data(), tensor.data.size());
  }
  interpreter.invoke();
  std::vector<Numbers> outputs;
  for (size_t i = 0; i < interpreter.plan().outputs.size(); ++i) {
    const auto bytes = interpreter.output(i);
    outputs.push_back(as_floats(Tensor(interpreter.plan().outputs[i].type, {bytes.begin(), bytes.end()})));
  }
  return outputs;
}

/// "" or the first element that differs by more than atol + rtol * |wanted|.
inline std::string difference(const std::vector<Numbers>& computed, const std::vector<Numbers>& wanted, double rtol,
                              double atol) {
  if (computed.size() != wanted.size()) return fmt::format("{} outputs, not {}", computed.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (computed[i].size() != wanted[i].size())
      return fmt::format("output {} has {} elements, not {}", i, computed[i].size(), wanted[i].size());
    for (size_t j = 0; j < wanted[i].size(); ++j) {
      if (std::isnan(computed[i][j]) && std::isnan(wanted[i][j])) continue;
      const double difference = std::abs(static_cast<double>(computed[i][j]) - static_cast<double>(wanted[i][j]));
      if (!(difference <= atol + rtol * std::abs(static_cast<double>(wanted[i][j]))))
        return fmt::format("output {} [{}] is {}, not {}", i, j, computed[i][j], wanted[i][j]);
    }
  }
  return {};
}

}  // namespace mote::testing
