/// Random models of one op each, over geometries that real networks seldom have: one to three channels, one or two
/// outputs, kernels larger than their input, strides larger than the kernel, dilation, saturated weights, zero points
/// at both ends, several batches. A case is a function of its name alone, so that a new op adds cases and changes none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "graph/graph.h"
#include "target/instruction_set.h"

namespace mote::sweep {

inline constexpr int kInferences = 3;

struct Case {
  std::string name;  ///< "conv2d_int8_17", "concatenation_last_axis_int8_1": an identifier of C
  Graph graph;
  Bytes inputs;  ///< of kInferences inferences, one after the other
};

/// All cases: random ones for the ops with geometry, and the examples that every op lists, with several scales each.
/// An error means that the generator itself is wrong.
[[nodiscard]] Result<std::vector<Case>> make_cases();

/// FNV-1a over the bytes, 64 bits.
[[nodiscard]] uint64_t digest(std::span<const uint8_t> bytes, uint64_t start = 0xCBF29CE484222325u);

/// Changes when the case becomes another one: over its arithmetic and its inputs.
[[nodiscard]] uint64_t identity(const Case& c);

/// The outputs of all inferences as the host's interpreter computes them with the target's kernels.
[[nodiscard]] Result<Bytes> interpret(const Case& c, const Target& target = {});

}  // namespace mote::sweep
