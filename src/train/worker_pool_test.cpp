#include "train/worker_pool.h"

#include <gtest/gtest.h>

#include <chrono>

namespace mote {
namespace {

TEST(WorkerPool, DoesEveryItemOnceInEveryRound) {
  for (const size_t threads : {1u, 2u, 5u}) {
    WorkerPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (size_t round = 0; round < 300; ++round) {
      const size_t items = round % 9;
      std::vector<int> done(items);  // not atomic on purpose: run() orders what the threads wrote before its return
      pool.run(items, [&](size_t thread, size_t item) {
        EXPECT_LT(thread, threads);
        ++done[item];
      });
      EXPECT_EQ(done, std::vector<int>(items, 1));
    }
  }
}

TEST(WorkerPool, SleepingThreadsWakeUp) {
  WorkerPool pool(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> sum = 0;
    pool.run(10, [&](size_t, size_t item) { sum += static_cast<int>(item); });
    EXPECT_EQ(sum, 45);
  }
}

}  // namespace
}  // namespace mote
