#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace mote {

/// Threads that live through a training and wait between steps, first awake (a step takes microseconds), then asleep.
class WorkerPool {
 public:
  using Work = std::function<void(size_t thread, size_t item)>;

  /// `threads` >= 1 work in all; the calling thread is number 0 of them.
  explicit WorkerPool(size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] size_t threads() const { return workers_.size() + 1; }
  /// Calls work(thread, item) once for each item below `items` (< 2^32), each on whatever thread is free, and returns
  /// when all are done. A thread that the system has put aside holds nobody up unless it is at work on an item.
  void run(size_t items, const Work& work);

 private:
  void serve(size_t thread);
  void work_off(size_t thread);

  const Work* work_ = nullptr;
  std::atomic<uint64_t> ticket_ = 0;  ///< round in the upper half, items that nobody has taken yet in the lower
  std::atomic<unsigned> round_ = 0;
  std::atomic<unsigned> done_ = 0;
  std::atomic<bool> ending_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace mote
