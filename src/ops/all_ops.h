#pragma once

#include <variant>

#include "ops/arg_extreme.h"
#include "ops/batch_matmul.h"
#include "ops/batch_norm.h"
#include "ops/blocks.h"
#include "ops/compare.h"
#include "ops/conv2d.h"
#include "ops/convert.h"
#include "ops/cumsum.h"
#include "ops/depthwise_conv2d.h"
#include "ops/dequantize.h"
#include "ops/dropout.h"
#include "ops/fully_connected.h"
#include "ops/gather.h"
#include "ops/l2_normalization.h"
#include "ops/log_softmax.h"
#include "ops/logistic.h"
#include "ops/lstm.h"
#include "ops/one_hot.h"
#include "ops/pad.h"
#include "ops/pair_ops.h"
#include "ops/pool2d.h"
#include "ops/prelu.h"
#include "ops/quantize.h"
#include "ops/reduce.h"
#include "ops/repeat.h"
#include "ops/reshape.h"
#include "ops/resize_bilinear.h"
#include "ops/select.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/split.h"
#include "ops/svdf.h"
#include "ops/tanh.h"
#include "ops/transpose.h"
#include "ops/transpose_conv.h"
#include "ops/unary_ops.h"
#include "ops/variable.h"

namespace mote {

/// Every op that Mote knows: the only list. All else (reader, writer, passes, suites) walks it.
using Op = std::variant<
    FullyConnected, Softmax, Conv2d, DepthwiseConv2d, TransposeConv, MaxPool2d, AveragePool2d, Mean, Sum, ReduceMax,
    ReduceMin, ReduceProd, ReduceAny, ReduceAll, ArgMax, ArgMin, OneHot, Cumsum, BatchMatmul, ResizeBilinear, BatchNorm,
    Reshape, Add, Sub, Mul, Div, SquaredDifference, Pow, FloorDiv, FloorMod, Minimum, Maximum, Relu, Relu6, ReluN1To1,
    Relu0To1, LeakyRelu, HardSwish, Elu, Gelu, Abs, Neg, Square, Sqrt, Rsqrt, Exp, NaturalLog, Sin, Cos, Floor, Ceil,
    Round, Prelu, LogSoftmax, L2Normalization, Logistic, Tanh, Dropout, Quantize, Dequantize, AffineQuantize, Lstm,
    Svdf, ReadVariable, AssignVariable, Squeeze, ExpandDims, Pad, PadV2, MirrorPad, Slice, StridedSlice, Reverse,
    SplitEvenly, SplitV, Unpack, Concatenation, Pack, Transpose, SpaceToDepth, DepthToSpace, SpaceToBatchNd,
    BatchToSpaceNd, Tile, BroadcastTo, Fill, ZerosLike, Gather, GatherNd, ResizeNearest, Cast, ShapeOf, Equal, NotEqual,
    Greater, GreaterEqual, Less, LessEqual, LogicalAnd, LogicalOr, LogicalNot, Select, SelectV2>;

namespace internal {
template <class... Ops>
consteval bool all_complete(const std::variant<Ops...>*) {
  return (OpLike<Ops> && ...);
}
static_assert(all_complete(static_cast<const Op*>(nullptr)), "an op lacks a part that the concept OpLike names");
}  // namespace internal

/// Calls `visitor.template operator()<T>()` for each op type, in order.
template <class Visitor>
void for_each_op(Visitor&& visitor) {
  [&]<class... Ops>(const std::variant<Ops...>*) {
    (visitor.template operator()<Ops>(), ...);
  }(static_cast<const Op*>(nullptr));
}

/// The functions of OpLike, for an op that is known only at run time.
[[nodiscard]] std::string_view name(const Op& op);
[[nodiscard]] Result<std::vector<TensorType>> infer(const Op& op, Arguments inputs);
void forward(const Op& op, ForwardContext& context);
/// Must not be called for an op that is not differentiable.
void backward(const Op& op, BackwardContext& context);
[[nodiscard]] QuantizationRule quantization(const Op& op, Arguments inputs);
[[nodiscard]] Result<Lowered> lower(const Op& op, Arguments inputs, Arguments outputs);
[[nodiscard]] int64_t macs(const Op& op, Arguments inputs, Arguments outputs);
[[nodiscard]] bool differentiable(const Op& op);
[[nodiscard]] bool has_own_integer_forms(const Op& op);

}  // namespace mote
