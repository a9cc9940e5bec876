// What the compiler may call without being asked, since there is no C library. The linker drops what is not called.
#include <stddef.h>
#include <stdint.h>

namespace {

using Word = uint32_t __attribute__((may_alias));

bool aligned(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) & 3) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t* in = static_cast<const uint8_t*>(from);
  if (aligned(to, from)) {
    for (; bytes >= 16; bytes -= 16, out += 16, in += 16) {
      Word* out_words = reinterpret_cast<Word*>(out);
      const Word* in_words = reinterpret_cast<const Word*>(in);
      const uint32_t a = in_words[0], b = in_words[1], c = in_words[2], d = in_words[3];
      out_words[0] = a;
      out_words[1] = b;
      out_words[2] = c;
      out_words[3] = d;
    }
    for (; bytes >= 4; bytes -= 4, out += 4, in += 4)
      *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
  }
  while (bytes-- > 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t bytes) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t* in = static_cast<const uint8_t*>(from);
  if (out <= in || out >= in + bytes) {
    while (bytes-- > 0) *out++ = *in++;
  } else {
    while (bytes-- > 0) out[bytes] = in[bytes];
  }
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t byte = static_cast<uint8_t>(value);
  if (aligned(to, to)) {
    const uint32_t word = byte * 0x01010101u;
    for (; bytes >= 4; bytes -= 4, out += 4) *reinterpret_cast<Word*>(out) = word;
  }
  while (bytes-- > 0) *out++ = byte;
  return to;
}

int memcmp(const void* a, const void* b, size_t bytes) {
  const uint8_t* left = static_cast<const uint8_t*>(a);
  const uint8_t* right = static_cast<const uint8_t*>(b);
  for (size_t i = 0; i < bytes; ++i)
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  return 0;
}

}  // extern "C"
