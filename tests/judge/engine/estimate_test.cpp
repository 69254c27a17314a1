// What a plan says of memory against what judging allocates.
#include "engine/estimate.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "counting_allocator.h"
#include "data/pictures.h"
#include "engine/tiny_model.h"
#include "judge/engine/load_voter.h"
#include "judge/engine/plan_voter.h"
#include "judge/judge.h"
#include "model/weights.h"
#include "tensor/strip_weight.h"

namespace juror {
namespace {

const std::filesystem::path kMini = std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini";
const std::vector<PairIndex> kAllPairs = {{0, 1}, {0, 2}, {1, 2}};

/// Three pictures judged in all pairs and both orders.
struct Job {
  std::string dtype;
  int width = 0, height = 0;
  std::int64_t votes = 0, tokens = 0;

  JudgeOptions options() const {
    JudgeOptions o;
    o.votes = votes;
    o.sampling.max_new_tokens = tokens;
    return o;
  }
  std::vector<CandidateImage> candidates(const Judge& judge) const {
    std::vector<CandidateImage> cut;
    for (int i = 0; i < 3; ++i) cut.push_back(judge.prepare(testing::make_scene(width, height, i)));
    return cut;
  }
};

/// Bytes of tensors at most, the model's included.
double measured(const Job& job) {
  at::set_num_threads(1);
  CountingAllocator& allocator = CountingAllocator::instance();
  allocator.begin();
  Judge judge(load_engine_voter(kMini, {.device = "cpu", .dtype = job.dtype}),
              template_of_model(kMini, ""));
  judge.compare("", job.candidates(judge), kAllPairs, job.options(), nullptr);
  return static_cast<double>(allocator.peak());
}

EngineMemory estimated(const Job& job) {
  const ModelConfig config = load_config(kMini);
  auto voter = std::make_unique<PlanVoter>(load_processor(kMini, config));
  PlanVoter& plan = *voter;
  const Judge judge(std::move(voter), template_of_model(kMini, ""));
  const std::vector<CandidateImage> candidates = job.candidates(judge);
  for (const PairIndex& pair : kAllPairs)
    judge.prompt_tokens("", std::vector{candidates[pair.first], candidates[pair.second]}, true);
  const EngineWork work{.prompts = 6,
                        .prompt_tokens = plan.longest_prompt(),
                        .prompt_patches = plan.most_patches(),
                        .patches = 1.5 * static_cast<double>(plan.most_patches()),
                        .completions = 6.0 * static_cast<double>(job.votes),
                        .completion_tokens = job.tokens};
  return engine_memory(config, judging_compute(kMini, {.device = "cpu", .dtype = job.dtype}), {},
                       work);
}

class Estimate : public ::testing::TestWithParam<Job> {};

TEST_P(Estimate, OfAJudgesMemoryIsWithinATenthOfWhatItTakes) {
  const EngineMemory memory = estimated(GetParam());
  const double peak = measured(GetParam());
  EXPECT_NEAR(memory.peak() / peak, 1, 0.1)
      << peak / 1e6 << " MB measured; weights " << memory.weights / 1e6 << ", pictures "
      << memory.pictures / 1e6 << ", caches " << memory.caches() / 1e6 << ", vision "
      << memory.vision / 1e6 << ", prefill " << memory.prefill / 1e6 << ", decode "
      << memory.decode / 1e6;
}

INSTANTIATE_TEST_SUITE_P(Jobs, Estimate,
                         ::testing::Values(Job{"float32", 224, 168, 4, 60},
                                           Job{"float32", 640, 480, 2, 60},
                                           Job{"int8", 224, 168, 1, 8},
                                           Job{"int4", 640, 480, 8, 60}));

/// A prompt of 255 tokens through layers of 8,192 inputs: laying rows out for the CPU's kernels
/// takes a fifth of it.
TEST(Estimate, CountsTheRowsOfAWideLayerThatAreLaidOutOnceMore) {
  if (!fits_strips(at::zeros({16, 2}, at::kBFloat16)))
    GTEST_SKIP() << "this CPU does not multiply bf16 by strips";
  ModelConfig config = tiny_config();
  config.text.mlp_width = 8192;
  const Compute compute{.device = at::kCPU, .dtype = at::kBFloat16};
  const std::shared_ptr<Model> model = random_model(config, 3, 0.02);
  move_model(*model, compute);
  lay_out_to_judge(*model);
  const EngineMemory memory =
      engine_memory(config, compute, {}, {.prompts = 1, .prompt_tokens = 255, .completions = 0});
  at::set_num_threads(1);
  CountingAllocator& allocator = CountingAllocator::instance();
  allocator.begin();
  Engine(model).run({{.prompt = std::make_shared<const ModelInput>(
                          ModelInput{.token_ids = std::vector<std::int64_t>(255, 7)})}});
  const auto peak = static_cast<double>(allocator.peak());
  EXPECT_NEAR((memory.peak() - memory.weights) / peak, 1, 0.1) << peak / 1e6 << " MB measured";
}

TEST(WeightBytes, AreThoseOfTheModelAsItIsKept) {
  for (const char* dtype : {"int8", "int4", "float32"}) {
    const Compute compute = judging_compute(kMini, {.device = "cpu", .dtype = dtype});
    const auto model = load_model(kMini, load_options(compute));
    double bytes = 0;
    model->visit_linears([&](const std::string&, Linear& linear, const LinearShape&) {
      if (linear.quantized.defined()) bytes += static_cast<double>(linear.quantized.bytes());
    });
    for (const auto& [name, parameter] : named_parameters(*model))
      if (parameter.defined()) bytes += static_cast<double>(parameter.nbytes());
    EXPECT_EQ(weight_bytes(model->config(), compute), bytes) << dtype;
  }
}

TEST(PlanVoter, ReadsQuestionsAsTheEngineWouldAndAnswersNone) {
  const ModelConfig config = load_config(kMini);
  Judge judge(std::make_unique<PlanVoter>(load_processor(kMini, config)),
              template_of_model(kMini, ""));
  const Job job{"float32", 224, 168, 1, 8};
  const Judge real(load_engine_voter(kMini, {.device = "cpu"}), template_of_model(kMini, ""));
  const std::vector<CandidateImage> candidates = job.candidates(judge);
  const std::vector<CandidateImage> pair = {candidates[0], candidates[1]};
  EXPECT_EQ(judge.prompt_tokens("", pair, true), real.prompt_tokens("", pair, true));
  EXPECT_THROW(judge.compare("", candidates, kAllPairs, job.options(), nullptr), Error);
}

}  // namespace
}  // namespace juror
