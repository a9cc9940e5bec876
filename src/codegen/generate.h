#pragma once

#include <string>
#include <vector>

#include "codegen/source_file.h"
#include "plan/plan.h"

namespace mote {

struct GenerateOptions {
  std::string name;                 ///< prefix of the interface; made an identifier
  std::vector<std::string> labels;  ///< of the classes, in the order of the first output's elements; may be empty
  std::string fingerprint;          ///< of the model file; printed into the header
  bool for_size = false;            ///< gcc makes the least code of it, whatever its flags
};

/// Prints a plan as C++: the list of kernel calls that the interpreter would execute, with the same parameters.
/// The code needs a C++14 compiler and the runtime headers that come with it, no library.
[[nodiscard]] GeneratedModel generate(const Plan& plan, const GenerateOptions& options);

}  // namespace mote
