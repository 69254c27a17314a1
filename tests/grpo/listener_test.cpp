// A listener that is the speaker itself hears in a thought what the speaker would answer.
#include "grpo/listener.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/pictures.h"
#include "model/weights.h"
#include "test_device.h"

namespace juror {
namespace {

class SelfListening : public ::testing::Test {
 protected:
  SelfListening() { at::set_num_threads(1); }

  TrainingPair pair(int scene) const {
    TrainingPair made;
    made.first =
        prepare_candidate(testing::make_scene(160, 120, scene), template_, processor_.patches);
    made.second =
        prepare_candidate(testing::make_scene(120, 160, scene + 1), template_, processor_.patches);
    return made;
  }

  const std::filesystem::path folder_ = std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini";
  const std::shared_ptr<const Model> model_ = load_model(folder_, test_load());
  const Processor processor_ = load_processor(folder_, model_->config());
  const PromptTemplate template_ = find_template(folder_, "");
};

TEST_F(SelfListening, AgreesWithTheSpeakersOwnDecision) {
  // greedy thoughts are spelled as the tokenizer would spell them, so the listener reads the very
  // same tokens
  const Policy policy{.processor = processor_,
                      .prompt_template = template_,
                      .sampling = {.temperature = 0, .max_new_tokens = 64}};
  std::vector<CollectedGroup> groups;
  std::vector<Group> shown;
  for (const int scene : {0, 4}) {
    groups.push_back({.pair = pair(scene), .index = static_cast<std::uint64_t>(scene)});
    groups.back().group = pair_group(policy, groups.back().pair, /*both_orders=*/true);
    shown.push_back(groups.back().group);
  }
  Engine engine(model_);
  sample_completions(engine, policy, {.num_generations = 2, .both_orders = true},
                     prefill_groups(*model_, shown, &engine.features()), groups);
  Listener listener(model_, processor_, template_, /*think=*/true);
  listener.listen(processor_.tokenizer, groups);
  for (const CollectedGroup& one : groups) {
    for (std::size_t k = 0; k < one.reads.size(); ++k) {
      ASSERT_FALSE(std::isnan(one.reads[k].verdict.p));
      EXPECT_NEAR(one.listener_ps[k], one.reads[k].verdict.p, 1e-4);
    }
  }
}

TEST_F(SelfListening, HearsNothingWhereTheSpeakerDidNotAnswer) {
  std::vector<CollectedGroup> groups(1);
  groups[0].pair = pair(0);
  const Policy policy{.processor = processor_, .prompt_template = template_, .sampling = {}};
  groups[0].group = pair_group(policy, groups[0].pair, /*both_orders=*/false);
  groups[0].reads.resize(1);
  groups[0].group.samples.push_back({.token_ids = {1, 2}});
  Listener(model_, processor_, template_, true).listen(processor_.tokenizer, groups);
  EXPECT_TRUE(std::isnan(groups[0].listener_ps.at(0)));
}

}  // namespace
}  // namespace juror
