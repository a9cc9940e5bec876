/// What docs/cli.md promises of every verb: help, one JSON object, quiet, exit codes, fields.
#include "cli_program.h"

namespace mote {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Words = std::vector<std::string>;

void expect_fields(const nlohmann::json& object, const Words& fields) {
  for (const std::string& field : fields) EXPECT_TRUE(object.contains(field)) << field << " is missing";
}

TEST(Help, EveryVerbShowsAnExample) {
  const Words verbs{"new", "data summary", "data synth", "train",  "quantize", "build", "check",
                    "run", "eval",         "measure",    "verify", "export",   "boards"};
  for (const std::string& verb : verbs) {
    Words words;
    const size_t gap = verb.find(' ');
    words.push_back(verb.substr(0, gap));
    if (gap != std::string::npos) words.push_back(verb.substr(gap + 1));
    words.push_back("--help");
    const ProcessOutput help = run_mote(words);
    EXPECT_EQ(help.exit_code, 0) << verb;
    EXPECT_THAT(help.out, HasSubstr("Example: mote " + verb + " ")) << verb;
    EXPECT_THAT(help.err, IsEmpty()) << verb;
  }
  const ProcessOutput all = run_mote({"--help"});
  EXPECT_EQ(all.exit_code, 0);
  for (const std::string& verb : verbs) EXPECT_THAT(all.out, HasSubstr("\n  " + verb.substr(0, verb.find(' '))));
}

TEST(Usage, WrongWordsExitWith2) {
  EXPECT_THAT(run_mote({}), ExitsWith(2, HasSubstr("subcommand")));
  EXPECT_THAT(run_mote({"mesure"}), ExitsWith(2, HasSubstr("no verb \"mesure\"; did you mean measure?")));
  EXPECT_THAT(run_mote({"boards", "--colour"}), ExitsWith(2, HasSubstr("--colour")));
  EXPECT_THAT(run_mote({"measure", "model.tflite"}), ExitsWith(2, HasSubstr("--board")));
  EXPECT_THAT(run_mote({"train", "mote.toml"}), ExitsWith(2, HasSubstr("-o")));
  EXPECT_THAT(run_mote({"export", "m.tflite", "--as", "cobol", "-o", "x"}), ExitsWith(2, HasSubstr("cobol")));
}

TEST(Json, ErrorsAreOneObjectToo) {
  const ProcessOutput output = run_mote({"check", "no-such.tflite", "--json"});
  EXPECT_THAT(output, ExitsWith(1, HasSubstr("no-such.tflite")));
  const nlohmann::json object = only_object(output);
  ASSERT_TRUE(object.contains("error"));
  EXPECT_EQ(object["error"]["code"], "io");
  EXPECT_THAT(object["error"]["message"].get<std::string>(), HasSubstr("no-such.tflite"));
}

TEST(Json, NewDataAndBoards) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  expect_fields(only_object(run_mote({"new", "p", "--template", "gesture", "--json"}, folder->path())), {"folder"});
  const auto made = only_object(run_mote({"data", "synth", "d", "--subjects", "2", "--json"}, folder->path()));
  EXPECT_EQ(made.value("files", size_t{0}), files_below(folder->path() / "d").size());
  EXPECT_GT(made.value("files", 0), 0);
  expect_fields(only_object(run_mote({"data", "summary", "p/mote.toml", "--json"}, folder->path())), {"recordings"});
  const auto boards = only_object(run_mote({"boards", "--json"}));
  ASSERT_TRUE(boards.contains("boards"));
  EXPECT_GE(boards["boards"].size(), 2u);
  for (const auto& board : boards["boards"])
    for (const auto& figure : board["figures"]) EXPECT_FALSE(figure["source"].get<std::string>().empty());
}

TEST(Json, CheckOnAModelThatFits) {
  const ProcessOutput output =
      run_mote({"check", workshop().activity_model.string(), "--board", "nano33ble", "--json"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  const auto object = only_object(output);
  expect_fields(object, {"supported", "problems", "ops", "macs", "parameters", "arena_bytes", "inputs", "outputs"});
  EXPECT_EQ(object["supported"], true);
  EXPECT_EQ(object["fits"], true);
  EXPECT_THAT(object["problems"], IsEmpty());
}

TEST(Json, Measure) {
  const auto keep = TemporaryFolder::make();
  ASSERT_TRUE(keep);
  const ProcessOutput output = run_mote({"measure", workshop().sine_model.string(), "--board", "nano33ble", "--json",
                                         "--keep", (keep->path() / "kept").string()});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  const auto object = only_object(output);
  expect_fields(object, {"model",
                         "board",
                         "core",
                         "emulator",
                         "compiler",
                         "macs",
                         "instructions",
                         "init_instructions",
                         "flash_code_bytes",
                         "flash_tables_bytes",
                         "flash_model_bytes",
                         "ram_static_bytes",
                         "arena_bytes",
                         "stack_bytes",
                         "layers",
                         "latency_ms",
                         "latency_error_pct",
                         "energy_uj",
                         "energy_error_pct",
                         "fits"});
  EXPECT_EQ(object["board"], "nano33ble");
  EXPECT_GT(object["instructions"], 50);
  EXPECT_GT(object["flash_code_bytes"], 100);
  ASSERT_FALSE(object["layers"].empty());
  for (const auto& layer : object["layers"])
    expect_fields(layer, {"index", "op", "name", "kernel", "macs", "instructions", "arena_live_bytes"});
  EXPECT_THAT(files_below(keep->path() / "kept"), Contains(HasSubstr("firmware.elf")));
  EXPECT_THAT(files_below(keep->path() / "kept"), Contains(HasSubstr("firmware.map")));
}

TEST(Json, EvalOnHostAndBoardAgree) {
  const std::string data = (workshop().activity / "data").string();
  const auto host = run_mote({"eval", workshop().activity_model.string(), "--data", data, "--json"});
  EXPECT_EQ(host.exit_code, 0) << host.err;
  const auto object = only_object(host);
  expect_fields(object, {"n", "accuracy", "macro_f1", "classes", "confusion", "per_subject"});
  EXPECT_EQ(object["classes"].size(), 4u);
  EXPECT_EQ(object["confusion"].size(), 4u);
  EXPECT_GT(object["accuracy"], 0.5);
  const auto board =
      run_mote({"eval", workshop().activity_model.string(), "--data", data, "--on", "nano33ble", "--json"});
  EXPECT_EQ(board.exit_code, 0) << board.err;
  EXPECT_EQ(only_object(board), object);
}

TEST(Json, Verify) {
  const auto output =
      run_mote({"verify", workshop().sine_model.string(), "--board", "nano33ble", "--random", "7", "--json"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  const auto object = only_object(output);
  expect_fields(object, {"n", "equal", "first_difference"});
  EXPECT_EQ(object["n"], 7);
  EXPECT_EQ(object["equal"], true);
  EXPECT_TRUE(object["first_difference"].is_null());
}

TEST(Quiet, KeepsRemarksButNotWarnings) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const Words build{"build", (workshop().sine / "mote.toml").string(), "--no-board", "-o", "out"};
  const auto loud = run_mote(build, folder->path());
  EXPECT_EQ(loud.exit_code, 0) << loud.err;
  EXPECT_THAT(loud.err, HasSubstr("train the network"));
  Words quiet_build = build;
  quiet_build.emplace_back("-q");
  const auto quiet = run_mote(quiet_build, folder->path());
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_THAT(quiet.err, Not(HasSubstr("train the network")));
  EXPECT_THAT(quiet.err, HasSubstr("warning: split by rows"));
}

TEST(Run, BoardComputesTheHostsBytes) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const std::string golden = source_path("tests/golden/net_mlp.tflite").string();
  const auto facts = only_object(run_mote({"check", golden, "--json"}));
  ASSERT_EQ(facts["inputs"].size(), 1u);
  ASSERT_EQ(facts["inputs"][0]["dtype"], "int8");
  size_t bytes = 1;
  for (const auto& extent : facts["inputs"][0]["shape"]) bytes *= extent.get<size_t>();
  const size_t outputs = 3 * facts["outputs"].size();
  Words run{"run", golden, "--input"};
  for (int n = 0; n < 3; ++n) {
    Bytes content(bytes);
    for (size_t i = 0; i < bytes; ++i) content[i] = static_cast<uint8_t>(37 * i + 101 * static_cast<size_t>(n));
    run.push_back(fmt::format("in{}.bin", n));
    ASSERT_TRUE(write_file(folder->path() / run.back(), content));
  }
  const auto on = [&](const std::string& where) {
    Words words = run;
    words.insert(words.end(), {"--on", where, "--output"});
    for (size_t n = 0; n < outputs; ++n) words.push_back(fmt::format("{}{}.bin", where, n));
    EXPECT_THAT(run_mote(words, folder->path()), ExitsWith(0, IsEmpty()));
  };
  on("host");
  on("nano33ble");
  for (size_t n = 0; n < outputs; ++n) {
    MOTE_ASSERT_ASSIGN(const Bytes host, read_file(folder->path() / fmt::format("host{}.bin", n)));
    MOTE_ASSERT_ASSIGN(const Bytes board, read_file(folder->path() / fmt::format("nano33ble{}.bin", n)));
    EXPECT_FALSE(host.empty());
    EXPECT_EQ(host, board) << n;
  }
}

TEST(Export, CmakeProjectBuildsAndRuns) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  ASSERT_THAT(run_mote({"export", workshop().sine_model.string(), "--as", "cmake", "-o", "project"}, folder->path()),
              ExitsWith(0, IsEmpty()));
  const auto run = [&](const Words& command) {
    const auto output = run_process(command, folder->path(), std::chrono::seconds(100));
    EXPECT_TRUE(output) << output.error().text();
    if (!output) return std::string();
    EXPECT_EQ(output->exit_code, 0) << output->out << output->err;
    return output->out;
  };
  run({"cmake", "-S", "project", "-B", "built"});
  run({"cmake", "--build", "built"});
  EXPECT_THAT(run({(folder->path() / "built/sine_example").string()}), ::testing::MatchesRegex("-?[0-9]+\n"));
}

}  // namespace
}  // namespace mote
