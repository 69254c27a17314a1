// What a training on votes is started with: its limits, its data and its command line.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/options.h"
#include "serve/judge_service.h"
#include "serve/learned_run.h"
#include "serve/vote_store.h"

namespace juror {

struct LearnOptions {
  double learn_minutes = 10;
  std::int64_t learn_threads = 0, learn_steps = 60;
  std::string learn_config;

  template <class Field>
  void fields(Field&& field) {
    field("learn_minutes", learn_minutes,
          "Most minutes that learning from votes may take; 0: it is not offered", Range{0, 10000});
    field("learn_threads", learn_threads, "CPU threads of it; 0 takes half of the cores",
          Range{0, 4096});
    field("learn_steps", learn_steps, "Optimizer steps of it", Range{1, 1 << 20});
    field("learn_config", learn_config,
          "TOML file of options of juror train grpo that it takes instead of its own");
  }
};

/// What the command line knows of training.
struct LearnParts {
  std::filesystem::path program;  ///< that has `train grpo`; empty: nothing is taught here
  std::map<std::string, std::filesystem::path> bases;  ///< folders of models that can be taught
  std::vector<std::string> settings = {};  ///< key=value of train grpo: device, prompt template
  /// The source of a model of this name in this folder.
  std::function<ModelSource(const std::string& name, const std::filesystem::path& folder)> source;
};

/// The votes as a data set, with the pictures by a link.
void write_votes(const std::filesystem::path& folder, const VoteSplit& split,
                 const VoteStore& store);

/// The command line of a training in this folder.
std::vector<std::string> training_words(const LearnOptions& options, const LearnParts& parts,
                                        const std::filesystem::path& folder, const LearnedRun& run);

}  // namespace juror
