#include "grpo/collect.h"

#include <algorithm>

#include "judge/engine/verdict_parser.h"

namespace juror {
namespace {

Opening opening_of(const Policy& policy) {
  return policy.think ? Opening::kThink : Opening::kAnswer;
}

}  // namespace

std::vector<Group> groups_of(const std::vector<CollectedGroup>& collected) {
  std::vector<Group> groups;
  for (const CollectedGroup& one : collected) groups.push_back(one.group);
  return groups;
}

Group pair_group(const Policy& policy, const TrainingPair& pair, bool both_orders) {
  Group group;
  std::vector<const Candidate*> shown = {&pair.first, &pair.second};
  for (const Candidate& other : pair.others) shown.push_back(&other);
  const auto add = [&] {
    group.prompts.push_back(candidates_prompt(policy.processor, policy.prompt_template, pair.prompt,
                                              shown, opening_of(policy)));
  };
  add();
  std::reverse(shown.begin(), shown.end());
  if (both_orders) add();
  return group;
}

GroupSampler::GroupSampler(const Model& model, const Policy& policy, const CollectOptions& options)
    : options_(options),
      parser_(make_verdict_parser(policy.processor.tokenizer, policy.prompt_template,
                                  opening_of(policy))),
      decoding_(decode_options(parser_, policy.processor, model.config(), policy.sampling)) {}

std::vector<Request> GroupSampler::requests(CollectedGroup& one,
                                            std::span<const Prefix> prefixes) const {
  std::vector<Request> requests(one.group.prompts.size(), Request{.options = decoding_});
  for (std::size_t order = 0; order < requests.size(); ++order) {
    if (prefixes.empty()) {
      requests[order].prompt = std::make_shared<const ModelInput>(one.group.prompts[order]);
    } else {
      requests[order].prefix = std::make_shared<const Prefix>(prefixes[order]);
    }
  }
  for (std::int64_t k = 0; k < options_.num_generations; ++k) {
    const bool swapped = options_.both_orders && k >= options_.num_generations / 2;
    one.swapped.push_back(swapped);
    requests.at(swapped ? 1 : 0)
        .samples.push_back({.seed = options_.seed,
                            .step = options_.step,
                            .prompt = one.index,
                            .sample = static_cast<std::uint64_t>(k)});
  }
  return requests;
}

void GroupSampler::parse(std::vector<Result> results, CollectedGroup& one) const {
  VerdictParser parser = parser_;
  parser.shape.images = one.pair.size();
  for (std::size_t order = 0; order < results.size(); ++order) {
    require_done(results[order]);
    for (Completion& completion : results[order].completions) {
      one.reads.push_back(parse_completion(parser, completion));
      one.group.samples.push_back({.prompt = order,
                                   .token_ids = std::move(completion.token_ids),
                                   .old_logps = std::move(completion.logprobs),
                                   .ref_logps = {},
                                   .truncated = completion.finish != Finish::kStop,
                                   .decision = one.reads.back().decision_token});
    }
  }
}

void sample_completions(Engine& engine, const Policy& policy, const CollectOptions& options,
                        const PrefilledPrompts& prompts, std::vector<CollectedGroup>& collected) {
  const GroupSampler sampler(engine.model(), policy, options);
  std::vector<std::vector<RequestId>> asked;
  for (std::size_t g = 0; g < collected.size(); ++g) {
    const std::span prefixes(
        prompts.prefixes.begin() + static_cast<std::ptrdiff_t>(prompts.first[g]),
        collected[g].group.prompts.size());
    asked.emplace_back();
    for (Request& request : sampler.requests(collected[g], prefixes))
      asked.back().push_back(engine.submit(std::move(request)));
  }
  for (std::size_t g = 0; g < collected.size(); ++g) {
    std::vector<Result> results;
    for (const RequestId id : asked[g]) results.push_back(engine.wait(id));
    sampler.parse(std::move(results), collected[g]);
  }
}

}  // namespace juror
