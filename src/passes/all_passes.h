#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/log.h"
#include "passes/drop_training_only.h"
#include "passes/fold_batch_norm.h"
#include "passes/fold_constants.h"
#include "passes/fold_scale.h"
#include "passes/fuse_activation.h"
#include "passes/fuse_normalization.h"
#include "passes/remove_dead.h"

namespace mote {

struct Pass {
  std::string_view name;
  Result<bool> (*run)(Graph& graph);
};

/// What a trained graph goes through before it is quantized and written, in this order.
inline constexpr std::array kModelPasses{
    Pass{"remove_dead", remove_dead},  // a reader that nobody needs would keep others from fusing
    Pass{"drop_training_only", drop_training_only},
    Pass{"fold_constants", fold_constants},
    Pass{"fold_batch_norm", fold_batch_norm},  // leaves mul and add where no layer takes it
    Pass{"fold_scale", fold_scale},
    Pass{"fuse_activation", fuse_activation},
    Pass{"remove_dead", remove_dead},
};

/// What a finished graph, with its front end joined on, goes through before it is planned for firmware.
inline constexpr std::array kDeployPasses{
    Pass{"fold_constants", fold_constants},
    Pass{"fuse_normalization", fuse_normalization},
    Pass{"remove_dead", remove_dead},
};

/// Runs the passes one after the other and verifies the graph after each. Logs the ones that changed something.
[[nodiscard]] Result<> run_passes(Graph& graph, std::span<const Pass> passes, const Log& log = {});

}  // namespace mote
