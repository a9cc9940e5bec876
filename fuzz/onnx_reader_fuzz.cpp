#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "onnx/onnx_reader.h"
#include "onnx_fields.h"
#include "run_model.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t capacity);

namespace {

/// What is accepted must be writable as `.tflite` and read back; small ones are planned and run. Empty, or what is
/// wrong.
std::string check_onnx(std::span<const uint8_t> bytes) {
  const auto model = mote::read_onnx(bytes);
  if (!model) return model.error().message.empty() ? "an error without a message" : "";
  if (const auto valid = mote::verify(model->graph); !valid) return "not a valid graph: " + valid.error().text();
  if (const auto written = mote::write_tflite(*model); written) {
    const auto again = mote::read_tflite(*written);
    if (!again) return "written, but not read back: " + again.error().text();
  }
  return mote::fuzz::run_model(*model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string wrong = check_onnx({data, size});
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t capacity, unsigned seed) {
  mote::Rng rng(seed);
  mote::onnx_format::Model model;
  const bool parsed = model.ParseFromArray(data, static_cast<int>(size)) && model.graph().node_size() > 0;
  if (parsed && rng.below(16) == 0) return LLVMFuzzerMutate(data, size, capacity);
  if (!parsed && !model.ParseFromString(mote::fuzz::small_onnx())) return LLVMFuzzerMutate(data, size, capacity);
  mote::fuzz::OnnxMutator mutator(rng);
  for (uint64_t changes = 1 + rng.below(3); changes > 0; --changes) mutator.change(model);
  const std::string file = model.SerializeAsString();
  if (file.size() > capacity) return LLVMFuzzerMutate(data, size, capacity);
  std::memcpy(data, file.data(), file.size());
  return file.size();
}
