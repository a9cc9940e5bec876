#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "pipeline/deploy.h"
#include "pipeline/open_model.h"

namespace mote::cli {

/// The options that every verb on a finished model shares.
struct ModelOptions {
  std::filesystem::path model;
  DeployOptions deploy;
  bool no_front_end = false;
  std::string optimize = "speed";

  void add_to(CLI::App& verb) {
    verb.add_option("model", model, "a .tflite or .onnx file")->required()->type_name("MODEL");
    verb.add_flag("--keep-input", deploy.keep_input, "the input survives the inference (costs its bytes)");
    verb.add_option("--optimize", optimize, "which kernels a board gets: speed, balanced or size (default: speed)")
        ->check(CLI::IsMember({"speed", "balanced", "size"}));
    verb.add_option("--max-ram", deploy.max_ram,
                    "most bytes of the arena: layers are computed in bands of rows where it takes that")
        ->type_name("BYTES");
    verb.add_flag("--no-front-end", no_front_end,
                  "leave out the model's own normalisation: its input is the network's");
  }

  /// Reads the model file and completes the options.
  [[nodiscard]] Result<Model> load() {
    complete();
    return open_model(model);
  }
  /// The same, with all that keeps the model from being read.
  [[nodiscard]] Result<Reading> inspect() {
    complete();
    return inspect_file(model);
  }

 private:
  void complete() {
    deploy.front_end = !no_front_end;
    deploy.target.optimize = optimize_from(optimize).value_or(Optimize::kSpeed);
    if (deploy.name.empty()) deploy.name = model_name(model);
  }
};

}  // namespace mote::cli
