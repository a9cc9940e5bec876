#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "formats/sample_models.h"
#include "formats/tflite_generated.h"
#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "test_support.h"

namespace mote {
namespace {

using mote::testing::FailsWith;
using mote::testing::Succeeds;
using ::testing::AllOf;
using ::testing::HasSubstr;

Bytes file_of(const Model& model) {
  return write_tflite(model).value();
}

/// A file as its writer sees it, with knobs for what may be wrong: a fully connected layer of 2 inputs and 2 outputs.
struct Draft {
  std::vector<int32_t> input_shape = {1, 2};
  std::vector<int32_t> input_signature;
  std::vector<int32_t> weights_shape = {2, 2};
  int8_t input_type = 9;
  int8_t weights_type = 9;
  int8_t unused_type = 9;
  std::vector<float> weights_scale = {0.5f};
  std::vector<int64_t> weights_zero = {0};
  int32_t weights_axis = 0;
  uint8_t details = 0;
  size_t weights_bytes = 4;
  uint32_t weights_buffer = 1;
  bool sparse = false;
  bool variable = false;
  uint32_t weights_external = 0;
  size_t networks = 1;
  bool no_buffers = false;
  int32_t builtin = 9;
  std::string custom;
  uint8_t options_type = 8;
  uint32_t opcode_index = 0;
  std::vector<int32_t> operands = {0, 1, -1};
  std::vector<int32_t> results = {2};
  std::vector<int32_t> inputs = {0};
  uint32_t version = 3;
  std::vector<std::pair<std::string, std::string>> metadata;

  [[nodiscard]] Bytes build() const {
    flatbuffers::FlatBufferBuilder b;
    const auto quantization = [&](const std::vector<float>& scale, const std::vector<int64_t>& zero, int32_t axis) {
      const auto scales = b.CreateVector(scale);
      const auto zeros = b.CreateVector(zero);
      const auto no_details = details != 0 ? tfl::CreateOptions(b) : flatbuffers::Offset<tfl::Options>();
      return tfl::CreateQuantizationParameters(b, 0, 0, scales, zeros, details, no_details, axis);
    };
    const auto tensor = [&](const std::vector<int32_t>& shape, int8_t type, uint32_t buffer, const char* name, auto q,
                            const std::vector<int32_t>& signature = {}, bool is_sparse = false,
                            bool is_variable = false, uint32_t external = 0) {
      const auto stored = b.CreateVector(shape);
      const auto open = signature.empty() ? 0 : b.CreateVector(signature);
      const auto sparsity = is_sparse ? tfl::CreateOptions(b) : flatbuffers::Offset<tfl::Options>();
      return tfl::CreateTensor(b, stored, type, buffer, b.CreateString(name), q, is_variable, sparsity, open, true, 0,
                               external);
    };
    std::vector<flatbuffers::Offset<tfl::Tensor>> tensors;
    tensors.push_back(tensor(input_shape, input_type, 0, "x", quantization({0.5f}, {0}, 0), input_signature));
    tensors.push_back(tensor(weights_shape, weights_type, weights_buffer, "w",
                             quantization(weights_scale, weights_zero, weights_axis), {}, sparse, variable,
                             weights_external));
    tensors.push_back(tensor({1, 2}, input_type, 0, "y", quantization({0.5f}, {0}, 0)));
    tensors.push_back(tensor({3}, unused_type, 0, "unused", quantization({}, {}, 0)));
    const auto op = tfl::CreateOperator(b, opcode_index, b.CreateVector(operands), b.CreateVector(results),
                                        options_type, tfl::CreateOptions(b));
    const auto subgraph =
        tfl::CreateSubGraph(b, b.CreateVector(tensors), b.CreateVector(inputs), b.CreateVector(std::vector<int32_t>{2}),
                            b.CreateVector(&op, 1), b.CreateString("draft"));
    const std::vector<flatbuffers::Offset<tfl::SubGraph>> graphs(networks, subgraph);
    const auto custom_code = custom.empty() ? 0 : b.CreateString(custom);
    const auto code = tfl::CreateOperatorCode(b, static_cast<int8_t>(std::min(builtin, 127)), custom_code, 1, builtin);
    std::vector<flatbuffers::Offset<tfl::Buffer>> buffers = {tfl::CreateBuffer(b)};
    buffers.push_back(tfl::CreateBuffer(b, b.CreateVector(std::vector<uint8_t>(weights_bytes, 1))));
    std::vector<flatbuffers::Offset<tfl::Metadata>> entries;
    for (const auto& [name, content] : metadata) {
      entries.push_back(tfl::CreateMetadata(b, b.CreateString(name), static_cast<uint32_t>(buffers.size())));
      buffers.push_back(tfl::CreateBuffer(b, b.CreateVector(std::vector<uint8_t>(content.begin(), content.end()))));
    }
    const auto all_entries = b.CreateVector(entries);
    const auto all_buffers = b.CreateVector(buffers);
    const auto codes = b.CreateVector(&code, 1);
    tfl::FinishModelBuffer(b, tfl::CreateModel(b, version, codes, b.CreateVector(graphs), 0,
                                               no_buffers ? 0 : all_buffers, 0, all_entries));
    return {b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize()};
  }
};

Result<Model> read_draft(const std::function<void(Draft&)>& change) {
  Draft draft;
  change(draft);
  return read_tflite(draft.build());
}

TEST(TfliteReader, ReadsTheDraft) {
  EXPECT_THAT(read_draft([](Draft&) {}), Succeeds());
}

TEST(TfliteReader, OpsAreRefusedByName) {
  EXPECT_THAT(read_draft([](Draft& d) { d.builtin = 124; }),
              FailsWith(ErrorCode::kUnsupported, AllOf(HasSubstr("op 0"), HasSubstr("builtin 124 'densify'"))));
  EXPECT_THAT(read_draft([](Draft& d) { d.builtin = 136; }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("builtin 136 'hashtable'")));
  EXPECT_THAT(read_draft([](Draft& d) {
                d.builtin = 32;
                d.custom = "SignalWindow";
              }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("custom 'SignalWindow'")));
}

TEST(TfliteReader, TensorsAreRefusedByName) {
  const auto refuses = [](const std::function<void(Draft&)>& change, ErrorCode code, const std::string& part) {
    EXPECT_THAT(read_draft(change), FailsWith(code, HasSubstr(part)));
  };
  refuses([](Draft& d) { d.input_type = 10; }, ErrorCode::kUnsupported,
          "tensor 0 (x): has the element type 10 (FLOAT64)");
  refuses([](Draft& d) { d.weights_type = 18; }, ErrorCode::kUnsupported,
          "tensor 1 (w): has the element type 18 (BFLOAT16)");
  refuses([](Draft& d) { d.sparse = true; }, ErrorCode::kUnsupported, "tensor 1 (w): is sparse");
  refuses([](Draft& d) { d.variable = true; }, ErrorCode::kUnsupported, "tensor 1 (w): is a variable");
  refuses([](Draft& d) { d.details = 2; }, ErrorCode::kUnsupported, "quantization details of kind 2");
}

TEST(TfliteReader, TensorsThatContradictThemselves) {
  const auto refuses = [](const std::function<void(Draft&)>& change, const std::string& part) {
    EXPECT_THAT(read_draft(change), FailsWith(ErrorCode::kBadInput, HasSubstr(part)));
  };
  refuses([](Draft& d) { d.weights_bytes = 5; }, "tensor 1 (w): holds 5 bytes");
  refuses([](Draft& d) { d.weights_buffer = 77; }, "refers to buffer 77, there are 2");
  refuses([](Draft& d) { d.weights_shape = {2, -3}; }, "extent that is not positive");
  refuses([](Draft& d) { d.weights_shape = {0, 2}; }, "extent that is not positive");
  refuses([](Draft& d) { d.weights_shape = {65536, 65536}; }, "2^31 elements");
  refuses([](Draft& d) { d.weights_scale = {1, 1, 1}; }, "3 scales along axis 0");
  refuses([](Draft& d) { d.weights_scale = {-1}; }, "has the scale -1");
  refuses([](Draft& d) { d.weights_zero = {int64_t{1} << 40}; }, "no 32-bit number");
  refuses([](Draft& d) { d.weights_zero = {0, 0}; }, "1 scales but 2 zero points");
  refuses([](Draft& d) { d.operands = {0, 9, -1}; }, "operand 1 is tensor 9, there are 4");
  refuses([](Draft& d) { d.operands = {0, -2}; }, "operand 1 is tensor -2");
  refuses([](Draft& d) { d.operands = {0}; }, "expects 2 to 3 operands");
  refuses([](Draft& d) { d.results = {-1}; }, "result 0 is tensor -1");
  refuses([](Draft& d) { d.results = {}; }, "has no results");
  refuses([](Draft& d) { d.results = {1}; }, "already there");
  refuses([](Draft& d) { d.inputs = {5}; }, "model inputs 0 is tensor 5");
  refuses([](Draft& d) { d.opcode_index = 4; }, "refers to operator code 4");
  refuses([](Draft& d) { d.options_type = 1; }, "option table of type 1, 8 is expected");
}

TEST(TfliteReader, QuantizedDimension) {
  EXPECT_THAT(read_draft([](Draft& d) { d.weights_axis = 9; }), Succeeds()) << "one scale needs no axis";
  EXPECT_THAT(read_draft([](Draft& d) {
                d.weights_axis = 9;
                d.weights_scale = {1, 1};
                d.weights_zero = {0, 0};
              }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("2 scales along axis 9")));
}

TEST(TfliteReader, OpenExtents) {
  MOTE_ASSERT_ASSIGN(const Model model, read_draft([](Draft& d) { d.input_signature = {-1, 2}; }));
  EXPECT_EQ(model.graph.value(0).type.shape, (Shape{1, 2}));
  EXPECT_THAT(read_draft([](Draft& d) { d.input_shape = {-1, 2}; }), Succeeds());
  EXPECT_THAT(read_draft([](Draft& d) {
                d.input_signature = {1, -1};
              }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("tensor 0 (x): is an input and leaves an extent open")));
}

TEST(TfliteReader, AllProblemsAreListed) {
  Draft draft;
  draft.builtin = 124;
  draft.weights_scale = {0};
  draft.input_type = 10;
  MOTE_ASSERT_ASSIGN(const Reading reading, inspect_tflite(draft.build()));
  std::vector<std::string> ids;
  for (const Problem& problem : reading.problems) {
    ids.push_back(fmt::format("{} {} {}", problem.id, problem.op, problem.tensor));
    EXPECT_FALSE(problem.fix.empty());
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("unsupported-op 0 2", "tensor-type -1 0", "tensor-quantization -1 1",
                                          "tensor-type -1 2"));
  EXPECT_THAT(read_tflite(draft.build()), FailsWith(ErrorCode::kBadInput, HasSubstr("and 1 more: mote check")));
}

TEST(TfliteReader, FormsOfOtherConverters) {
  EXPECT_THAT(read_draft([](Draft& d) { d.weights_zero = {}; }), Succeeds()) << "no zero points: all are 0";
  EXPECT_THAT(read_draft([](Draft& d) { d.weights_scale = {}, d.weights_zero = {}; }), Succeeds()) << "not quantized";
  EXPECT_THAT(read_draft([](Draft& d) { d.weights_external = 5; }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("tensor 1 (w): is kept in another file")));
  EXPECT_THAT(
      read_draft([](Draft& d) { d.networks = 3; }),
      FailsWith(ErrorCode::kUnsupported, HasSubstr("holds 3 networks (draft, draft, draft), one is supported")));
  EXPECT_THAT(read_draft([](Draft& d) { d.no_buffers = true; }),
              FailsWith(ErrorCode::kBadInput, HasSubstr("refers to buffer 1, there are 0")));
  for (const float scale : {0.0f, -1.0f, std::nanf(""), HUGE_VALF})
    EXPECT_THAT(read_draft([&](Draft& d) { d.weights_scale = {scale}; }),
                FailsWith(ErrorCode::kBadInput, HasSubstr("tensor 1 (w): has the scale")));
}

TEST(TfliteReader, TensorsThatNothingUsesMayBeOfAnyKind) {
  EXPECT_THAT(read_draft([](Draft& d) { d.unused_type = 10; }), Succeeds());
}

TEST(TfliteReader, NoTfliteFileAtAll) {
  EXPECT_THAT(read_tflite({}), FailsWith(ErrorCode::kBadInput, HasSubstr("no .tflite file")));
  const Bytes text(100, 'a');
  EXPECT_THAT(read_tflite(text), FailsWith(ErrorCode::kBadInput, HasSubstr("no .tflite file")));
  EXPECT_THAT(read_draft([](Draft& d) { d.version = 2; }),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("version is 2")));
  EXPECT_THAT(load_model("/nowhere/model.tflite"), FailsWith(ErrorCode::kIo, HasSubstr("/nowhere/model.tflite")));
}

TEST(TfliteReader, BytesAtAnyAddress) {
  const Bytes file = file_of(samples::classifier_with_front_end());
  for (size_t shift = 1; shift < 16; ++shift) {
    Bytes moved(shift);
    moved.insert(moved.end(), file.begin(), file.end());
    EXPECT_THAT(read_tflite(std::span<const uint8_t>(moved).subspan(shift)), Succeeds());
  }
}

TEST(TfliteMetadata, WhatIsWrongIsSaid) {
  const auto refuses = [](const std::string& json, ErrorCode code, const std::string& part) {
    EXPECT_THAT(read_draft([&](Draft& d) { d.metadata = {{"mote.json", json}}; }), FailsWith(code, HasSubstr(part)));
  };
  refuses("{", ErrorCode::kBadInput, "not a JSON object");
  refuses("[1]", ErrorCode::kBadInput, "not a JSON object");
  refuses("{}", ErrorCode::kBadInput, "names no schema_version");
  refuses(R"({"schema_version":2})", ErrorCode::kUnsupported, "schema_version 2, this Mote reads 1");
  refuses(R"({"schema_version":1,"labels":[1]})", ErrorCode::kBadInput, "labels that are not a list of texts");
  refuses(R"({"schema_version":1,"fingerprint":"00"})", ErrorCode::kBadInput, "was changed after Mote wrote it");
  refuses(std::string(100000, '['), ErrorCode::kBadInput, "nested more than 64 deep");
  EXPECT_THAT(read_draft([](Draft& d) {
                d.metadata = {{"mote.json", R"({"schema_version":1})"}, {"mote.json", R"({"schema_version":1})"}};
              }),
              FailsWith(ErrorCode::kBadInput, HasSubstr("two entries mote.json")));
}

TEST(TfliteMetadata, TheFrontEndMustFitTheNetwork) {
  const auto with_front = [](const Bytes& front) {
    return read_draft([&](Draft& d) { d.metadata = {{"mote.frontend", std::string(front.begin(), front.end())}}; });
  };
  EXPECT_THAT(with_front(Draft().build()), Succeeds());
  EXPECT_THAT(with_front(file_of(samples::classifier())),
              FailsWith(ErrorCode::kBadInput, HasSubstr("the network's input is")));
  EXPECT_THAT(with_front(Bytes(20)), FailsWith(ErrorCode::kBadInput, HasSubstr("mote.frontend: this is no .tflite")));
  const Bytes nested = file_of(samples::classifier_with_front_end());
  EXPECT_THAT(with_front(nested), FailsWith(ErrorCode::kBadInput, HasSubstr("more than one front end")));
}

TEST(TfliteMetadata, AChangedWeightIsNoticed) {
  const Model model = samples::classifier();
  Bytes file = file_of(model);
  const auto& weights = model.graph.values[1].constant->data;
  const auto found = std::search(file.begin(), file.end(), weights.begin(), weights.end());
  ASSERT_NE(found, file.end());
  *found ^= 1;
  EXPECT_THAT(read_tflite(file), FailsWith(ErrorCode::kBadInput, HasSubstr("the network was changed")));
}

}  // namespace
}  // namespace mote
