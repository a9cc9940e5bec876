#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tflite_fields.h"
#include "tflite_reader_check.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t capacity);

namespace {

const std::vector<mote::Bytes>& seeds() {
  static const std::vector<mote::Bytes> files = mote::fuzz::seeds();
  return files;
}

constexpr uint32_t kTelling[] = {0, 1, 2, 4, 8, 127, 128, 255, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string wrong = mote::fuzz::check_reader({data, size});
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}

/// What is no `.tflite` file is first replaced by one of the seeds. Most changes keep to the fields of the layout; some
/// are of words anywhere, or libFuzzer's own.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t capacity, unsigned seed) {
  mote::Rng rng(seed);
  if (size < 8 || std::memcmp(data + 4, "TFL3", 4) != 0) {
    const mote::Bytes& file = seeds()[rng.below(seeds().size())];
    if (file.size() > capacity) return LLVMFuzzerMutate(data, size, capacity);
    std::memcpy(data, file.data(), file.size());
    size = file.size();
  }
  const uint64_t way = rng.below(16);
  if (way == 0) return LLVMFuzzerMutate(data, size, capacity);
  if (way > 2) {
    // A copy: the fields are found by following offsets, which wants an aligned start.
    std::vector<uint64_t> aligned(size / 8 + 1);
    auto* copy = reinterpret_cast<uint8_t*>(aligned.data());
    std::memcpy(copy, data, size);
    if (mote::fuzz::mutate_fields({copy, size}, rng)) {
      std::memcpy(data, copy, size);
      return size;
    }
  }
  for (uint64_t changes = 1 + rng.below(3); changes > 0; --changes) {
    const size_t width = size_t{1} << rng.below(3);
    if (size < width) continue;
    const size_t place = rng.below(size / width) * width;
    uint32_t value = 0;
    std::memcpy(&value, data + place, width);
    const uint64_t kind = rng.below(3);
    if (kind == 0) value = kTelling[rng.below(std::size(kTelling))];
    if (kind == 1) value += static_cast<uint32_t>(rng.below(33)) - 16;
    if (kind == 2) std::memcpy(&value, data + rng.below(size / width) * width, width);
    std::memcpy(data + place, &value, width);
  }
  return size;
}
