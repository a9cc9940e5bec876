#include "train/worker_pool.h"

namespace mote {

namespace {
constexpr int kSpins = 2000;

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

void WorkerPool::run(size_t items, const Work& work) {
  if (workers_.empty()) {
    for (size_t item = items; item-- > 0;) work(0, item);
    return;
  }
  work_ = &work;
  done_.store(0, std::memory_order_relaxed);
  const uint64_t round = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
  ticket_.store(round << 32 | items, std::memory_order_release);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work_off(0);
  for (unsigned done = done_.load(std::memory_order_acquire); done != items;) done = await_change(done_, done);
}

// A ticket that was taken can only be of the running round: run() does not return, and so begins no other, before the
// taken item is done.
void WorkerPool::work_off(size_t thread) {
  for (uint64_t ticket = ticket_.load(std::memory_order_acquire); (ticket & UINT32_MAX) != 0;) {
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acquire)) continue;
    (*work_)(thread, (ticket & UINT32_MAX) - 1);
    done_.fetch_add(1, std::memory_order_acq_rel);
    if (thread != 0) done_.notify_one();
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void WorkerPool::serve(size_t thread) {
  for (unsigned round = 0;;) {
    round = await_change(round_, round);
    if (ending_.load(std::memory_order_relaxed)) return;
    work_off(thread);
  }
}

}  // namespace mote
