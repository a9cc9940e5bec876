#pragma once

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/rng.h"

namespace mote::testing {

/// A record as a run on wrist recordings leaves it; the figures are made up, but they add up.
inline nlohmann::json sample_record() {
  Rng rng(7);
  nlohmann::json r = nlohmann::json::parse(R"({
    "schema_version": 1, "title": "Shoulder exercises at the wrist", "model": "shoulder.tflite",
    "created": "2026-11-21 10:24 UTC", "command": "mote run-all examples/shoulder/mote.toml --board nano33ble",
    "accuracy": {"metric": "macro_f1", "tested_on": "people it was not trained on", "windows": 1312, "equal": true, "rows": [
      {"name": "linear baseline", "macro_f1": 0.8127, "accuracy": 0.8304},
      {"name": "float", "macro_f1": 0.9341, "accuracy": 0.9398},
      {"name": "int8 on the host", "macro_f1": 0.9325, "accuracy": 0.9383},
      {"name": "int8 on nano33ble", "macro_f1": 0.9325, "accuracy": 0.9383}]},
    "classes": ["pendulum", "abduction", "forward elevation", "internal rotation", "external rotation", "trapezius extension", "upright row"],
    "confusion": [[186,1,0,0,2,0,0],[0,171,9,0,0,4,3],[0,7,176,0,0,1,2],[1,0,0,181,6,0,0],[3,0,0,11,173,0,0],[0,2,1,0,0,182,5],[0,4,2,0,0,17,162]],
    "boards": [{"model": "shoulder", "board": "nano33ble", "board_title": "Arduino Nano 33 BLE Sense", "core": "Cortex-M4F",
      "emulator": "QEMU 7.2.22, counting plugin", "compiler": "arm-none-eabi-gcc 12.2.1 -O2", "macs": 54064, "instructions": 118342,
      "init_instructions": 214, "flash_code_bytes": 6972, "flash_tables_bytes": 1024, "flash_model_bytes": 5116,
      "ram_static_bytes": 2496, "arena_bytes": 2400, "stack_bytes": 208, "latency_ms": 2.31, "latency_error_pct": 9.4,
      "energy_uj": 41.6, "energy_error_pct": 25, "fits": true, "flash_limit_bytes": 1048576, "ram_limit_bytes": 262144,
      "latency_limit_ms": 20, "layers": [
      {"index": 0, "op": "quantize", "name": "normalise", "macs": 0, "instructions": 5402, "arena_live_bytes": 1500},
      {"index": 1, "op": "conv_2d", "name": "conv1d 8", "macs": 12000, "instructions": 29801, "arena_live_bytes": 2400},
      {"index": 2, "op": "max_pool_2d", "name": "max_pool 2", "macs": 0, "instructions": 2810, "arena_live_bytes": 1200},
      {"index": 3, "op": "conv_2d", "name": "conv1d 16", "macs": 32000, "instructions": 61204, "arena_live_bytes": 1200},
      {"index": 4, "op": "mean", "name": "global average", "macs": 0, "instructions": 2402, "arena_live_bytes": 816},
      {"index": 5, "op": "fully_connected", "name": "dense 16", "macs": 9952, "instructions": 14990, "arena_live_bytes": 32},
      {"index": 6, "op": "fully_connected", "name": "dense 7", "macs": 112, "instructions": 702, "arena_live_bytes": 23},
      {"index": 7, "op": "softmax", "name": "softmax", "macs": 0, "instructions": 961, "arena_live_bytes": 14}]}],
    "arena": {"bytes": 2400, "bound_bytes": 2400, "layers": [], "buffers": [
      {"name": "input", "bytes": 1200, "offset": 1200, "first": -1, "last": 0},
      {"name": "normalised", "bytes": 300, "offset": 900, "first": 0, "last": 1},
      {"name": "conv1d 8", "bytes": 800, "offset": 0, "first": 1, "last": 2},
      {"name": "im2col", "bytes": 640, "offset": 1200, "first": 1, "last": 1},
      {"name": "max_pool 2", "bytes": 400, "offset": 800, "first": 2, "last": 3},
      {"name": "conv1d 16", "bytes": 800, "offset": 0, "first": 3, "last": 4},
      {"name": "global average", "bytes": 16, "offset": 800, "first": 4, "last": 5},
      {"name": "dense 16", "bytes": 16, "offset": 0, "first": 5, "last": 6},
      {"name": "dense 7", "bytes": 7, "offset": 16, "first": 6, "last": 7},
      {"name": "output", "bytes": 7, "offset": 0, "first": 7, "last": 8}]},
    "data": {"recordings": 140, "subjects": 20, "windows": 6480, "seconds": 4213.4, "classes": {
      "pendulum": 941, "abduction": 923, "forward elevation": 918, "internal rotation": 934, "external rotation": 928,
      "trapezius extension": 940, "upright row": 896}},
    "warnings": ["subject s13: 2 pauses longer than 1 s; the recording was cut there",
                 "calibration saw 98.7 % of the range that training saw in channel gy"],
    "steps": [{"name": "read recordings", "seconds": 0.81}, {"name": "cut windows", "seconds": 0.09},
      {"name": "train", "seconds": 41.3}, {"name": "quantize", "seconds": 0.62}, {"name": "plan and generate", "seconds": 0.02},
      {"name": "compile for nano33ble", "seconds": 1.4}, {"name": "run the test set on the emulated board", "seconds": 12.9}]})");
  for (const nlohmann::json& layer : r["boards"][0]["layers"])
    r["arena"]["layers"].push_back(
        {{"name", layer["name"]}, {"op", layer["op"]}, {"live_bytes", layer["arena_live_bytes"]}});
  for (int subject = 1; subject <= 8; ++subject) {
    const double f1 = subject == 5 ? 0.842 : 0.93 + 0.05 * rng.uniform();
    r["per_subject"][fmt::format("s{:02}", subject)] = {{"n", 164}, {"accuracy", f1 + 0.008}, {"macro_f1", f1}};
  }
  for (int epoch = 1; epoch <= 60; ++epoch) {
    const double fall = std::exp(-epoch / 11.0);
    r["training"]["epochs"].push_back({{"epoch", epoch},
                                       {"loss", 0.09 + 1.6 * fall + 0.015 * rng.normal()},
                                       {"accuracy", 0.97 - 0.55 * fall + 0.006 * rng.normal()},
                                       {"validation_loss", 0.24 + 1.45 * fall + 0.0012 * epoch + 0.03 * rng.normal()},
                                       {"validation_accuracy", 0.93 - 0.5 * fall + 0.012 * rng.normal()},
                                       {"learning_rate", 0.002 * (1 - epoch / 75.0)}});
  }
  r["training"]["best_epoch"] = 47;
  r["training"]["seconds"] = 41.3;
  const char* names[] = {"normalise", "conv1d 8", "max_pool 2", "conv1d 16", "global average", "dense 16", "dense 7"};
  const double snr[] = {43.1, 36.4, 36.9, 31.2, 33.8, 29.7, 27.4};
  for (int i = 0; i < 7; ++i) r["quantization_error"].push_back({{"layer", i}, {"name", names[i]}, {"snr_db", snr[i]}});
  return r;
}

/// A record of the sine regression on two boards, the smaller of which is too small.
inline nlohmann::json sine_record() {
  Rng rng(3);
  nlohmann::json r = {{"schema_version", 1}, {"title", "Sine"}, {"model", "sine.tflite"}};
  double sum_float = 0, sum_int8 = 0;
  for (int i = 0; i < 200; ++i) {
    const double x = 2 * 3.14159265358979 * rng.uniform(), exact = std::sin(x);
    const double network = exact + 0.03 * std::sin(3 * x), stepped = std::round(network * 120) / 120;
    const double target = exact + 0.08 * rng.normal();
    sum_float += std::abs(network - target), sum_int8 += std::abs(stepped - target);
    r["regression"]["points"].push_back({{"x", x}, {"target", target}, {"float", network}, {"int8", stepped}});
  }
  r["regression"]["mae_float"] = sum_float / 200;
  r["regression"]["mae_int8"] = sum_int8 / 200;
  nlohmann::json board = sample_record()["boards"][0];
  r["boards"].push_back(board);
  board["board"] = "uno", board["board_title"] = "Arduino Uno", board["core"] = "AVR", board["fits"] = false;
  board["flash_limit_bytes"] = 8192, board["ram_limit_bytes"] = 2048, board["latency_ms"] = 31.9;
  board["latency_error_pct"] = nullptr, board["energy_uj"] = 1403.0, board["latency_limit_ms"] = nullptr;
  r["boards"].push_back(board);
  return r;
}

}  // namespace mote::testing
