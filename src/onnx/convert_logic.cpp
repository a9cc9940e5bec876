#include "onnx/convert_pair.h"
#include "onnx/converters.h"

namespace mote {

namespace {

Result<> convert_xor(Importer& importer, const OnnxNode& node) {
  return convert_pair<NotEqual>(importer, node);
}

Result<> convert_where(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(3, 3));
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(SelectV2{}, node.all_inputs()));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_thresholded_relu(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const ValueId threshold = importer.scalar(node.real("alpha", 1));
  MOTE_TRY_ASSIGN(const ValueId above, importer.add(Greater{}, {node.input(0), threshold}));
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(SelectV2{}, {above, node.input(0), importer.scalar(0)}));
  importer.bind(node, 0, result);
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"Not", convert_unary<LogicalNot>},
    {"Equal", convert_pair<Equal>},
    {"Greater", convert_pair<Greater>},
    {"GreaterOrEqual", convert_pair<GreaterEqual>},
    {"Less", convert_pair<Less>},
    {"LessOrEqual", convert_pair<LessEqual>},
    {"And", convert_pair<LogicalAnd>},
    {"Or", convert_pair<LogicalOr>},
    {"Xor", convert_xor},
    {"Where", convert_where},
    {"ThresholdedRelu", convert_thresholded_relu},
};

}  // namespace

std::span<const NamedConverter> logic_converters() {
  return kConverters;
}

}  // namespace mote
