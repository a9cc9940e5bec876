/// Mote's side of run.py: runs inferences of a model on the host for a while, again and again as it is asked to.
///
///   infer_bench MODEL...          a line a model: nanoseconds of an inference, median of 15 turns
///   infer_bench --layers MODEL... a line a layer as well: nanoseconds, and the kernel
///   infer_bench --serve MODEL...  a line on stdin asks for a turn, "INDEX MILLISECONDS"; the answer is the nanoseconds
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <span>

#include "pipeline/deploy.h"
#include "pipeline/open_model.h"
#include "pipeline/run_model.h"

namespace {

using namespace mote;
using Clock = std::chrono::steady_clock;

Result<Interpreter> open(const char* path) {
  MOTE_TRY_ASSIGN(const Model model, open_model(path));
  const DeployOptions options{.front_end = false, .keep_input = true, .target = {}, .max_ram = 0, .name = "model"};
  MOTE_TRY_ASSIGN(Plan plan, make_plan(model, for_host(options)));
  Interpreter interpreter(std::move(plan));
  const Batch inputs = random_inputs(interpreter.plan().inputs, 1, 1);
  auto next = inputs.bytes.begin();
  for (size_t i = 0; i < interpreter.plan().inputs.size(); ++i)
    for (uint8_t& byte : interpreter.input(i)) byte = *next++;
  return interpreter;
}

/// Nanoseconds of one inference, Interpreter::invoke alone, over inferences of about so many milliseconds.
double turn(Interpreter& interpreter, double milliseconds) {
  const auto run = [&](int64_t count) {
    const auto start = Clock::now();
    for (int64_t i = 0; i < count; ++i) interpreter.invoke();
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  };
  int64_t count = 1;
  while (run(count) < milliseconds * 1e5) count *= 2;  // a tenth of the time to see how many there is time for
  const auto enough = static_cast<int64_t>(static_cast<double>(count) * milliseconds * 1e6 / run(count));
  count = std::max<int64_t>(enough, 1);
  return run(count) / static_cast<double>(count);
}

void print_median(const char* path, Interpreter& interpreter) {
  std::vector<double> turns;
  for (int n = 0; n < 15; ++n) turns.push_back(turn(interpreter, 30));
  std::nth_element(turns.begin(), turns.begin() + 7, turns.end());
  fmt::print("{:>12.1f} ns  {}\n", turns[7], path);
}

/// The time of each layer: of many inferences the median.
void print_layers(Interpreter& interpreter) {
  constexpr size_t kInferences = 201;
  const std::vector<PlannedLayer>& layers = interpreter.plan().layers;
  std::vector<std::vector<double>> times(layers.size());
  for (size_t n = 0; n < kInferences; ++n) {
    auto start = Clock::now();
    interpreter.invoke([&](size_t layer, auto) {
      times[layer].push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
      start = Clock::now();
    });
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    if (times[i].empty()) continue;
    std::nth_element(times[i].begin(), times[i].begin() + kInferences / 2, times[i].end());
    fmt::print("{:>12.0f} ns  {:>10} MAC  {} {}\n", times[i][kInferences / 2], layers[i].macs, layers[i].kernel,
               layers[i].name);
  }
}

Result<> serve(std::span<Interpreter> interpreters) {
  size_t index = 0;
  double milliseconds = 0;
  while (std::cin >> index >> milliseconds) {
    if (index >= interpreters.size()) return fail(ErrorCode::kBadInput, "there is no model {}", index);
    fmt::print("{:.2f}\n", turn(interpreters[index], milliseconds));
    std::fflush(stdout);
  }
  return {};
}

Result<> work(std::span<const char* const> arguments) {
  const auto asks = [&](const char* word) { return !arguments.empty() && std::strcmp(arguments[0], word) == 0; };
  const bool serves = asks("--serve"), prints_layers = asks("--layers");
  const auto paths = arguments.subspan(serves || prints_layers ? 1 : 0);
  if (paths.empty()) return fail(ErrorCode::kBadInput, "usage: infer_bench [--serve | --layers] MODEL...");
  std::vector<Interpreter> interpreters;
  for (const char* path : paths) {
    MOTE_TRY_ASSIGN(Interpreter interpreter, open(path));
    interpreters.push_back(std::move(interpreter));
  }
  if (serves) return serve(interpreters);
  for (size_t i = 0; i < paths.size(); ++i) {
    print_median(paths[i], interpreters[i]);
    if (prints_layers) print_layers(interpreters[i]);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<const char*> arguments(argv + 1, argv + argc);
  const auto done = work(arguments);
  if (done) return 0;
  fmt::print(stderr, "infer_bench: {}\n", done.error().text());
  return 1;
}
