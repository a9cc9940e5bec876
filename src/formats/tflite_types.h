#pragma once

#include <flatbuffers/flatbuffers.h>

#include <functional>
#include <optional>
#include <span>

#include "formats/tflite_generated.h"
#include "tensor/tensor.h"

namespace mote {

/// Between element types and the codes of the TensorType enumeration of the schema.
[[nodiscard]] std::optional<DType> dtype_of_code(int32_t code);
[[nodiscard]] int32_t code_of(DType dtype);
/// "FLOAT64" for 10, for codes that Mote has no element type for.
[[nodiscard]] std::string_view tensor_type_name(int32_t code);

/// Bounds what reading one file may copy, so that a small file which refers to one part many times cannot ask for
/// memory without end.
class Budget {
 public:
  explicit Budget(size_t file_bytes) : left_(file_bytes * 16 + (size_t{1} << 20)) {}
  [[nodiscard]] Result<> take(size_t bytes) {
    if (bytes > left_)
      return fail(ErrorCode::kBadInput, "the file refers to the same bytes too many times; it is damaged or hostile");
    left_ -= bytes;
    return {};
  }
  /// State costs nothing in the file.
  [[nodiscard]] Result<> take_state(size_t bytes) {
    constexpr size_t kMost = size_t{1} << 26;
    state_ += bytes;
    if (bytes <= kMost && state_ <= kMost) return {};
    return fail(ErrorCode::kUnsupported, "brings the model's state to {} bytes; at most {} are supported", state_,
                kMost);
  }

 private:
  size_t left_;
  size_t state_ = 0;
};

/// What all parts of the reader look at. The model has passed the verifier.
struct TfliteFile {
  std::span<const uint8_t> bytes;
  const tfl::Model* model = nullptr;
  flatbuffers::Verifier* verifier = nullptr;
  Budget* budget = nullptr;
};

/// The content of a buffer, empty if it has none.
[[nodiscard]] Result<std::span<const uint8_t>> buffer_content(const TfliteFile& file, uint32_t index);

/// Where to tell what cannot be read: the id of the problem (docs/check.md) and the error.
using Refuse = std::function<void(std::string_view id, Error error)>;

/// One tensor of a subgraph.
struct TfliteTensor {
  TensorType type;
  std::string name;
  std::optional<Tensor> constant;
  bool open_batch = false;   ///< the file leaves the first extent open
  bool open_inside = false;  ///< the file leaves another extent open
  bool variable = false;     ///< state that lives from one inference to the next
};
/// Reads what can be read and tells `refuse` every part that cannot.
[[nodiscard]] TfliteTensor read_tensor(const TfliteFile& file, const tfl::Tensor& tensor, const Refuse& refuse);

}  // namespace mote
