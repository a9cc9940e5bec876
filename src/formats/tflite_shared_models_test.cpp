#include <gtest/gtest.h>

#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "test_support.h"

namespace mote {
namespace {

using mote::testing::Succeeds;

/// Every model that came with the measuring data is read, or refused by the name of what Mote does not compute.
TEST(SharedModels, AreReadOrRefusedByName) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const auto files, list_files(mote::testing::shared_path("data"), ".tflite"));
  EXPECT_GT(files.size(), 20u);
  size_t read_files = 0;
  for (const auto& file : files) {
    const auto model = load_model(file);
    if (model) {
      ++read_files;
      EXPECT_THAT(write_tflite(*model), Succeeds()) << file;
    } else {
      EXPECT_EQ(model.error().code, ErrorCode::kUnsupported) << model.error().text();
    }
    fmt::print("{:70} {}\n", file.lexically_relative(mote::testing::shared_path("data")).string(),
               model ? "read" : "refused: " + model.error().message);
  }
  fmt::print("{} of {} read\n", read_files, files.size());
}

/// These use nothing beyond the ops that are listed; a refusal is a defect.
TEST(SharedModels, TheGestureModelsAreRead) {
  MOTE_SKIP_WITHOUT_SHARED();
  for (const std::string_view file : {"models_gesture/gesture_mlp_int8.tflite", "models_gesture/gesture_mlp_f32.tflite",
                                      "models_tflm/dev/hello_world_int8/hello_world_int8.tflite",
                                      "models_tflm/dev/hello_world_float/hello_world_float.tflite",
                                      "models_mlperf_tiny/dev/ad01_int8/ad01_int8.tflite"}) {
    MOTE_ASSERT_ASSIGN(const Model model, load_model(mote::testing::shared_path(std::string("data/").append(file))));
    EXPECT_FALSE(model.graph.nodes.empty());
    MOTE_ASSERT_ASSIGN(const Bytes again, write_tflite(model));
    MOTE_ASSERT_ASSIGN(const Model back, read_tflite(again));
    EXPECT_EQ(fingerprint(back), fingerprint(model)) << file;
  }
}

}  // namespace
}  // namespace mote
