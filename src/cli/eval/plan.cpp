// juror eval --dry-run.
#include "cli/eval/subject.h"

namespace juror {

int print_eval_plan(const EvalOptions& options, const EvalSubject& subject, Context& context) {
  DatasetOptions quiet = options.dataset;  // the command has opened it before
  quiet.tells = false;
  const auto reader = open_dataset(options.data, quiet);
  std::int64_t examples = 0, comparisons = 0, pictures = 0;
  std::optional<std::int64_t> one_pair = 0;  // tokens of an order; a server does not tell
  while (const auto row = reader->next()) {
    const auto pairs =
        pairs_to_judge(row->example.id, row->images.size(), options.budget, context.global.seed);
    if (examples++ == 0 && subject.loaded.judge != nullptr && row->images.size() >= 2) {
      const Judge& judge = *subject.loaded.judge;
      const std::vector<CandidateImage> pair = {judge.prepare(load_image(row->images[0])),
                                                judge.prepare(load_image(row->images[1]))};
      one_pair = judge.prompt_tokens(judge.takes_prompt() ? row->example.prompt : "", pair,
                                     options.judge.thinks());
    }
    comparisons += static_cast<std::int64_t>(pairs.size());
    pictures += static_cast<std::int64_t>(row->images.size());
  }
  std::optional<std::int64_t> pair_tokens;
  if (one_pair) pair_tokens = comparisons * *one_pair;
  return print_plan({.units = "examples",
                     .count = examples,
                     .comparisons = comparisons,
                     .pictures = pictures,
                     .pair_tokens = pair_tokens,
                     .votes = subject.loaded.judge != nullptr},
                    options.judge, subject.loaded.cost, context);
}

}  // namespace juror
