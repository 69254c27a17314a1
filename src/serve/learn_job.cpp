#include "serve/learn_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "serve/api/vote_call.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSmallModel = 256 << 20;  // bytes of weights

/// Small models need larger steps: 60 of 1e-3 move mini's taste (docs/serve.md).
const char* learning_rate_of(const fs::path& model) {
  std::uint64_t bytes = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(model, none))
    if (entry.path().extension() == ".safetensors") bytes += entry.file_size(none);
  return bytes < kSmallModel ? "1e-3" : "1e-4";
}

std::int64_t threads_of(const LearnOptions& options) {
  if (options.learn_threads > 0) return options.learn_threads;
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

}  // namespace

void write_votes(const fs::path& folder, const VoteSplit& split, const VoteStore& store) {
  const auto file = [&](const std::string& hash) {
    const auto found = store.image_file(hash);
    require(found.has_value(), "The picture {} of a vote is gone.", hash);
    return "images/" + found->filename().string();
  };
  create_folders(folder);
  write_file_atomic(folder / "train.jsonl", votes_jsonl(split.train, file));
  write_file_atomic(folder / "validation.jsonl", votes_jsonl(split.held_out, file));
  fs::create_directory_symlink(fs::path("..") / ".." / "images", folder / "images");
}

std::vector<std::string> training_words(const LearnOptions& options, const LearnParts& parts,
                                        const fs::path& folder, const LearnedRun& run) {
  const fs::path& base = parts.bases.at(run.base);
  const std::string data = folder.string();
  const std::int64_t eval_steps = std::max<std::int64_t>(1, run.steps / 4);
  std::vector<std::string> words = {parts.program,
                                    "train",
                                    "grpo",
                                    "use_peft=true",
                                    "reward_funcs=brier,format",
                                    "reward_weights=1,0.1",
                                    "num_generations=4",
                                    "both_orders=true",
                                    "per_device_train_batch_size=16",
                                    "logging_steps=1000000",
                                    fmt::format("learning_rate={}", learning_rate_of(base))};
  words.insert(words.end(), parts.settings.begin(), parts.settings.end());
  if (!options.learn_config.empty()) words.push_back(options.learn_config);
  for (const std::string& word :
       {"model_name_or_path=" + base.string(), "dataset=" + data, std::string("data.split=train"),
        "eval_dataset=" + data, std::string("eval_split=validation"),
        "output_dir=" + (folder / "run").string(), fmt::format("max_steps={}", run.steps),
        fmt::format("eval_steps={}", eval_steps), fmt::format("save_steps={}", eval_steps),
        fmt::format("eval_pairs={}", run.held_out_pairs), std::string("save_total_limit=2"),
        std::string("metric_for_best_model="),
        std::string("resume_from_checkpoint=") + (has_checkpoint(folder) ? "latest" : ""),
        std::string("--threads"), std::to_string(threads_of(options)), std::string("--quiet")})
    words.push_back(word);
  return words;
}

}  // namespace juror
