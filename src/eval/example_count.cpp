#include "eval/example_count.h"

#include <exception>
#include <system_error>

namespace juror {

bool is_labelled(const PreferenceExample& example) {
  return !example.ranking.empty() || !example.votes.empty();
}

ExampleCount::ExampleCount(const std::filesystem::path& data, const DatasetOptions& options) {
  DatasetOptions quiet = options;
  quiet.tells = false;
  try {
    thread_ = std::thread([this, data, quiet] { count(data, quiet); });
  } catch (const std::system_error&) {  // no thread is to be had: the total stays unknown
  }
}

ExampleCount::~ExampleCount() {
  stops_ = true;
  if (thread_.joinable()) thread_.join();
}

void ExampleCount::count(const std::filesystem::path& data, const DatasetOptions& options) {
  try {
    const auto reader = open_dataset(data, options);
    std::int64_t examples = 0;
    while (const auto row = reader->next()) {
      if (stops_) return;
      examples += is_labelled(row->example);
    }
    total_ = examples;
  } catch (const std::exception&) {  // as the header says
  }
}

}  // namespace juror
