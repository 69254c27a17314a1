// The folder of a training run: config.toml, metrics.jsonl and checkpoint-N/. What is written there
// is whole or absent, and by one process at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/file_lock.h"
#include "records/json_lines.h"

namespace juror {

/// What a training run was made of.
struct RunOrigin {
  std::string command;  ///< "train grpo"
  std::int64_t seed = 0;
  std::string options;     ///< all of them, as TOML
  std::string model;       ///< as asked for
  std::string model_hash;  ///< of its weights; this and the other hashes may be empty
  std::string template_hash;
  std::string data, data_hash;
};

class RunFolder {
 public:
  /// Creates the folder, locks it against other processes (`run.lock`) and tries to write in it, so
  /// that a full disk or a read-only place is told before training. Throws Error.
  explicit RunFolder(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path checkpoint(std::int64_t step) const {
    return folder_ / ("checkpoint-" + std::to_string(step));
  }
  /// The complete checkpoint with the most steps, if any.
  std::optional<std::int64_t> latest_checkpoint() const;

  /// The checkpoint that the option resume_from_checkpoint means: none for "", the newest for
  /// "latest", else that folder. Unless it is one of this folder a new run begins here: a folder
  /// with checkpoints of another is refused, and the files of a run that came to none go to
  /// `earlier-N/`. Throws Error for that, and if there is none to resume.
  std::filesystem::path start(const std::string& resume_from_checkpoint);

  /// Deletes the oldest checkpoints until `keep` are left (0: keep all); never the newest, nor that
  /// of step `best`.
  void prune_checkpoints(std::int64_t keep, std::optional<std::int64_t> best = {}) const;

  /// Deletes the checkpoints of later steps than `step`, which a resumed run will write again, and
  /// what a kill left half done.
  void drop_checkpoints_after(std::int64_t step) const;

  /// Writes config.toml, which repeats the run (as a new one, whatever it was resumed from), and
  /// run.json, which tells a repetition from another run: versions, seed, threads, hashes as they
  /// were when it began.
  void write_origin(const RunOrigin& origin) const;

  /// Appends one line to metrics.jsonl. Throws Error (kSystem) if it cannot be written.
  void append_metrics(const nlohmann::ordered_json& metrics) { metrics_.append(metrics); }
  /// Drops the lines of steps behind `step` from metrics.jsonl and completions.jsonl: a resumed run
  /// will write them again.
  void rewind_metrics(std::int64_t step) const;

 private:
  std::filesystem::path resumed_checkpoint(const std::string& resume_from_checkpoint) const;
  void put_aside_earlier_run() const;

  std::filesystem::path folder_;
  FileLock lock_;
  JsonLinesWriter metrics_;
};

/// Hands the trainer_state.json of a checkpoint to `read`. Throws Error naming it when it is empty,
/// cut short, or lacks a key that `read` asks for, with the way out.
void read_trainer_state(const std::filesystem::path& checkpoint,
                        const std::function<void(const nlohmann::json& state)>& read);

}  // namespace juror
