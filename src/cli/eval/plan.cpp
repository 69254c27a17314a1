// juror eval --dry-run.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/eval/subject.h"

namespace juror {

int print_eval_plan(const EvalOptions& options, const EvalSubject& subject, Context& context) {
  const auto reader = open_dataset(options.data, options.dataset);
  std::int64_t examples = 0, comparisons = 0;
  std::optional<std::int64_t> prompt_tokens = 0;  // of one prompt; a server does not tell
  while (const auto row = reader->next()) {
    const auto pairs =
        pairs_to_judge(row->example.id, row->images.size(), options.budget, context.global.seed);
    if (examples++ == 0 && subject.loaded.judge != nullptr && row->images.size() >= 2) {
      const Judge& judge = *subject.loaded.judge;
      const CandidateImage first = judge.prepare(load_image(row->images[0])),
                           second = judge.prepare(load_image(row->images[1]));
      prompt_tokens = judge.prompt_tokens(judge.takes_prompt() ? row->example.prompt : "", first,
                                          second, options.judge.thinks());
    }
    comparisons += static_cast<std::int64_t>(pairs.size());
  }
  const std::int64_t prompts = comparisons * (options.judge.orders == "both" ? 2 : 1);
  const std::int64_t completions = subject.loaded.judge != nullptr && options.judge.thinks()
                                       ? prompts * options.judge.votes_an_order()
                                       : 0;
  const std::int64_t most_tokens = completions * options.judge.sampling.max_new_tokens;
  std::optional<VotingCost> cost;
  if (subject.loaded.cost && prompt_tokens)
    cost = subject.loaded.cost({.prompts = static_cast<double>(prompts),
                                .prompt_tokens = static_cast<double>(prompts * *prompt_tokens),
                                .completion_tokens = static_cast<double>(most_tokens),
                                .orders = options.judge.orders == "both" ? 2.0 : 1.0,
                                .rows = options.judge.batch_rows,
                                .row_tokens = options.judge.sampling.max_new_tokens});
  if (context.out.json()) {
    nlohmann::ordered_json json = {{"dry_run", true},
                                   {"examples", examples},
                                   {"comparisons", comparisons},
                                   {"completions", completions}};
    if (prompt_tokens) json["prompt_tokens"] = prompts * *prompt_tokens;
    json["completion_tokens_at_most"] = most_tokens;
    if (cost) json["seconds_at_most"] = cost->seconds;
    context.out.print_json(json);
  } else {
    const std::string read =
        prompt_tokens ? fmt::format(", about {} prompt tokens", prompts * *prompt_tokens) : "";
    const std::string time =
        cost ? fmt::format("; at most about {:.0f} s on this machine", cost->seconds) : "";
    context.out.print(fmt::format(
        "{} examples, {} comparisons, {} completions{}, at most {} completion tokens{}.\n",
        examples, comparisons, completions, read, most_tokens, time));
  }
  return kExitOk;
}

}  // namespace juror
