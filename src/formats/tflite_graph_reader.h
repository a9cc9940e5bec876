#pragma once

#include "formats/tflite_reader.h"
#include "formats/tflite_types.h"

namespace mote {

/// Reads one subgraph into `reading`: the network, which op of the file each node is, and everything that cannot be
/// read, by op or tensor.
void read_subgraph(const TfliteFile& file, const tfl::SubGraph& subgraph, Reading& reading);

}  // namespace mote
