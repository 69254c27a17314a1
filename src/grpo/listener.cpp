#include "grpo/listener.h"

#include <limits>

#include "preference/decision.h"

namespace juror {
namespace {

/// What the listener hears of a completion: its words up to the deciding token; none where it was
/// not read.
std::vector<std::int64_t> heard(const Tokenizer& speaker, const Tokenizer& listener,
                                const Sample& sample) {
  if (sample.decision <= 0) return {};
  const std::vector<std::int64_t> thought(sample.token_ids.begin(),
                                          sample.token_ids.begin() + sample.decision);
  return listener.encode(speaker.decode(thought, /*skip_special=*/true));
}

}  // namespace

void Listener::listen(const Tokenizer& speaker, std::vector<CollectedGroup>& groups) {
  const Policy self{
      .processor = processor_, .prompt_template = template_, .sampling = {}, .think = think_};
  const VerdictParser parser = make_verdict_parser(processor_.tokenizer, template_,
                                                   think_ ? Opening::kThink : Opening::kAnswer);
  std::vector<Request> requests;
  std::vector<double*> places;
  for (CollectedGroup& one : groups) {
    one.listener_ps.assign(one.reads.size(), std::numeric_limits<double>::quiet_NaN());
    const Group shown = pair_group(self, one.pair, one.group.prompts.size() == 2);
    std::vector<std::shared_ptr<const ModelInput>> prompts;
    for (const ModelInput& prompt : shown.prompts)
      prompts.push_back(std::make_shared<const ModelInput>(prompt));
    for (std::size_t k = 0; k < one.reads.size(); ++k) {
      const Sample& sample = one.group.samples[k];
      std::vector<std::int64_t> given = heard(speaker, processor_.tokenizer, sample);
      if (given.empty()) continue;
      requests.push_back({.prompt = prompts[sample.prompt], .given = std::move(given)});
      requests.back().options.watched_ids.assign(parser.choice_ids.begin(),
                                                 parser.choice_ids.end());
      places.push_back(&one.listener_ps[k]);
    }
  }
  const std::vector<Result> results = engine_.run(std::move(requests));
  for (std::size_t r = 0; r < results.size(); ++r)
    *places[r] = choice_probability(results[r].next[0], results[r].next[1]);
  engine_.forget_prefixes();  // a run that was resumed here computes the same bits
}

}  // namespace juror
