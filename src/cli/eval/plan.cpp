// juror eval --dry-run.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/eval/subject.h"

namespace juror {

int print_eval_plan(const EvalOptions& options, const EvalSubject& subject, Context& context) {
  const auto reader = open_dataset(options.data, options.dataset);
  std::int64_t examples = 0, comparisons = 0, prompt_tokens = 0;
  while (const auto row = reader->next()) {
    const auto pairs =
        pairs_to_judge(row->example.id, row->images.size(), options.budget, context.global.seed);
    if (examples++ == 0 && subject.model != nullptr && row->images.size() >= 2) {
      const Candidate first = subject.model->prepare(load_image(row->images[0])),
                      second = subject.model->prepare(load_image(row->images[1]));
      prompt_tokens =
          subject.model->prompt_tokens(row->example.prompt, first, second, options.judge.think);
    }
    comparisons += static_cast<std::int64_t>(pairs.size());
  }
  const std::int64_t prompts = comparisons * (options.judge.orders == "both" ? 2 : 1);
  const std::int64_t completions =
      subject.model != nullptr && options.judge.think ? prompts * options.judge.votes : 0;
  if (context.out.json()) {
    context.out.print_json(
        {{"dry_run", true},
         {"examples", examples},
         {"comparisons", comparisons},
         {"completions", completions},
         {"prompt_tokens", prompts * prompt_tokens},
         {"completion_tokens_at_most", completions * options.judge.sampling.max_new_tokens}});
  } else {
    context.out.print(
        fmt::format("{} examples, {} comparisons, {} completions, about {} prompt tokens, at most "
                    "{} completion tokens.\n",
                    examples, comparisons, completions, prompts * prompt_tokens,
                    completions * options.judge.sampling.max_new_tokens));
  }
  return kExitOk;
}

}  // namespace juror
