#include "pipeline/read_inputs.h"

#include "formats/tensor_file.h"

namespace mote {

Result<Batch> read_inputs(const std::vector<Port>& inputs, const std::vector<std::filesystem::path>& files) {
  if (files.empty() || files.size() % inputs.size() != 0)
    return fail(ErrorCode::kBadInput,
                "the model has {} inputs, {} files were given; give one file an input for each inference",
                inputs.size(), files.size());
  Batch batch;
  batch.inferences = files.size() / inputs.size();
  for (size_t i = 0; i < files.size(); ++i) {
    MOTE_TRY_ASSIGN(const Tensor tensor, read_tensor_file(files[i], inputs[i % inputs.size()].type));
    batch.bytes.insert(batch.bytes.end(), tensor.data.begin(), tensor.data.end());
  }
  return batch;
}

}  // namespace mote
