#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace mote {

/// Threads that live through a training and wait between steps, first awake (a step takes microseconds), then asleep.
class WorkerPool {
 public:
  /// `threads` >= 1 work in all; the calling thread is one of them.
  explicit WorkerPool(size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] size_t threads() const { return workers_.size() + 1; }
  /// Calls work(thread) once on each thread, 0 being the caller's, and returns when all are done.
  void run(const std::function<void(size_t thread)>& work);

 private:
  void serve(size_t thread);

  const std::function<void(size_t)>* work_ = nullptr;
  std::atomic<unsigned> round_ = 0;
  std::atomic<unsigned> busy_ = 0;
  std::atomic<bool> ending_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace mote
