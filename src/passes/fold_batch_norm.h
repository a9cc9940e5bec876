#pragma once

#include "graph/graph.h"

namespace mote {

/// Takes out batch normalizations: in inference each is a factor and an offset a channel. They move into weights and
/// bias of the convolution or fully connected layer in front, if that has no activation and nobody else reads its
/// result; elsewhere a mul and an add take their place. Returns whether there were any. Refuses normalizations whose
/// parameters or statistics are computed at run time, or whose batch statistics somebody reads.
[[nodiscard]] Result<bool> fold_batch_norm(Graph& graph);

}  // namespace mote
