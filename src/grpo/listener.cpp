#include "grpo/listener.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <limits>

#include "engine/score.h"

namespace juror {

void Listener::listen(const Tokenizer& speaker, std::vector<CollectedGroup>& groups) {
  const Policy self{.model = *model_,
                    .processor = processor_,
                    .prompt_template = template_,
                    .sampling = {},
                    .think = think_};
  const Reading reading =
      make_reading(processor_.tokenizer, template_, think_ ? Opening::kThink : Opening::kAnswer);
  std::vector<Group> shown;
  std::vector<const ModelInput*> prompts;
  for (const CollectedGroup& one : groups)
    shown.push_back(pair_group(self, one.pair, one.group.prompts.size() == 2));
  std::vector<std::size_t> first;
  for (const Group& group : shown) {
    first.push_back(prompts.size());
    for (const ModelInput& prompt : group.prompts) prompts.push_back(&prompt);
  }
  std::vector<Continuation> rows;
  std::vector<double*> places;
  for (CollectedGroup& one : groups)
    one.listener_ps.assign(one.reads.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t k = 0; k < groups[g].reads.size(); ++k) {
      const Sample& sample = groups[g].group.samples[k];
      if (sample.decision <= 0) continue;
      const std::vector<std::int64_t> thought(sample.token_ids.begin(),
                                              sample.token_ids.begin() + sample.decision);
      rows.push_back({.prefix = first[g] + sample.prompt,
                      .token_ids = processor_.tokenizer.encode(
                          speaker.decode(thought, /*skip_special=*/true))});
      places.push_back(&groups[g].listener_ps[k]);
    }
  }
  if (rows.empty()) return;
  const c10::NoGradGuard no_grad;
  const std::vector<Prefix> prefixes =
      prefill(*model_, prompts, frozen_features(*model_, images_of(prompts), features_));
  const Tensor logits = score(*model_, prefixes, rows).logits.to(at::kCPU).contiguous();  // [R, V]
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Tensor row = logits[static_cast<std::int64_t>(r)];
    *places[r] = choice_probability(row[reading.choice_ids[0]].item<double>(),
                                    row[reading.choice_ids[1]].item<double>());
  }
}

}  // namespace juror
