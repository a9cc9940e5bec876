#include <cstdio>

#include "formats/tflite_writer.h"
#include "sweep_case.h"

/// sweep_models DIR: every case as NAME.tflite and NAME.in, and a line "NAME identity" each in DIR/cases.txt.
/// tools/make_sweep.py runs the reference kernels over them.
namespace mote::sweep {
namespace {

Result<> write_all(const std::filesystem::path& folder) {
  MOTE_TRY_ASSIGN(const std::vector<Case> cases, make_cases());
  std::string list;
  for (const Case& c : cases) {
    MOTE_TRY(save_model(folder / (c.name + ".tflite"), {c.graph, std::nullopt, {}}));
    MOTE_TRY(write_file(folder / (c.name + ".in"), c.inputs));
    list += fmt::format("{} {:016x}\n", c.name, identity(c));
  }
  return write_text(folder / "cases.txt", list);
}

}  // namespace
}  // namespace mote::sweep

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: sweep_models DIR\n");
    return 2;
  }
  const auto written = mote::sweep::write_all(argv[1]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().text().c_str());
  return written ? 0 : 1;
}
