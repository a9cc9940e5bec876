#include "train/worker_pool.h"

namespace mote {

namespace {
constexpr int kSpins = 4000;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns the first value that is not `old`.
unsigned await_change(const std::atomic<unsigned>& value, unsigned old) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (const unsigned now = value.load(std::memory_order_acquire); now != old) return now;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}
}  // namespace

WorkerPool::WorkerPool(size_t threads) {
  for (size_t thread = 1; thread < threads; ++thread) workers_.emplace_back([this, thread] { serve(thread); });
}

WorkerPool::~WorkerPool() {
  ending_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

void WorkerPool::run(const std::function<void(size_t)>& work) {
  if (workers_.empty()) return work(0);
  work_ = &work;
  busy_.store(static_cast<unsigned>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work(0);
  for (unsigned left = busy_.load(std::memory_order_acquire); left != 0;) left = await_change(busy_, left);
}

void WorkerPool::serve(size_t thread) {
  unsigned round = 0;
  for (;;) {
    round = await_change(round_, round);
    if (ending_.load(std::memory_order_relaxed)) return;
    (*work_)(thread);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace mote
