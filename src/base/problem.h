#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

/// Something in a model that Mote refuses, or that people should look at. docs/check.md has a paragraph on each id.
struct Problem {
  std::string id;
  ErrorCode code = ErrorCode::kUnsupported;
  int op = -1;              ///< index in the file; -1: no single op
  std::string op_name;      ///< "builtin 122 'scatter_nd'"
  int tensor = -1;          ///< index in the file; -1: no single tensor
  std::string tensor_name;  ///< the tensor, or the op's first result
  std::string reason;
  std::string fix;
};

/// The reason is what the error says up to the first "; ", the fix is the rest, or a general one for its code.
[[nodiscard]] Problem problem_of(std::string_view id, const Error& error);

/// At most 60 characters of a tensor's name: converters join those of all layers that were fused.
[[nodiscard]] std::string shortened(const std::string& tensor_name);
/// "op 0 (builtin 122 'scatter_nd')", "tensor 3 (w)", empty for the model as a whole.
[[nodiscard]] std::string place(const Problem& problem);
/// Place, reason and fix in one line.
[[nodiscard]] std::string text(const Problem& problem);

/// The first few problems as one error and how many more there are; kBadInput if one of them is.
[[nodiscard]] Error refusal(std::span<const Problem> problems);

}  // namespace mote
