/// `mote verify --against`: a file of arrays, and what is said where another runtime is not installed.
#include "cli_program.h"
#include "npz_file.h"

namespace mote {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VerifyAgainst : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make();
    ASSERT_TRUE(made);
    folder_.emplace(std::move(*made));
    facts_ = only_object(run_mote({"check", model_, "--json"}));
  }

  /// The model's output for zeros, and those zeros, by the names that `check` gives.
  std::vector<std::pair<std::string, Tensor>> arrays() {
    const auto tensor_of = [&](const nlohmann::json& port) {
      return Tensor(TensorType{DType::kInt8, port["shape"].get<Shape>(), {}});
    };
    Tensor input = tensor_of(facts_["inputs"][0]), output = tensor_of(facts_["outputs"][0]);
    EXPECT_TRUE(write_file(folder_->path() / "in.bin", input.data));
    EXPECT_EQ(
        run_mote({"run", model_, "--input", "in.bin", "--output", "out.bin", "more.bin"}, folder_->path()).exit_code,
        0);
    output.data = read_file(folder_->path() / "out.bin").value();
    return {{facts_["inputs"][0]["name"], input}, {facts_["outputs"][0]["name"], output}};
  }
  ProcessOutput verify(const std::vector<std::pair<std::string, Tensor>>& content) {
    EXPECT_TRUE(write_file(folder_->path() / "expected.npz", npz_file(content)));
    return run_mote({"verify", model_, "--against", "expected.npz", "--json"}, folder_->path());
  }

  const std::string model_ = source_path("tests/golden/net_mlp.tflite").string();
  std::optional<TemporaryFolder> folder_;
  nlohmann::json facts_;
};

TEST_F(VerifyAgainst, AFileOfArraysThatAgreesOrNot) {
  auto content = arrays();
  const ProcessOutput same = verify(content);
  EXPECT_THAT(same, ExitsWith(0, IsEmpty()));
  EXPECT_EQ(only_object(same)["equal"], true);
  EXPECT_EQ(only_object(same)["compared"], 1);
  content[1].second.data[0] ^= 0x10;
  const ProcessOutput other = verify(content);
  EXPECT_THAT(other, ExitsWith(3, IsEmpty()));
  EXPECT_EQ(only_object(other)["first_difference"]["tensor"], facts_["outputs"][0]["name"]);
  EXPECT_EQ(only_object(other)["first_difference"]["different"], 1);
}

TEST_F(VerifyAgainst, ARuntimeThatIsNotInstalledIsToldWithTheWayOut) {
  EXPECT_THAT(
      run_mote_after("export MOTE_ORACLE=/nonexistent", {"verify", model_, "--against", "tflm"}, folder_->path()),
      ExitsWith(1, HasSubstr("mote verify --setup-oracle")));
}

TEST_F(VerifyAgainst, UsageSaysWhatIsMissing) {
  EXPECT_THAT(run_mote({"verify"}), ExitsWith(2, HasSubstr("MODEL")));
  EXPECT_THAT(run_mote({"verify", model_}), ExitsWith(2, HasSubstr("--board or --against")));
}

}  // namespace
}  // namespace mote
