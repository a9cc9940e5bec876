#include <cstdlib>

#include "formats/npy.h"

/// Whatever the bytes: refused, or an array that can be written and read again with the same elements.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tensor = mote::read_npy({data, size});
  if (!tensor) return 0;
  const auto written = mote::write_npy(*tensor);
  if (!written) std::abort();
  const auto again = mote::read_npy(*written);
  if (!again || again->data != tensor->data || again->type != tensor->type) std::abort();
  return 0;
}
