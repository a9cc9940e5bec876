#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/sample_models.h"
#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "run_model.h"

/// What the fuzz target and the smoke test ask of the reader, whatever the bytes.
namespace mote::fuzz {

/// Reads `bytes`. What is accepted must be writable, and read back as the same network; small ones are planned and run.
/// Empty, or what is wrong.
inline std::string check_reader(std::span<const uint8_t> bytes) {
  const auto model = read_tflite(bytes);
  if (!model) return model.error().message.empty() ? "an error without a message" : "";
  const auto written = write_tflite(*model);
  if (!written) return "accepted, but not writable: " + written.error().text();
  const auto again = read_tflite(*written);
  if (!again) return "accepted, but not read back: " + again.error().text();
  Model as_stored = *model;
  as_stored.graph = as_written(std::move(as_stored.graph));
  if (as_stored.front_end) as_stored.front_end = as_written(std::move(*as_stored.front_end));
  if (fingerprint(*again) != fingerprint(as_stored)) return "read back as another network";
  return run_model(*model);
}

/// Files to start from: two whole models, and one for each case of each op.
inline std::vector<Bytes> seeds() {
  std::vector<Bytes> files;
  const auto add = [&](const Model& model) {
    if (auto file = write_tflite(model)) files.push_back(std::move(*file));
  };
  add(samples::classifier());
  add(samples::classifier_with_front_end());
  for_each_op([&]<class T>() {
    if (T::kTflite.builtin < 0) return;
    for (const auto& example : T::cases())
      for (const DType dtype : {DType::kFloat32, DType::kInt8, DType::kInt16})
        if (auto graph = samples::graph_of(example, dtype)) add({std::move(*graph), std::nullopt, {}});
  });
  return files;
}

}  // namespace mote::fuzz
