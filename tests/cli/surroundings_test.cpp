/// What the machine does to the program: tools that are missing, disks that are full, signals.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>

#include "cli_program.h"

namespace mote {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class Surroundings : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return folder_->path() / name; }

  std::optional<TemporaryFolder> folder_;
};

TEST_F(Surroundings, NoCompilerThenNoEmulator) {
  const std::string model = workshop().sine_model.string();
  const auto compiler = find_program("arm-none-eabi-g++");
  ASSERT_TRUE(compiler);
  fs::create_directories(path("bin"));
  const ScopedPath only_links(path("bin").string());
  for (const char* verb : {"measure", "verify"})
    EXPECT_THAT(run_mote({verb, model, "--board", "nano33ble"}),
                ExitsWith(1, AllOf(HasSubstr("arm-none-eabi-g++ is not installed"), HasSubstr("make setup"),
                                   HasSubstr("gcc-arm-none-eabi"))));
  fs::create_symlink(fs::canonical(*compiler), path("bin/arm-none-eabi-g++"));
  EXPECT_THAT(run_mote({"measure", model, "--board", "nano33ble"}),
              ExitsWith(1, AllOf(HasSubstr("qemu-system-arm is not installed"), HasSubstr("make setup"),
                                 HasSubstr("apt-get install qemu-system-arm"))));
}

TEST_F(Surroundings, AFileMayNotGrow) {
  const auto train = std::vector<std::string>{"train", (workshop().sine / "mote.toml").string(), "-o", "model.tflite"};
  const auto output = run_mote_after("trap '' XFSZ; ulimit -f 1", train, folder_->path());
  EXPECT_THAT(output, ExitsWith(1, AllOf(HasSubstr("cannot write model.tflite"), HasSubstr("File too large"))));
  EXPECT_THAT(files_below(folder_->path()), IsEmpty());
}

TEST_F(Surroundings, AnOldFileSurvivesAFailedWrite) {
  ASSERT_TRUE(write_text(path("model.tflite"), "old"));
  const auto train = std::vector<std::string>{"train", (workshop().sine / "mote.toml").string(), "-o", "model.tflite"};
  EXPECT_EQ(run_mote_after("trap '' XFSZ; ulimit -f 1", train, folder_->path()).exit_code, 1);
  MOTE_ASSERT_ASSIGN(const std::string content, read_text(path("model.tflite")));
  EXPECT_EQ(content, "old");
}

/// On a real full disk, where the kernel lets an ordinary process mount one of its own.
TEST_F(Surroundings, DiskFull) {
  fs::create_directories(path("disk"));
  const std::string mount = "mount -t tmpfs -o size=8k none disk && cp model.tflite disk/old.tflite";
  ASSERT_TRUE(write_text(path("model.tflite"), "old"));
  const auto probe = run_process({"unshare", "-rm", "/bin/sh", "-c", mount}, folder_->path(), std::chrono::seconds(20));
  if (!probe || probe->exit_code != 0) GTEST_SKIP() << "this machine does not let a test mount a file system";
  const std::string script = mount + "; \"$@\"; code=$?; ls disk; exit $code";
  const auto output =
      run_process({"unshare", "-rm", "/bin/sh", "-c", script, "sh", build_path("mote").string(), "export",
                   workshop().activity_model.string(), "--as", "tflite", "--name", "new", "-o", "disk"},
                  folder_->path(), std::chrono::seconds(60));
  ASSERT_TRUE(output);
  EXPECT_THAT(*output, ExitsWith(1, AllOf(HasSubstr("cannot write disk/new.tflite"), HasSubstr("the disk is full"),
                                          HasSubstr("free some space"))));
  EXPECT_EQ(output->out, "old.tflite\n");
}

TEST_F(Surroundings, StandardOutputIsFull) {
  const auto output = run_mote_after("exec >/dev/full", {"boards", "--json"}, folder_->path());
  EXPECT_THAT(output, ExitsWith(1, AllOf(HasSubstr("standard output"), HasSubstr("No space left"))));
}

/// The program in the background, for signals.
class Background {
 public:
  Background(const std::vector<std::string>& arguments, const fs::path& folder) {
    const std::string program = build_path("mote").string(), errors = (folder / "stderr").string();
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    child_ = ::fork();
    if (child_ != 0) return;
    const int out = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, 1);
    ::dup2(out, 2);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      wait();
    }
  }
  void signal(int number) const { ::kill(child_, number); }
  /// Waits until the program catches Ctrl-C itself, which it does once training is about to begin.
  [[nodiscard]] bool catches_interrupts() const {
    for (int tries = 0; tries < 3000; ++tries) {
      std::ifstream status(fmt::format("/proc/{}/status", child_));
      for (std::string line; std::getline(status, line);)
        if (line.starts_with("SigCgt:") && (std::stoull(line.substr(7), nullptr, 16) & (1u << (SIGINT - 1))) != 0)
          return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  /// Exit code, or 128 + signal.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
};

/// The activity project with more epochs than anybody waits for.
void write_endless_project(const fs::path& folder) {
  fs::create_directories(folder);
  fs::copy(workshop().activity / "data", folder / "data", fs::copy_options::recursive);
  MOTE_ASSERT_ASSIGN(std::string text, read_text(workshop().activity / "mote.toml"));
  for (const auto& [what, with] :
       {std::pair{"epochs = 60", "epochs = 1000000"}, std::pair{"patience = 20", "patience = 0"}}) {
    const size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::strlen(what), with);
  }
  ASSERT_TRUE(write_text(folder / "mote.toml", text));
}

TEST_F(Surroundings, InterruptedTrainingKeepsTheBestSoFar) {
  write_endless_project(path("endless"));
  Background training({"train", "endless/mote.toml", "-o", "model.tflite"}, folder_->path());
  ASSERT_TRUE(training.catches_interrupts());
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 0);
  MOTE_ASSERT_ASSIGN(const std::string said, read_text(path("stderr")));
  EXPECT_THAT(said, AllOf(HasSubstr("warning: interrupted in epoch"), HasSubstr("best so far")));
  EXPECT_EQ(run_mote({"check", "model.tflite"}, folder_->path()).exit_code, 0);
  MOTE_ASSERT_ASSIGN(const std::string record, read_text(path("model.train.json")));
  EXPECT_EQ(nlohmann::json::parse(record)["interrupted"], true);
}

TEST_F(Surroundings, KilledBuildLeavesNoHalfFiles) {
  const std::string project = (workshop().activity / "mote.toml").string();
  int killed = 0;
  for (const int milliseconds : {20, 100, 300, 700, 1200}) {
    const std::string out = fmt::format("out{}", milliseconds);
    Background build({"build", project, "-o", out, "--no-board"}, folder_->path());
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    build.signal(SIGKILL);
    killed += build.wait() == 128 + SIGKILL ? 1 : 0;
    for (const std::string& file : files_below(path(out))) {
      const fs::path whole = path(out) / file;
      if (file.ends_with(".tflite")) {
        EXPECT_EQ(run_mote({"check", whole.string()}).exit_code, 0) << file;
      } else if (file.ends_with(".json")) {
        EXPECT_TRUE(nlohmann::json::accept(*read_text(whole))) << file;
      } else if (file.ends_with(".html")) {
        EXPECT_THAT(*read_text(whole), HasSubstr("</html>")) << file;
      }
    }
  }
  EXPECT_GE(killed, 1);
}

}  // namespace
}  // namespace mote
