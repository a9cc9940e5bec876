#include "pack.h"

#include <algorithm>
#include <set>

#include "codegen/generate.h"

namespace mote::sweep {

namespace {

constexpr size_t kDigestBytes = 8;

/// The call that runs one case: its inputs as data of the image.
std::string runner(const Case& c, const Plan& plan, const std::string& name, size_t index) {
  std::vector<size_t> in, out;
  for (const Port& port : plan.inputs) in.push_back(port.type.bytes());
  for (const Port& port : plan.outputs) out.push_back(port.type.bytes());
  std::string text = fmt::format("static const uint8_t kInputs{}[] = {{{}}};\n", index, fmt::join(c.inputs, ","));
  text +=
      fmt::format("static uint64_t run_{0}(void* arena) {{\n  static const uint32_t in[] = {{{1}}}, out[] = {{{2}}};\n",
                  index, fmt::join(in, ","), fmt::join(out, ","));
  return text + fmt::format(
                    "  return run({{{0}_init, {0}_input, {0}_invoke, {0}_output, in, {1}, out, {2}}}, kInputs{3}, "
                    "arena);\n}}\n",
                    name, in.size(), out.size(), index);
}

constexpr std::string_view kHead = R"(#include "pack.h"

namespace {
struct Interface {
  void (*init)(void*);
  void* (*input)(void*, int);
  void (*invoke)(void*);
  const void* (*output)(const void*, int);
  const uint32_t* in;
  int inputs;
  const uint32_t* out;
  int outputs;
};

uint64_t run(const Interface& model, const uint8_t* data, void* arena) {
  uint64_t digest = 0xCBF29CE484222325u;
  model.init(arena);
  for (int inference = 0; inference < kInferences; ++inference) {
    for (int port = 0; port < model.inputs; ++port) {
      uint8_t* const to = static_cast<uint8_t*>(model.input(arena, port));
      for (uint32_t i = 0; i < model.in[port]; ++i) to[i] = *data++;
    }
    model.invoke(arena);
    for (int port = 0; port < model.outputs; ++port) {
      const uint8_t* const from = static_cast<const uint8_t*>(model.output(arena, port));
      for (uint32_t i = 0; i < model.out[port]; ++i) digest = (digest ^ from[i]) * 0x100000001B3u;
    }
  }
  return digest;
}
}  // namespace

)";

std::string header(size_t arena, size_t cases) {
  return fmt::format(R"(#pragma once
#include <stdint.h>
#define PACK_ARENA_BYTES {}
#define PACK_ARENA_ALIGNMENT {}
#define PACK_INPUT_COUNT 1
#define PACK_INPUT_0_BYTES 4
#define PACK_OUTPUT_COUNT 1
#define PACK_OUTPUT_0_BYTES {}
#ifdef __cplusplus
extern "C" {{
#endif
void pack_init(void* arena);
void pack_reset(void* arena);
void* pack_input(void* arena, int index);
void pack_invoke(void* arena);
const void* pack_output(const void* arena, int index);
#ifdef __cplusplus
}}
#endif
)",
                     arena + cases * kDigestBytes, kArenaAlignment, cases * kDigestBytes);
}

}  // namespace

Result<GeneratedModel> pack(std::span<const Case> cases, const Target& target) {
  GeneratedModel result{"pack", {}, {}};
  std::set<std::string> runtime;
  std::string includes, runners, calls;
  size_t arena = kArenaAlignment;
  for (size_t i = 0; i < cases.size(); ++i) {
    MOTE_TRY_ASSIGN(const Plan plan, make_plan(cases[i].graph, {.keep_input = false, .target = target}));
    const std::string name = fmt::format("c{}", i);
    const GeneratedModel code =
        generate(plan, {.name = name, .labels = {}, .fingerprint = {}, .for_size = target.optimize == Optimize::kSize});
    arena = std::max(arena, (plan.arena_bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment);
    for (const SourceFile& file : code.files) {
      const bool own = file.path == name + ".cpp";  // compiled within pack.cpp: the runtime is read once
      if (runtime.insert(file.path).second) result.files.push_back({own ? name + ".inc" : file.path, file.content});
    }
    includes += fmt::format("#include \"{}.inc\"\n", name);
    runners += runner(cases[i], plan, name, i);
    calls += fmt::format("  digests[{0}] = run_{0}(arena);\n", i);
  }
  result.files.push_back({"pack.h", header(arena, cases.size())});
  result.files.push_back({"pack.cpp", fmt::format("#include <stdint.h>\n{}constexpr int kInferences = {};\n{}{}\n",
                                                  includes, kInferences, kHead, runners) +
                                          fmt::format(R"(extern "C" void pack_init(void*) {{}}
extern "C" void pack_reset(void*) {{}}
extern "C" void* pack_input(void* arena, int) {{ return arena; }}
extern "C" void pack_invoke(void* arena) {{
  uint64_t* const digests = reinterpret_cast<uint64_t*>(static_cast<uint8_t*>(arena) + {0});
{1}}}
extern "C" const void* pack_output(const void* arena, int) {{ return static_cast<const uint8_t*>(arena) + {0}; }}
)",
                                                      arena, calls)});
  return result;
}

}  // namespace mote::sweep
