#pragma once

#include <algorithm>
#include <functional>
#include <optional>

#include "target/kernel.h"

namespace mote {

/// One step of a call, as one of its inputs and its output see it. Counted from the start of each, in elements where a
/// kernel states it and in bytes where a plan reads it.
struct AccessStep {
  int64_t first, end;  ///< what the step reads of the input lies in [first, end); nothing if they are equal
  int64_t written;     ///< of the output at most so much is written before the last of these reads
};
using StepVisitor = std::function<void(const AccessStep&)>;

/// Rows [first, end) of an image.
struct RowRange {
  int32_t first = 0, end = 0;
};

/// How a kernel computes some rows of its output from some rows of its input (the outermost dimension of an image; of
/// flat operands any part).
struct RowSlices {
  /// How many rows input and output have; negative: they cannot be cut; 0: as many as one likes, equal in both.
  struct Heights {
    int32_t input, output;
  };
  Heights (*heights)(const void* parameters);
  /// The rows of the input that these rows of the output are computed from.
  RowRange (*needed)(const void* parameters, const RowRange& outputs);
  /// Parameters of a call that computes rows `outputs` of `height`, whose operands begin at the first row of `inputs` =
  /// needed(outputs) and of `outputs`.
  std::shared_ptr<const void> (*slice)(const void* parameters, int32_t height, const RowRange& outputs,
                                       const RowRange& inputs);
};

/// Bytes [from, from + bytes) of the input become [to, to + bytes) of the output.
struct BlockCopy {
  size_t from, to, bytes;
};

/// How a kernel walks: the steps of a call, in order, for the input that pointer argument `operand` is. A kernel that
/// states them writes one output, from its first element towards its last, and reads of it only what it wrote. It is a
/// property of the kernel's loops: a variant that copies its inputs before it writes has another Access than one that
/// does not.
struct Access {
  void (*steps)(const void* parameters, size_t operand, const StepVisitor& visit);  ///< null: not stated
  const RowSlices* slices = nullptr;  ///< null: only the whole output at once
  /// The bytes that a call copies and nothing else; none if they do not lie in one block. Null: it computes.
  std::optional<BlockCopy> (*block)(const void* parameters) = nullptr;
  /// The steps hold only where input and output lie a multiple of so many elements apart; null: at any distance.
  int64_t (*grain)(const void* parameters) = nullptr;
};

/// The kernel, walking like this.
constexpr Kernel walking(Kernel kernel, const Access& access) {
  kernel.access = &access;
  return kernel;
}

/// Bytes of one element behind a pointer argument: "const int16_t*" has 2. 0 if it does not say.
[[nodiscard]] size_t element_bytes(std::string_view pointer);

/// True if the call's kernel may find its output over this input: it states its steps, and no compiler may take the two
/// for different memory because of their types.
[[nodiscard]] bool may_overlap(const Kernel& kernel, size_t input, size_t output);

/// The steps of a call in bytes. Needs may_overlap.
void for_each_step(const KernelCall& call, size_t input, size_t output, const StepVisitor& visit);

/// Bytes; at distances that are not a multiple of them nothing is known of the call. Needs may_overlap.
[[nodiscard]] int64_t grain_bytes(const KernelCall& call, size_t input);

/// How far an input must begin behind an output that is written over it (less than 0: it may begin before it): the
/// largest of bytes written minus input bytes still needed. One byte less, and a byte is overwritten before it is read.
class SafeDistance {
 public:
  explicit SafeDistance(size_t input_bytes) : bytes_(-static_cast<int64_t>(input_bytes)) {}
  void add(const AccessStep& step) {
    if (step.first < step.end && step.written > 0) bytes_ = std::max(bytes_, step.written - step.first);
  }
  /// -input_bytes: nothing was in the way.
  [[nodiscard]] int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
};

}  // namespace mote
