#pragma once

#include "mote/rt/move.h"
#include "ops/op.h"

namespace mote {

/// One dimension of a copy: how many elements, and how far apart they lie on either side.
struct CopyDimension {
  int64_t extent;
  int64_t from_step;  ///< elements; negative backwards, 0 for the same one again
  int64_t to_step;
};

/// A block of elements on its way from one operand to another. `from` is an input, an output (written by an earlier
/// copy), or kNone for elements that stand for zero.
struct Copy {
  Operand from;
  Operand to;
  int64_t from_start = 0;
  int64_t to_start = 0;
  std::vector<CopyDimension> dimensions;  ///< outermost first
};

/// All that an op does which only moves elements: its results' shapes, and the copies in order. No copy at all: the
/// first operand that moves stays where it is, under another shape.
struct Movement {
  std::vector<Shape> outputs;
  std::vector<Copy> copies;
};

/// The kernel's parameters: neighbouring dimensions that are walked as one are merged. Refuses copies that still need
/// more than eight, or positions beyond int32.
[[nodiscard]] Result<rt::Move> plan_move(const Copy& copy);

/// Whether the copies leave every element of operand `from` where it is: the whole of it, in order, to one result.
[[nodiscard]] bool moves_nothing(const Movement& movement, int64_t elements);

/// Refuses a result that stands for other numbers than what is moved into it.
[[nodiscard]] Result<> expect_same_scale(const TensorType& from, const TensorType& to);

/// The kernel for elements of this type.
[[nodiscard]] Result<const Kernel*> move_kernel(DType dtype);

/// Distances between neighbours along each dimension of a dense tensor.
[[nodiscard]] std::vector<int64_t> dense_steps(const Shape& shape);

/// A copy of the block `extents`, which is dense on neither side: element steps and first elements are given.
[[nodiscard]] Copy block_copy(Operand from, Operand to, const Shape& extents, const std::vector<int64_t>& from_steps,
                              const std::vector<int64_t>& to_steps, int64_t from_start = 0, int64_t to_start = 0);

/// Sets every element of a result to zero (the zero point of its quantization), or to the one element of `from`.
[[nodiscard]] Copy fill_copy(Operand to, const Shape& shape, Operand from = {});

/// An axis counted from the front; negative ones count from the back. Refuses what lies outside.
[[nodiscard]] Result<size_t> front_axis(int64_t axis, size_t rank);

/// The elements of a constant int32 or int64 operand. Refuses others by `what`: "the paddings".
[[nodiscard]] Result<std::vector<int32_t>> constant_integers(Arguments inputs, size_t operand, std::string_view what);

/// A constant operand for the cases of an op.
[[nodiscard]] Tensor int32_tensor(Shape shape, std::initializer_list<int32_t> content);

namespace internal {
[[nodiscard]] Result<Lowered> lower_movement(const Movement& movement, size_t moved, Arguments inputs,
                                             Arguments outputs);
void run_movement(const Movement& movement, size_t moved, ForwardContext& context);
void run_movement_backward(const Movement& movement, size_t moved, BackwardContext& context);
[[nodiscard]] std::vector<Argument> arguments_of(std::span<const ConstFloatView> inputs);
}  // namespace internal

/// The parts that all ops share whose results are elements of their operands, of any type: such an op says which by
/// `movement(arguments)`, all else follows. Operand kMoved is the first that moves; others of kKept are shapes and
/// axes.
template <class T, size_t kMoved = 0>
struct MovementOp {
  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    MOTE_TRY_ASSIGN(const Movement movement, self().movement(inputs));
    std::vector<TensorType> types;
    for (const Shape& shape : movement.outputs) {
      MOTE_TRY(checked_count(shape));
      types.push_back({inputs[kMoved].type.dtype, shape, {}});
    }
    return types;
  }
  void forward(ForwardContext& context) const {
    const auto movement = self().movement(internal::arguments_of(context.inputs));
    if (movement) internal::run_movement(*movement, kMoved, context);
  }
  void backward(BackwardContext& context) const {
    const auto movement = self().movement(internal::arguments_of(context.inputs));
    if (movement) internal::run_movement_backward(*movement, kMoved, context);
  }
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const {
    std::vector<OperandRule> rules(inputs.size(), kKeptOperand);
    if (rules.size() > kMoved) rules[kMoved] = kActivationOperand;
    return QuantizationRule::like_input(std::move(rules));
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    MOTE_TRY_ASSIGN(const Movement movement, self().movement(inputs));
    return internal::lower_movement(movement, kMoved, inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }

  friend bool operator==(const MovementOp&, const MovementOp&) = default;

 private:
  const T& self() const { return static_cast<const T&>(*this); }
};

}  // namespace mote
