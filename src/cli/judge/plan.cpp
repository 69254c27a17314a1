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

void add_cost(const VotingCost& cost, Json& json) {
  json["seconds_at_most"] = cost.seconds();
  json["vision_seconds"] = cost.vision_s;
  json["prompt_seconds"] = cost.prompts_s;
  json["completion_seconds"] = cost.completions_s;
  json["weight_bytes"] = cost.weights;
  json["picture_bytes"] = cost.pictures;
  json["cache_bytes_at_most"] = cost.caches;
  json["activation_bytes"] = cost.activations;
  json["peak_bytes"] = cost.peak;
  json["machine_bytes"] = cost.machine;
  json["dtype"] = cost.dtype;
  json["device"] = cost.device;
  json["fits"] = cost.fits();
  json["would_fit"] = fmt::format("{}", fmt::join(cost.would_fit, "; "));
}

/// Where time and memory go, and what would fit where this does not.
std::string cost_text(const VotingCost& cost) {
  std::string text = fmt::format(
      "Time: pictures {:.1f} s, prompts {:.1f} s, completions {:.1f} s. Memory: weights {:.2f} GB, "
      "pictures {:.2f}, keys and values {:.2f}, activations {:.2f} ({} on {}).\n",
      cost.vision_s, cost.prompts_s, cost.completions_s, cost.weights / 1e9, cost.pictures / 1e9,
      cost.caches / 1e9, cost.activations / 1e9, cost.dtype, cost.device);
  if (cost.fits()) return text;
  text += fmt::format("This does not fit: the machine has {:.1f} GB.", cost.machine / 1e9);
  if (!cost.would_fit.empty())
    text += fmt::format(" What would: {}.", fmt::join(cost.would_fit, "; "));
  return text + "\n";
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
  std::string details;
  if (cost_of && work.pair_tokens) {
    const VotingCost cost =
        cost_of({.prompts = static_cast<double>(prompts),
                 .prompt_tokens = static_cast<double>(orders * *work.pair_tokens),
                 .pictures = static_cast<double>(work.pictures),
                 .completions = static_cast<double>(completions),
                 .row_tokens = options.sampling.max_new_tokens});
    add_cost(cost, json);
    text += fmt::format("; at most about {:.1f} s and {:.2f} GB of memory on this machine",
                        cost.seconds(), cost.peak / 1e9);
    details = cost_text(cost);
  }
  if (is_rows(context.out.format())) {
    print_rows(context.out, Json::array({json}));
  } else if (context.out.json()) {
    context.out.print_json(json);
  } else {
    context.out.print(text + ".\n" + details + (work.votes ? shorter_ways(options) : ""));
  }
  return kExitOk;
}

}  // namespace juror
