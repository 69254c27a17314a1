#include "train/run_folder.h"

#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json_file.h"
#include "base/log.h"
#include "base/parse_json.h"
#include "base/version.h"

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

/// Makes the folder, and gives it back.
const fs::path& made(const fs::path& folder) {
  create_folders(folder);
  return folder;
}

/// What a run writes beside its checkpoints.
bool is_of_a_run(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "config.toml" || name == "run.json" || name == "metrics.jsonl" ||
         name == "completions.jsonl" || name == "report.html" ||
         name.starts_with("events.out.tfevents.") || name.starts_with("nonfinite-");
}

/// earlier-1, or the first number that is free.
fs::path free_folder(const fs::path& folder) {
  for (int number = 1;; ++number) {
    fs::path free = folder / fmt::format("earlier-{}", number);
    if (!fs::exists(free)) return free;
  }
}

/// The lines of a file up to a step. One that has no step (spoiled, or of somebody else) is dropped
/// with a warning.
std::string lines_up_to(std::int64_t step, const fs::path& file) {
  std::istringstream lines(read_file(file));
  std::string line, kept;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto json = json_or_discarded(line);
    const bool has_step = json.is_object() && json.contains("step") && json["step"].is_number();
    if (has_step && json["step"].get<double>() <= static_cast<double>(step)) kept += line + "\n";
    if (!has_step)
      log_warning(fmt::format("{}:{} has no step and is dropped: {}{}", file.string(), number,
                              line.substr(0, 60), line.size() > 60 ? " …" : ""));
  }
  return kept;
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder)
    : folder_(made(folder)),
      lock_(folder / "run.lock", fmt::format("The run folder '{}'", folder.string())),
      metrics_(folder / "metrics.jsonl") {
  write_file_atomic(folder / ".writable", "");
  fs::remove(folder / ".writable");
}

std::optional<std::int64_t> RunFolder::latest_checkpoint() const {
  const std::vector<std::int64_t> steps = checkpoints(folder_);
  return steps.empty() ? std::nullopt : std::optional(steps.back());
}

fs::path RunFolder::start(const std::string& resume_from_checkpoint) {
  fs::path resumed = resumed_checkpoint(resume_from_checkpoint);
  std::error_code ignored;
  if (!resumed.empty() && fs::equivalent(resumed / "..", folder_, ignored)) return resumed;
  const auto latest = latest_checkpoint();
  require(!latest.has_value(),
          "'{}' holds a run already, with checkpoints up to step {}. To go on with it say "
          "resume_from_checkpoint = \"latest\"; for a new run give another output_dir.",
          folder_.string(), latest.value_or(0));
  put_aside_earlier_run();
  return resumed;
}

void RunFolder::put_aside_earlier_run() const {
  if (!fs::exists(folder_ / "metrics.jsonl")) return;
  const fs::path aside = free_folder(folder_);
  fs::create_directory(aside);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (is_of_a_run(entry.path())) files.push_back(entry.path());
  }
  for (const fs::path& file : files) fs::rename(file, aside / file.filename());
  log_warning(
      fmt::format("'{}' holds a run that ended before its first checkpoint: its files are now in "
                  "'{}'.",
                  folder_.string(), aside.string()));
}

fs::path RunFolder::resumed_checkpoint(const std::string& resume_from_checkpoint) const {
  if (resume_from_checkpoint.empty()) return {};
  if (resume_from_checkpoint != "latest") {
    require(fs::is_regular_file(fs::path(resume_from_checkpoint) / "trainer_state.json"),
            "'{}' is no complete checkpoint to resume from: it holds no trainer_state.json.",
            resume_from_checkpoint);
    return resume_from_checkpoint;
  }
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

void RunFolder::write_origin(const RunOrigin& origin) const {
  write_file_atomic(folder_ / "config.toml",
                    fmt::format("# juror {}: juror {}\nseed = {}\n{}", juror_version(),
                                origin.command, origin.seed, origin.options));
  if (fs::exists(folder_ / "run.json")) return;  // of the run that is resumed
  const nlohmann::ordered_json json = {{"schema", 1},
                                       {"juror", juror_version()},
                                       {"torch", TORCH_VERSION},
                                       {"command", origin.command},
                                       {"seed", origin.seed},
                                       {"threads", at::get_num_threads()},
                                       {"model", origin.model},
                                       {"model_hash", origin.model_hash},
                                       {"prompt_hash", origin.template_hash},
                                       {"data", origin.data},
                                       {"data_hash", origin.data_hash}};
  write_file_atomic(folder_ / "run.json",
                    json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void RunFolder::rewind_metrics(std::int64_t step) const {
  for (const char* name : {"metrics.jsonl", "completions.jsonl"}) {
    const fs::path path = folder_ / name;
    if (!fs::is_regular_file(path)) continue;
    write_file_atomic(path, lines_up_to(step, path));
  }
}

void read_trainer_state(const fs::path& checkpoint,
                        const std::function<void(const nlohmann::json& state)>& read) {
  const fs::path file = checkpoint / "trainer_state.json";
  try {
    const nlohmann::json state = read_json_file(file);
    reading_keys_of(file, [&] { read(state); });
  } catch (const Error& error) {
    throw Error(fmt::format("'{}' cannot be resumed. {} An earlier checkpoint may be whole: "
                            "resume_from_checkpoint = its folder.",
                            checkpoint.string(), error.what()),
                error.kind());
  }
}

}  // namespace juror
