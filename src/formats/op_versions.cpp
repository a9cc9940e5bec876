#include "formats/op_versions.h"

#include <algorithm>

#include "formats/tflite_options.h"

namespace mote {

namespace {

/// Versions by the element type of the first operand; float and all else is 1.
struct VersionRule {
  int32_t builtin;
  int32_t int8;
  int32_t int16;
};
constexpr int32_t kConv2d = 3, kDepthwiseConv2d = 4, kDequantize = 6, kFullyConnected = 9, kMul = 18, kQuantize = 114,
                  kBroadcastTo = 130;
constexpr VersionRule kRules[] = {
    {0, 2, 3},                 // add
    {1, 2, 3},                 // average pool
    {2, 2, 3},                 // concatenation
    {kConv2d, 3, 4},           //
    {kDepthwiseConv2d, 3, 5},  //
    {kDequantize, 2, 3},       //
    {kFullyConnected, 4, 7},   //
    {11, 2, 2},                // l2 normalization
    {14, 2, 3},                // logistic
    {17, 2, 3},                // max pool
    {27, 3, 3},                // svdf
    {kMul, 2, 4},              //
    {19, 2, 3},                // relu
    {21, 2, 3},                // relu6
    {23, 2, 4},                // resize bilinear
    {25, 2, 3},                // softmax
    {28, 2, 3},                // tanh
    {26, 2, 2},                // space to depth
    {34, 2, 3},                // pad
    {36, 2, 4},                // gather
    {37, 2, 4},                // batch to space
    {38, 2, 4},                // space to batch
    {39, 2, 4},                // transpose
    {40, 2, 3},                // mean
    {41, 2, 5},                // sub
    {45, 2, 4},                // strided slice
    {47, 2, 2},                // exp
    {50, 2, 2},                // log softmax
    {55, 2, 4},                // maximum
    {56, 2, 2},                // arg max
    {57, 2, 4},                // minimum
    {58, 2, 3},                // less
    {60, 2, 3},                // pad_v2
    {61, 2, 3},                // greater
    {62, 2, 3},                // greater or equal
    {63, 2, 3},                // less or equal
    {64, 2, 2},                // select
    {65, 2, 4},                // slice
    {71, 2, 4},                // equal
    {72, 2, 3},                // not equal
    {73, 2, 2},                // log
    {74, 2, 2},                // sum
    {75, 2, 2},                // sqrt
    {76, 2, 3},                // rsqrt
    {79, 2, 2},                // arg min
    {81, 2, 2},                // product
    {82, 2, 3},                // largest
    {83, 2, 3},                // pack
    {88, 2, 4},                // unpack
    {89, 2, 3},                // smallest
    {97, 2, 4},                // resize nearest
    {98, 2, 2},                // leaky relu
    {99, 2, 2},                // squared difference
    {101, 2, 3},               // abs
    {100, 2, 3},               // mirror pad
    {102, 2, 2},               // split_v
    {107, 1, 3},               // gather_nd
    {126, 2, 3},               // batch matmul
};

int32_t fully_connected_version(const FullyConnected& op, Arguments inputs) {
  int32_t version = 1;
  if (op.keep_dimensions) version = std::max(version, 5);
  if (inputs.size() == 2) version = std::max(version, 6);
  if (inputs[1].type.dtype == DType::kInt4) version = std::max(version, 10);
  if (inputs[1].type.dtype == DType::kInt8 && inputs[1].type.quantization.per_channel())
    version = std::max(version, 12);
  return version;
}

int32_t transpose_conv_version(const TransposeConv& op, Arguments inputs) {
  if (op.activation != Activation::kNone) return 4;
  if (inputs.size() > 3 && (inputs[3].constant != nullptr || !inputs[3].type.shape.empty())) return 3;
  return inputs[1].type.dtype == DType::kInt8 ? 2 : 1;
}

/// A convolution's weights: int4, or fewer channels than the input.
int32_t convolution_version(Arguments inputs) {
  if (inputs[1].type.dtype == DType::kInt4) return 7;
  return inputs[0].type.shape[3] != inputs[1].type.shape[3] ? 6 : 1;
}

/// A product of scales that is 1 or more times the output's needs a multiplier above 1.
bool scales_up(Arguments inputs, Arguments outputs) {
  const auto scale = [](const Argument& argument) {
    return argument.type.quantization.present() ? double{argument.type.quantization.scale[0]} : 0.0;
  };
  return inputs.size() == 2 && inputs[0].type.dtype == DType::kInt8 &&
         scale(inputs[0]) * scale(inputs[1]) >= scale(outputs[0]);
}

}  // namespace

int32_t tflite_version(const Op& op, Arguments inputs, Arguments outputs) {
  const int32_t builtin = tflite_name(op).builtin;
  const DType dtype = inputs.empty() ? DType::kFloat32 : inputs[0].type.dtype;
  int32_t version = 1;
  for (const VersionRule& rule : kRules) {
    if (rule.builtin != builtin) continue;
    if (dtype == DType::kInt8) version = rule.int8;
    if (dtype == DType::kInt16) version = rule.int16;
  }
  if (const auto* dense = std::get_if<FullyConnected>(&op))
    version = std::max(version, fully_connected_version(*dense, inputs));
  if (builtin == kConv2d) version = std::max(version, convolution_version(inputs));
  if (const auto* conv = std::get_if<TransposeConv>(&op)) version = transpose_conv_version(*conv, inputs);
  if (builtin == kDepthwiseConv2d && inputs[1].type.dtype == DType::kInt4) version = 7;
  if (builtin == kMul && scales_up(inputs, outputs)) version = std::max(version, 3);
  if (builtin == kBroadcastTo) version = 2;  // there never was a first one
  if (builtin == kQuantize && !outputs.empty() && outputs[0].type.dtype == DType::kInt16) version = 2;
  if (builtin == kDepthwiseConv2d && version == 1)  // a float one with dilation needs 2
    for (const OptionField& field : option_fields(op))
      if (field.schema_default == 1 && field.value != 1) version = 2;
  return version;
}

}  // namespace mote
