#include "boards/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "boards/emu/fake_model.h"

namespace mote {
namespace {

Board board(const char* name) {
  auto found = load_board(name);
  EXPECT_TRUE(found) << found.error().text();
  return *found;
}

TEST(Measurement, ReferenceInputsAreOneGeneratorForEachSeed) {
  const Bytes inputs = reference_inputs(2);
  ASSERT_EQ(inputs.size(), 6u);
  // Seed 1: 1015568748 = 0x3C88596C, then 1586005467 = 0x5E8885DB.
  EXPECT_EQ(inputs[0], 0x3C);
  EXPECT_EQ(inputs[1], 0x5E);
}

TEST(Measurement, GathersEveryFieldOfTheContract) {
  for (const char* name : {"nano33ble", "pico"}) {
    SCOPED_TRACE(name);
    MeasureOptions options;
    options.layers = {{"fully_connected", "hidden", "", 192, 32}, {"fully_connected", "logits", "", 48, 20}};
    const auto measured = measure(board(name), test::fake_model(), options);
    ASSERT_TRUE(measured) << measured.error().text();
    const nlohmann::json json = to_json(*measured);
    for (const char* key : {"model",
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
                            "fits"})
      EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json["board"], name);
    EXPECT_EQ(json["macs"], 240);
    EXPECT_EQ(json["arena_bytes"], 48);
    EXPECT_EQ(json["fits"], true);
    ASSERT_EQ(json["layers"].size(), 2u);
    EXPECT_EQ(json["layers"][1]["name"], "logits");
    EXPECT_GT(json["layers"][0]["instructions"], 192);
    EXPECT_LT(json["layers"][0]["instructions"].get<int>() + json["layers"][1]["instructions"].get<int>(),
              json["instructions"].get<int>() + 20);
    EXPECT_NEAR(json["latency_ms"].get<double>(), measured->latency_ms.value, 1e-6);
    EXPECT_GT(json["latency_ms"], 0.0);
    EXPECT_GT(json["latency_error_pct"], 0.0);
    EXPECT_GT(json["energy_error_pct"], json["latency_error_pct"]);
    EXPECT_THAT(json["emulator"], ::testing::HasSubstr("QEMU"));
    EXPECT_THAT(json["compiler"], ::testing::HasSubstr("arm-none-eabi"));
  }
}

TEST(Measurement, KeepLeavesWhatItTakesToCountAgain) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  MeasureOptions options;
  options.keep = folder->path() / "kept";
  const auto measured = measure(board("nano33ble"), test::fake_model(), options);
  ASSERT_TRUE(measured) << measured.error().text();
  for (const char* file :
       {"firmware.elf", "firmware.map", "tiny.cpp", "tiny.h", "firmware/link.ld", "firmware/harness.cpp"})
    EXPECT_TRUE(std::filesystem::exists(options.keep / file)) << file;
}

TEST(Measurement, TornInputsAreRefused) {
  MeasureOptions options;
  options.inputs = Bytes(17);
  const auto measured = measure(board("nano33ble"), test::fake_model(), options);
  ASSERT_FALSE(measured);
  EXPECT_THAT(measured.error().message,
              ::testing::HasSubstr("17 bytes of inputs are not whole inferences of 16 bytes"));
}

}  // namespace
}  // namespace mote
