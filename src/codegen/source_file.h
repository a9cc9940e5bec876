#pragma once

#include <string>
#include <vector>

namespace mote {

/// A text file yet to be written: a path relative to the project's folder, and what is in it.
struct SourceFile {
  std::string path;
  std::string content;
};

/// What code generation gives for one model: `<name>.h`, `<name>.cpp` and the runtime headers they include, below
/// `mote/rt/`. `name` is a C identifier, the prefix of the interface.
struct GeneratedModel {
  std::string name;
  std::vector<SourceFile> files;
  std::vector<std::string> layers;  ///< one name a layer, in the order of MOTE_LAYER_BEGIN(index)
};

}  // namespace mote
