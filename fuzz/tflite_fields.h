#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "base/rng.h"
#include "formats/tflite_generated.h"

/// A mutator that knows the layout of `.tflite` files: it changes numbers that mean something and leaves the tables
/// around them whole, so that changed files get past the verifier and deep into the reader.
namespace mote::fuzz {

struct Field {
  enum class Kind : uint8_t { kExtent, kType, kIndex, kScale, kNumber, kOpCode, kByte };
  Kind kind;
  size_t at;     ///< byte in the file
  size_t width;  ///< bytes: 1, 4 or 8
};

/// Every number of a verified file that the reader looks at.
class FieldList {
 public:
  explicit FieldList(std::span<const uint8_t> file) : start_(file.data()), bytes_(file.size()) {
    const tfl::Model* model = tfl::GetModel(file.data());
    each(model->operator_codes(), [&](const tfl::OperatorCode& code) {
      scalar(code, tfl::OperatorCode::VT_DEPRECATED_BUILTIN_CODE, Field::Kind::kOpCode, 1);
      scalar(code, tfl::OperatorCode::VT_BUILTIN_CODE, Field::Kind::kOpCode, 4);
    });
    each(model->subgraphs(), [&](const tfl::SubGraph& graph) {
      numbers(graph.inputs(), Field::Kind::kIndex);
      numbers(graph.outputs(), Field::Kind::kIndex);
      each(graph.tensors(), [&](const tfl::Tensor& tensor) { add_tensor(tensor); });
      each(graph.operators(), [&](const tfl::Operator& op) { add_op(op); });
      offsets(graph.tensors());
      offsets(graph.operators());
    });
    each(model->buffers(), [&](const tfl::Buffer& buffer) {
      if (buffer.data() != nullptr) numbers(buffer.data(), Field::Kind::kByte);
    });
  }

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  /// Offsets in one vector each: two of them may change places.
  [[nodiscard]] const std::vector<std::pair<size_t, size_t>>& tables() const { return tables_; }

 private:
  static constexpr size_t kMostOfOneVector = 64;

  template <class T, class Visit>
  void each(const flatbuffers::Vector<flatbuffers::Offset<T>>* vector, const Visit& visit) {
    if (vector == nullptr) return;
    for (flatbuffers::uoffset_t i = 0; i < vector->size(); ++i) visit(*vector->Get(i));
  }
  void add(Field::Kind kind, const void* place, size_t width) {
    const auto at = static_cast<size_t>(static_cast<const uint8_t*>(place) - start_);
    if (at + width <= bytes_) fields_.push_back({kind, at, width});
  }
  template <class T>
  void scalar(const T& table, flatbuffers::voffset_t field, Field::Kind kind, size_t width) {
    const auto* place = reinterpret_cast<const flatbuffers::Table&>(table).GetAddressOf(field);
    if (place != nullptr) add(kind, place, width);
  }
  template <class T>
  void numbers(const flatbuffers::Vector<T>* vector, Field::Kind kind) {
    if (vector == nullptr) return;
    for (size_t i = 0; i < vector->size() && i < kMostOfOneVector; ++i)
      add(kind, vector->Data() + i * sizeof(T), sizeof(T));
    if (vector->size() > 0) add(Field::Kind::kIndex, vector->Data() - 4, 4);  // its length
  }
  template <class T>
  void offsets(const flatbuffers::Vector<T>* vector) {
    if (vector != nullptr && vector->size() > 1)
      tables_.emplace_back(static_cast<size_t>(vector->Data() - start_), vector->size());
  }
  void add_tensor(const tfl::Tensor& tensor) {
    numbers(tensor.shape(), Field::Kind::kExtent);
    numbers(tensor.shape_signature(), Field::Kind::kExtent);
    scalar(tensor, tfl::Tensor::VT_TYPE, Field::Kind::kType, 1);
    scalar(tensor, tfl::Tensor::VT_BUFFER, Field::Kind::kIndex, 4);
    scalar(tensor, tfl::Tensor::VT_IS_VARIABLE, Field::Kind::kByte, 1);
    if (const auto* q = tensor.quantization(); q != nullptr) {
      numbers(q->scale(), Field::Kind::kScale);
      numbers(q->zero_point(), Field::Kind::kNumber);
      scalar(*q, tfl::QuantizationParameters::VT_QUANTIZED_DIMENSION, Field::Kind::kIndex, 4);
    }
  }
  void add_op(const tfl::Operator& op) {
    scalar(op, tfl::Operator::VT_OPCODE_INDEX, Field::Kind::kIndex, 4);
    numbers(op.inputs(), Field::Kind::kIndex);
    numbers(op.outputs(), Field::Kind::kIndex);
    numbers(op.intermediates(), Field::Kind::kIndex);
    scalar(op, tfl::Operator::VT_BUILTIN_OPTIONS_TYPE, Field::Kind::kOpCode, 1);
    if (op.builtin_options() == nullptr) return;
    // The options' fields by place, as the vtable lists them.
    const auto* table = reinterpret_cast<const flatbuffers::Table*>(op.builtin_options());
    for (flatbuffers::voffset_t slot = 4; slot < 4 + 2 * 16; slot = static_cast<flatbuffers::voffset_t>(slot + 2))
      if (const uint8_t* place = table->GetAddressOf(slot); place != nullptr) {
        add(Field::Kind::kNumber, place, reinterpret_cast<uintptr_t>(place) % 4 == 0 ? 4 : 1);
        add(Field::Kind::kByte, place, 1);
      }
  }

  const uint8_t* start_;
  size_t bytes_;
  std::vector<Field> fields_;
  std::vector<std::pair<size_t, size_t>> tables_;
};

/// A value that a field of this kind might hold, or that nobody thought of.
inline uint64_t telling_value(Field::Kind kind, uint64_t now, Rng& rng) {
  constexpr int32_t kExtents[] = {-1, 0,  1,  2,   3,   4,   5,    6,     7,     8,         9,
                                  16, 31, 64, 100, 255, 256, 1000, 65535, 65536, INT32_MAX, INT32_MIN};
  constexpr float kScales[] = {0,    -0.0f, 1e-45f, 1e-38f, 1e-9f, 0.00390625f, 0.0078125f, 0.05f,
                               0.5f, 1,     2,      255,    1e9f,  3e38f,       -1};
  constexpr int64_t kNumbers[] = {-1,   0,    1,   2,   3,     4,      5,         7,         127,       128,      -127,
                                  -128, -129, 255, 256, 32767, -32768, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
  constexpr uint32_t kSpecials[] = {0x7fc00000, 0x7f800000, 0xff800000};
  switch (kind) {
    case Field::Kind::kExtent:
      return static_cast<uint64_t>(kExtents[rng.below(std::size(kExtents))]);
    case Field::Kind::kType:
      return rng.below(20);
    case Field::Kind::kIndex:
      return rng.below(4) == 0 ? ~uint64_t{0} : rng.below(24);
    case Field::Kind::kScale: {
      if (rng.below(5) == 0) return kSpecials[rng.below(std::size(kSpecials))];
      uint32_t word = 0;
      std::memcpy(&word, &kScales[rng.below(std::size(kScales))], 4);
      return word;
    }
    case Field::Kind::kNumber:
      return rng.below(3) == 0 ? now + rng.below(5) - 2
                               : static_cast<uint64_t>(kNumbers[rng.below(std::size(kNumbers))]);
    case Field::Kind::kOpCode:
      return rng.below(160);
    case Field::Kind::kByte:
      break;
  }
  return rng.below(256);
}

/// Changes one to four fields of a file. False if the file is not one that can be taken apart.
inline bool mutate_fields(std::span<uint8_t> file, Rng& rng) {
  flatbuffers::Verifier verifier(file.data(), file.size(), 16, 100'000);
  if (reinterpret_cast<uintptr_t>(file.data()) % 8 != 0 || file.size() < 8 || !tfl::VerifyModelBuffer(verifier))
    return false;
  const FieldList list(file);
  if (list.fields().empty()) return false;
  for (uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
    if (rng.below(8) == 0 && !list.tables().empty()) {  // two tensors or two ops change places
      const auto [at, count] = list.tables()[rng.below(list.tables().size())];
      const size_t a = rng.below(count), b = rng.below(count);
      uint32_t first = 0, second = 0;  // offsets are relative to where they stand
      std::memcpy(&first, &file[at + 4 * a], 4);
      std::memcpy(&second, &file[at + 4 * b], 4);
      const auto gap = static_cast<uint32_t>(4 * (b - a));
      const uint32_t to_first = first - gap, to_second = second + gap;
      std::memcpy(&file[at + 4 * b], &to_first, 4);
      if (rng.below(2) == 0) std::memcpy(&file[at + 4 * a], &to_second, 4);
      continue;
    }
    const Field& field = list.fields()[rng.below(list.fields().size())];
    uint64_t value = 0;
    std::memcpy(&value, &file[field.at], field.width);
    if (rng.below(4) == 0) {  // what another field of its kind holds
      const Field& other = list.fields()[rng.below(list.fields().size())];
      if (other.width == field.width) std::memcpy(&value, &file[other.at], field.width);
    } else {
      value = telling_value(field.kind, value, rng);
    }
    std::memcpy(&file[field.at], &value, field.width);
  }
  return true;
}

}  // namespace mote::fuzz
