/// Output bytes on the host against those of TensorFlow Lite Micro's reference kernels.
#include "peers.h"
#include "formats/tflite_reader.h"
#include "pipeline/deploy.h"
#include "pipeline/reference_input.h"
#include "pipeline/run_model.h"

namespace mote {
namespace {

TEST(Peers, EveryModelComputesTheReferenceBytes) {
  MOTE_SKIP_WITHOUT_SHARED();
  for (const testing::Peer& peer : testing::peers()) {
    SCOPED_TRACE(peer.name);
    MOTE_ASSERT_ASSIGN(const Model model, load_model(peer.file));
    MOTE_ASSERT_ASSIGN(Plan plan, make_plan(model, DeployOptions{}));
    Interpreter interpreter(std::move(plan));
    for (size_t i = 0; i < kReferenceSeeds.size(); ++i) {
      const Batch inputs{reference_input(interpreter.plan().inputs, kReferenceSeeds[i]), 1};
      EXPECT_EQ(run_on_host(interpreter, inputs).bytes, peer.outputs[i]) << "seed " << kReferenceSeeds[i];
    }
  }
}

}  // namespace
}  // namespace mote
