#include "cli/judge/plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/rows.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// What makes the same comparisons cheaper, of what is not chosen already.
std::string shorter_ways(const JudgeOptions& options) {
  std::vector<std::string> ways;
  const bool thinks = options.thinks();
  if (thinks) ways.push_back("--no-think (one forward read an order)");
  if (thinks && !options.reads_first())
    ways.push_back("--effort auto (thoughts where a forward read leaves a pair open)");
  if (thinks && options.votes > 1) ways.push_back("--votes 1");
  if (options.orders == "both") ways.push_back("--orders given (half, but biased by position)");
  if (thinks) ways.push_back("a smaller --max-new-tokens");
  return ways.empty() ? "" : fmt::format("Shorter: {}.\n", fmt::join(ways, "; "));
}

}  // namespace

int print_plan(const PlannedWork& work, const JudgeOptions& options, const CostOfVoting& cost_of,
               Context& context) {
  const std::int64_t orders = options.orders == "both" ? 2 : 1;
  const std::int64_t prompts = orders * work.comparisons;
  const std::int64_t completions =
      work.votes && options.thinks() ? prompts * options.votes_an_order() : 0;
  const std::int64_t most_tokens = completions * options.sampling.max_new_tokens;
  Json json = {{"dry_run", true},
               {work.units, work.count},
               {"comparisons", work.comparisons},
               {"completions", completions}};
  std::string text = fmt::format("{} {}, {} comparisons, {} completions", work.count, work.units,
                                 work.comparisons, completions);
  if (work.pair_tokens) {
    json["prompt_tokens"] = orders * *work.pair_tokens;
    text += fmt::format(", about {} prompt tokens", orders * *work.pair_tokens);
  }
  json["completion_tokens_at_most"] = most_tokens;
  text += fmt::format(", at most {} completion tokens", most_tokens);
  if (cost_of && work.pair_tokens) {
    const VotingCost cost =
        cost_of({.prompts = static_cast<double>(prompts),
                 .prompt_tokens = static_cast<double>(orders * *work.pair_tokens),
                 .completion_tokens = static_cast<double>(most_tokens),
                 .orders = static_cast<double>(orders),
                 .rows = options.batch_rows,
                 .row_tokens = options.sampling.max_new_tokens});
    json["seconds_at_most"] = cost.seconds;
    json["cache_bytes_at_most"] = cost.cache_bytes;
    text += fmt::format("; at most about {:.1f} s and {:.0f} MB of cache on this machine",
                        cost.seconds, cost.cache_bytes / 1e6);
  }
  if (is_rows(context.out.format())) {
    print_rows(context.out, Json::array({json}));
  } else if (context.out.json()) {
    context.out.print_json(json);
  } else {
    context.out.print(text + ".\n" + (work.votes ? shorter_ways(options) : ""));
  }
  return kExitOk;
}

}  // namespace juror
