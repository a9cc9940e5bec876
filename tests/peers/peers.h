/// What other runtimes gave, from the shared measuring data.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "test_support.h"

namespace mote::testing {

/// One model whose reference bytes are known: three outputs, one for each reference seed.
struct Peer {
  std::string name;
  std::filesystem::path file;
  std::vector<std::vector<uint8_t>> outputs;
};

inline std::vector<uint8_t> from_hex(const std::string& text) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

inline std::vector<Peer> peers() {
  const auto text = read_text(shared_path("peers/peers.json"));
  EXPECT_THAT(text, Succeeds());
  const auto json = nlohmann::json::parse(*text);
  std::vector<Peer> result;
  for (const auto& [name, outputs] : json["reference_outputs"]["outputs"].items()) {
    Peer peer{name, shared_path("data/" + json["model_files"][name].get<std::string>()), {}};
    for (const auto& output : outputs) peer.outputs.push_back(from_hex(output));
    result.push_back(std::move(peer));
  }
  return result;
}

}  // namespace mote::testing
