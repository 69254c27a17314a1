// How many examples an evaluation will have, counted while it works.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <thread>

#include "data/dataset.h"

namespace juror {

/// Whether people said which image of an example is better.
bool is_labelled(const PreferenceExample& example);

/// Counts the labelled rows on a thread of its own: pictures are not read, so it is soon done.
class ExampleCount {
 public:
  ExampleCount(const std::filesystem::path& data, const DatasetOptions& options);
  /// Stops counting.
  ~ExampleCount();
  ExampleCount(const ExampleCount&) = delete;
  ExampleCount& operator=(const ExampleCount&) = delete;

  /// 0 until all are counted, and where a row cannot be read: the reader that judges tells of it.
  std::int64_t total() const { return total_; }

 private:
  void count(const std::filesystem::path& data, const DatasetOptions& options);

  std::atomic<bool> stops_ = false;
  std::atomic<std::int64_t> total_ = 0;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace juror
