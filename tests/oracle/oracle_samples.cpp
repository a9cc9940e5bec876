#include <cstdio>

#include "formats/recurrent_samples.h"
#include "formats/tflite_writer.h"
#include "interp/interpreter.h"

/// oracle_samples DIR: for every case of every op, in float, int8 and int16, a model that our writer made
/// (NAME.tflite), the inputs of a few inferences (NAME.in) and the outputs that our interpreter computes from them
/// (NAME.out).
namespace mote {
namespace {

constexpr int kInferences = 20;

Result<> write_sample(const std::filesystem::path& stem, const Model& model, Plan plan,
                      const std::vector<CaseType>& types) {
  MOTE_TRY(save_model(stem.string() + ".tflite", model));
  Interpreter interpreter(std::move(plan));
  Rng rng(1);
  Bytes inputs;
  Bytes outputs;
  for (int i = 0; i < kInferences; ++i) {
    for (size_t port = 0; port < interpreter.plan().inputs.size(); ++port) {
      const std::span<uint8_t> input = interpreter.input(port);
      std::ranges::copy(samples::random_input(interpreter.plan().inputs[port].type, types[port], rng).data,
                        input.begin());
      inputs.insert(inputs.end(), input.begin(), input.end());
    }
    // Inputs may share the arena with what is computed: fill all before invoking.
    interpreter.invoke();
    for (size_t port = 0; port < interpreter.plan().outputs.size(); ++port) {
      const std::span<const uint8_t> output = interpreter.output(port);
      outputs.insert(outputs.end(), output.begin(), output.end());
    }
  }
  MOTE_TRY(write_file(stem.string() + ".in", inputs));
  return write_file(stem.string() + ".out", outputs);
}

int run(const std::filesystem::path& folder) {
  int failures = 0;
  int refused = 0;
  const auto sample = [&](const std::string& name, const Model& model, const std::vector<CaseType>& types) {
    auto plan = make_plan(model.graph);
    if (!plan) {  // no kernel computes this form: a float operand of dequantize
      ++refused;
      return;
    }
    const auto written = write_sample(folder / name, model, std::move(*plan), types);
    if (written) return;
    ++failures;
    std::fprintf(stderr, "%s: %s\n", name.c_str(), written.error().text().c_str());
  };
  sample("classifier", samples::classifier(), {{}});
  sample("with_front_end", samples::classifier_with_front_end(), {{}});
  for_each_op([&]<class T>() {
    if (T::kTflite.builtin < 0) return;
    for (const auto& example : T::cases())
      for (const DType dtype : {DType::kFloat32, DType::kInt8, DType::kInt16})
        if (auto graph = samples::graph_of(example, dtype))
          sample(fmt::format("{}-{}-{}", T::kName, example.name, name(dtype)), {std::move(*graph), std::nullopt, {}},
                 samples::input_types(example));
  });
  for (Graph& graph : samples::recurrent_graphs()) {
    const std::string name = graph.name;
    sample(name, {std::move(graph), std::nullopt, {}}, {{}});
  }
  std::fprintf(stderr, "%d refused, %d failed\n", refused, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mote

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: oracle_samples DIR\n");
    return 2;
  }
  return mote::run(argv[1]);
}
