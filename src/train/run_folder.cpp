#include "train/run_folder.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Steps of the complete checkpoints, ascending. trainer_state.json is written last, so it marks a
/// whole one.
std::vector<std::int64_t> checkpoints(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    std::int64_t step = 0;
    if (name.rfind("checkpoint-", 0) != 0 ||
        !fs::is_regular_file(entry.path() / "trainer_state.json"))
      continue;
    const auto [end, error] = std::from_chars(name.data() + 11, name.data() + name.size(), step);
    if (error == std::errc() && end == name.data() + name.size()) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder) : folder_(folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(
        fmt::format("Cannot make the run folder '{}': {}.", folder.string(), error.message()),
        ErrorKind::kSystem);
  write_file_atomic(folder / ".writable", "");
  fs::remove(folder / ".writable");
}

std::optional<std::int64_t> RunFolder::latest_checkpoint() const {
  const std::vector<std::int64_t> steps = checkpoints(folder_);
  return steps.empty() ? std::nullopt : std::optional(steps.back());
}

fs::path RunFolder::checkpoint_to_resume(const std::string& resume_from_checkpoint) const {
  if (resume_from_checkpoint.empty()) return {};
  if (resume_from_checkpoint != "latest") return resume_from_checkpoint;
  const auto step = latest_checkpoint();
  require(step.has_value(), "There is no complete checkpoint in '{}' to resume from.",
          folder_.string());
  return checkpoint(*step);
}

void RunFolder::prune_checkpoints(std::int64_t keep, std::optional<std::int64_t> best) const {
  const std::vector<std::int64_t> steps = checkpoints(folder_);
  auto left = static_cast<std::int64_t>(steps.size());
  for (const std::int64_t step : steps) {
    if (keep == 0 || left <= keep || step == steps.back()) return;
    if (step == best) continue;
    fs::remove_all(checkpoint(step));
    --left;
  }
}

void RunFolder::drop_checkpoints_after(std::int64_t step) const {
  for (const std::int64_t later : checkpoints(folder_)) {
    if (later > step) fs::remove_all(checkpoint(later));
  }
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() == ".partial") fs::remove_all(entry.path());
  }
}

void RunFolder::append_metrics(const nlohmann::ordered_json& metrics) {
  if (!metrics_.is_open()) metrics_.open(folder_ / "metrics.jsonl", std::ios::app);
  metrics_ << metrics.dump() << '\n' << std::flush;
  if (!metrics_) {
    throw Error(
        fmt::format("Cannot write '{}': is the disk full?", (folder_ / "metrics.jsonl").string()),
        ErrorKind::kSystem);
  }
}

void RunFolder::rewind_metrics(std::int64_t step) const {
  for (const char* name : {"metrics.jsonl", "completions.jsonl"}) {
    const fs::path path = folder_ / name;
    if (!fs::is_regular_file(path)) continue;
    std::istringstream lines(read_file(path));
    std::string line, kept;
    while (std::getline(lines, line)) {
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.value("step", std::int64_t{0}) <= step) kept += line + "\n";
    }
    write_file_atomic(path, kept);
  }
}

}  // namespace juror
