#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "tensor/tensor.h"

namespace mote {

/// The arrays of a `.npz` file (a zip archive of `.npy` files, stored or deflated, as numpy's savez and
/// savez_compressed write it), in the order of the archive, by name without ".npy". Element types are those of
/// read_npy. Refuses archives that unfold to more than 1 GiB or hold more than 100,000 members.
[[nodiscard]] Result<std::vector<std::pair<std::string, Tensor>>> read_npz(std::span<const uint8_t> file);

}  // namespace mote
