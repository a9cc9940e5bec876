#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/files.h"
#include "codegen/source_file.h"

namespace mote::test {

// A small model by hand, as code generation would give it: two dense layers of int8 (input 16, hidden 12, output 4), an
// arena of 48 bytes, constants and a table in the sections of the contract, and a state that counts its inferences.

inline constexpr size_t kFakeInputBytes = 16;
inline constexpr int8_t kFakeHidden[12 * 16] = {1, -2, 3, 4, 5, -6, 7, 8, 9, 1, 2, 3, -4, 5, 6, 7, 8, -9, 1, 2, 3, 4};
inline constexpr int8_t kFakeOutput[4 * 12] = {3, 1, 4, 1, 5, 9, 2, 6, -5, 3, 5, 8, 9, -7, 9, 3, 2, 3, 8, 4, 6};
inline constexpr uint8_t kFakeTable[64] = {1, 2, 3, 5, 8, 13};

inline constexpr const char* kFakeHeader = R"(#pragma once
#include <stdint.h>
#define TINY_ARENA_BYTES 48
#define TINY_ARENA_ALIGNMENT 16
#define TINY_INPUT_COUNT 1
#define TINY_INPUT_0_BYTES 16
#define TINY_OUTPUT_COUNT 1
#define TINY_OUTPUT_0_BYTES 4
#ifndef MOTE_LAYER_BEGIN
#define MOTE_LAYER_BEGIN(i)
#define MOTE_LAYER_END(i)
#endif
extern "C" {
void tiny_init(void* arena);
void tiny_reset(void* arena);
void* tiny_input(void* arena, int index);
void tiny_invoke(void* arena);
const void* tiny_output(void* arena, int index);
}
)";

template <class T, size_t N>
std::string fake_list(const T (&values)[N]) {
  return fmt::format("{}", fmt::join(std::begin(values), std::end(values), ", "));
}

/// `body` replaces the empty text before the first layer.
inline std::string fake_source(const std::string& body = "") {
  return R"(#include "tiny.h"
namespace {
#define WEIGHTS(n) __attribute__((section(".rodata.mote_model." n), used, aligned(16)))
WEIGHTS("w0") const int8_t w0[12 * 16] = {)" +
         fake_list(kFakeHidden) + R"(};
WEIGHTS("w1") const int8_t w1[4 * 12] = {)" +
         fake_list(kFakeOutput) + R"(};
__attribute__((section(".rodata.mote_tables.t"), used, aligned(16))) const uint8_t table[64] = {)" +
         fake_list(kFakeTable) + R"(};
template <int In, int Out>
void dense(const int8_t* w, const int8_t* x, int8_t* y) {
  for (int o = 0; o < Out; ++o) {
    int32_t sum = 0;
    for (int i = 0; i < In; ++i) sum += w[o * In + i] * x[i];
    sum >>= 4;
    y[o] = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
  }
}
}
extern "C" {
void tiny_init(void* arena) { for (int i = 0; i < 48; ++i) ((int8_t*)arena)[i] = 0; }
void tiny_reset(void* arena) { ((int8_t*)arena)[47] = 0; }
void* tiny_input(void* arena, int) { return arena; }
void tiny_invoke(void* arena) {
  int8_t* a = (int8_t*)arena;
  )" + body +
         R"(
  MOTE_LAYER_BEGIN(0);
  dense<16, 12>(w0, a, a + 16);
  MOTE_LAYER_END(0);
  MOTE_LAYER_BEGIN(1);
  dense<12, 4>(w1, a + 16, a + 32);
  a[32] = (int8_t)(a[32] + table[a[33] & 63]);
  a[47] = (int8_t)(a[47] + 1);  // a state: how often it ran since reset
  a[35] = a[47];
  MOTE_LAYER_END(1);
}
const void* tiny_output(void* arena, int) { return (char*)arena + 32; }
}
)";
}

inline GeneratedModel fake_model(const std::string& body = "") {
  return {"tiny", {{"tiny.h", kFakeHeader}, {"tiny.cpp", fake_source(body)}}, {"dense 0", "dense 1"}};
}

template <int In, int Out>
void fake_dense(const int8_t* weights, const int8_t* x, int8_t* y) {
  for (int o = 0; o < Out; ++o) {
    int32_t sum = 0;
    for (int i = 0; i < In; ++i) sum += weights[o * In + i] * x[i];
    y[o] = static_cast<int8_t>(std::clamp(sum >> 4, -128, 127));
  }
}

/// The same arithmetic on the host.
inline Bytes fake_outputs(const Bytes& inputs, bool reset_between) {
  Bytes outputs;
  int8_t state = 0;
  for (size_t at = 0; at < inputs.size(); at += kFakeInputBytes) {
    int8_t x[16], hidden[12], y[4];
    std::copy_n(inputs.begin() + static_cast<std::ptrdiff_t>(at), 16, x);
    fake_dense<16, 12>(kFakeHidden, x, hidden);
    fake_dense<12, 4>(kFakeOutput, hidden, y);
    if (reset_between) state = 0;
    y[0] = static_cast<int8_t>(y[0] + kFakeTable[y[1] & 63]);
    y[3] = ++state;
    outputs.insert(outputs.end(), y, y + 4);
  }
  return outputs;
}

}  // namespace mote::test
