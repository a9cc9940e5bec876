#include "onnx/onnx_passes.h"

#include "passes/absorb_quantization.h"
#include "passes/all_passes.h"
#include "passes/sink_transposes.h"

namespace mote {

namespace {

constexpr std::array kImportPasses{
    Pass{"remove_dead", remove_dead},
    Pass{"remove_transposes", remove_transposes},
    Pass{"fold_scale", fold_scale},
    Pass{"fuse_activation", fuse_activation},
    Pass{"absorb_quantization", absorb_quantization},
    Pass{"remove_transposes", remove_transposes},  // what stood between a Dequantize and a Quantize is closer now
    Pass{"fold_constants", fold_constants},        // weights that stayed behind a Dequantize
    Pass{"fold_scale", fold_scale},
    Pass{"fuse_activation", fuse_activation},
    Pass{"remove_dead", remove_dead},
};

}  // namespace

Result<> tidy_import(Graph& graph) {
  MOTE_TRY(remove_dead(graph));  // constants that nobody reads may be empty
  MOTE_TRY(verify(graph));
  return run_passes(graph, kImportPasses);
}

}  // namespace mote
