#include "pipeline/export.h"

#include "base/files.h"
#include "formats/tflite_writer.h"

namespace mote {

namespace {

namespace fs = std::filesystem;

SourceFile cmake_lists(const std::string& name) {
  return {"CMakeLists.txt", fmt::format(R"(cmake_minimum_required(VERSION 3.16)
project({0} CXX)

add_library({0} STATIC {0}.cpp)
target_include_directories({0} PUBLIC .)
target_compile_features({0} PUBLIC cxx_std_14)
# No contraction: float results stay equal to the host's.
target_compile_options({0} PRIVATE -ffp-contract=off -fno-exceptions -fno-rtti)

option({0}_EXAMPLE "Build the example for the host" ON)
if({0}_EXAMPLE)
  add_executable({0}_example example.cpp)
  target_link_libraries({0}_example PRIVATE {0})
endif()
)",
                                        name)};
}

SourceFile example(const std::string& name) {
  std::string prefix = name;
  for (char& c : prefix) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return {"example.cpp", fmt::format(R"(// One inference on zeros: replace them by what your sensor measured.
#include <stdio.h>
#include <string.h>

#include "{0}.h"

alignas({1}_ARENA_ALIGNMENT) static unsigned char arena[{1}_ARENA_BYTES];

int main() {{
  {0}_init(arena);
  memset({0}_input(arena, 0), 0, {1}_INPUT_0_BYTES);
  {0}_invoke(arena);
  const auto* output = {0}::output(arena);
  for (int i = 0; i < {1}_OUTPUT_0_ELEMENTS; ++i) printf("%g\n", static_cast<double>(output[i]));
}}
)",
                                     name, prefix)};
}

}  // namespace

Result<std::vector<fs::path>> export_model(const Model& model, const DeployOptions& options, std::string_view as,
                                           const fs::path& folder) {
  if (as == "tflite") {
    MOTE_TRY_ASSIGN(const Bytes bytes, write_tflite(model));
    const fs::path path = folder / fmt::format("{}.tflite", options.name);
    MOTE_TRY(write_file(path, bytes));
    return std::vector<fs::path>{path};
  }
  MOTE_TRY_ASSIGN(const Plan plan, make_plan(model, options));
  GeneratedModel code = generate(model, plan, options);
  if (as == "cmake") {
    code.files.push_back(cmake_lists(code.name));
    code.files.push_back(example(code.name));
  }
  std::vector<fs::path> written;
  for (const SourceFile& file : code.files) {
    MOTE_TRY(write_text(folder / file.path, file.content));
    written.push_back(folder / file.path);
  }
  return written;
}

}  // namespace mote
