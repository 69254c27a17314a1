// answer_gradient = exact and score against the gradient of the expected reward itself, which a
// policy of three words lets one enumerate: through scoring, loss and backward pass as the trainer
// calls them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/tiny_model.h"
#include "grpo/answer_path.h"
#include "grpo/scoring.h"
#include "grpo/step.h"

namespace juror {
namespace {

constexpr std::int64_t kWords = 3, kFirst = 0, kSecond = 1;  // "1", "2" and another word
constexpr std::int64_t kCompletions = kWords * kWords;       // a thought of one word and an answer
constexpr std::size_t kGroup = 4;                            // two completions in each order
constexpr double kTemperature = 0.7, kShare = 0.8;

std::unique_ptr<Model> three_word_model() {
  ModelConfig config = tiny_config();
  config.text.vocabulary = kWords;
  return random_model(config, 5, 0.25);
}

ModelInput prompt(bool swapped) {
  ModelInput input;
  input.token_ids =
      swapped ? std::vector<std::int64_t>{2, 1, 0} : std::vector<std::int64_t>{2, 0, 1};
  return input;
}

/// What the policy does behind a prompt. Differentiable, fp64.
struct Behaviour {
  Tensor chance;  // [9]: of thought t with answer a, at 3t + a
  Tensor p;       // [9]: P(first shown) behind the thought
};

Behaviour behaviour_of(const Model& model, bool swapped) {
  const ModelInput input = prompt(swapped);
  const auto length = static_cast<std::int64_t>(input.token_ids.size());
  std::vector<Tensor> chances, ps;
  for (std::int64_t thought = 0; thought < kWords; ++thought) {
    const Tensor logits = full_logits(model, input, {thought}).to(at::kDouble);
    const Tensor words = at::softmax(logits[length - 1] / kTemperature, -1),
                 answers = at::softmax(logits[length] / kTemperature, -1);
    for (std::int64_t answer = 0; answer < kWords; ++answer) {
      chances.push_back(words[thought] * answers[answer]);
      ps.push_back((logits[length][kFirst] - logits[length][kSecond]).sigmoid());
    }
  }
  return {.chance = at::stack(chances), .p = at::stack(ps)};
}

bool is_read(std::int64_t completion) { return completion % kWords != 2; }

/// Completions by their number in each of the four places of a group.
using Draw = std::array<std::int64_t, kGroup>;

std::vector<Draw> all_draws() {
  std::vector<Draw> draws;
  for (std::int64_t i = 0; i < kCompletions * kCompletions * kCompletions * kCompletions; ++i) {
    Draw draw;
    for (std::int64_t rest = i; auto& place : draw)
      place = rest % kCompletions, rest /= kCompletions;
    draws.push_back(draw);
  }
  return draws;
}

CollectedGroup collected(const Draw& draw, const std::array<Behaviour, 2>& orders) {
  CollectedGroup one;
  one.pair.vote_share = kShare;
  for (std::size_t k = 0; k < kGroup; ++k) {
    const bool swapped = k >= kGroup / 2;
    const std::int64_t answer = draw[k] % kWords;
    ParsedCompletion read{.verdict = {.status = Status::kBadAnswer}};
    if (is_read(draw[k])) {
      read.verdict = {.answer = answer == kFirst ? "1" : "2",
                      .p = orders[swapped ? 1 : 0].p[draw[k]].item<double>(),
                      .status = Status::kOk};
      read.decision_token = 1;
    }
    one.reads.push_back(read);
    one.swapped.push_back(swapped);
    one.group.samples.push_back({.prompt = swapped ? 1U : 0U,
                                 .token_ids = {draw[k] / kWords, answer},
                                 .decision = read.decision_token});
  }
  return one;
}

double chance_of(const Draw& draw, const std::array<Behaviour, 2>& orders) {
  double chance = 1;
  for (std::size_t k = 0; k < kGroup; ++k)
    chance *= orders[k / (kGroup / 2)].chance[draw[k]].item<double>();
  return chance;
}

class AnswerGradient : public ::testing::Test {
 protected:
  AnswerGradient() {
    for (auto& [name, parameter] : named_parameters(*model_)) parameter.requires_grad_(true);
  }

  std::array<Behaviour, 2> orders() const {
    return {behaviour_of(*model_, false), behaviour_of(*model_, true)};
  }

  /// Gradients of the decoder's parameters, which are then without.
  NamedTensors take_gradients() {
    NamedTensors gradients;
    for (auto& [name, parameter] : named_parameters(*model_)) {
      if (!parameter.grad().defined()) continue;
      gradients.emplace_back(name, parameter.grad().clone());
      parameter.mutable_grad().reset();
    }
    return gradients;
  }

  /// What training would do on average: every group that can be drawn, weighted by its chance. The
  /// loss is linear in what scoring leaves on a completion, so equal completions are put together.
  NamedTensors trained(const std::string& reward, const std::string& answer_gradient) {
    const std::array<Behaviour, 2> policy = orders();
    std::vector<CollectedGroup> groups;
    for (const Draw& draw : all_draws()) groups.push_back(collected(draw, policy));
    ScoringOptions scoring;
    scoring.reward_funcs = {reward};
    scoring.answer_gradient = answer_gradient;
    score_groups(scoring, "none", /*max_completion_length=*/10, groups);
    Group all{.prompts = {prompt(false), prompt(true)}, .samples = {}};
    const auto samples = static_cast<std::size_t>(2 * kCompletions);
    all.samples.resize(samples);
    for (std::size_t g = 0; const Draw& draw : all_draws()) {
      const double chance = chance_of(draw, policy);
      for (std::size_t k = 0; k < kGroup; ++k) {
        const Sample& from = groups[g].group.samples[k];
        Sample& to = all.samples[from.prompt * kCompletions + static_cast<std::size_t>(draw[k])];
        to.prompt = from.prompt, to.token_ids = from.token_ids, to.decision = from.decision;
        to.advantage += chance * from.advantage;
        to.decision_advantage += chance * from.decision_advantage;
        to.choice_advantage += chance * from.choice_advantage;
        to.slope += chance * from.slope;
      }
      ++g;
    }
    accumulate_gradients(
        *model_, std::span(&all, 1),
        {.pass = {.temperature = kTemperature, .choice_ids = {kFirst, kSecond}}, .loss = {}},
        {.batch_tokens = 1}, nullptr, nullptr);
    return take_gradients();
  }

  static void expect_same(const NamedTensors& found, const NamedTensors& expected) {
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double norm = expected[i].second.norm().item<double>();
      largest = std::max(largest, norm);
      EXPECT_LE((found[i].second - expected[i].second).norm().item<double>(), 1e-4 * norm + 1e-6)
          << found[i].first;
    }
    EXPECT_GT(largest, 1e-2);
  }

  const std::unique_ptr<Model> model_ = three_word_model();
};

struct RewardOfP {
  const char* name;
  std::function<Tensor(const Tensor& p, double share)> value;
};
void PrintTo(const RewardOfP& reward, std::ostream* out) { *out << reward.name; }

class AnswerGradientOfP : public AnswerGradient, public ::testing::WithParamInterface<RewardOfP> {
 protected:
  /// −(1 − 1/G) Σ E[r(p)] over the completions of a group: a mean that holds the completion itself
  /// as baseline shortens the gradient by 1/G and does not turn it. `exact`: p follows the weights.
  NamedTensors enumerated(bool exact) {
    Tensor sum = at::zeros({}, at::kDouble);
    for (std::size_t order = 0; const Behaviour& b : orders()) {
      const Tensor value =
          GetParam().value(exact ? b.p : b.p.detach(), order == 0 ? kShare : 1 - kShare);
      for (std::int64_t c = 0; c < kCompletions; ++c)
        if (is_read(c)) sum = sum + b.chance[c] * value[c];
      ++order;
    }
    (-sum * (kGroup / 2.0) * (1 - 1.0 / kGroup)).backward();
    return take_gradients();
  }
};

TEST_P(AnswerGradientOfP, WhenExactIsThatOfTheExpectedReward) {
  expect_same(trained(GetParam().name, "exact"), enumerated(true));
}

TEST_P(AnswerGradientOfP, WhenScoreFollowsTheDrawAlone) {
  expect_same(trained(GetParam().name, "score"), enumerated(false));
}

INSTANTIATE_TEST_SUITE_P(
    Rewards, AnswerGradientOfP,
    ::testing::Values(
        RewardOfP{"soft", [](const Tensor& p, double v) { return v > 0.5 ? p : 1 - p; }},
        RewardOfP{"soft_votes",
                  [](const Tensor& p, double v) { return p * v + (1 - p) * (1 - v); }},
        RewardOfP{"brier", [](const Tensor& p, double v) { return 1 - (p - v).square(); }},
        RewardOfP{"log",
                  [](const Tensor& p, double v) {
                    return 1 + (v * p.log() + (1 - v) * (1 - p).log()).clamp_min(-4) / 4;
                  }},
        RewardOfP{
            "fidelity",
            [](const Tensor& p, double v) { return (p * v).sqrt() + ((1 - p) * (1 - v)).sqrt(); }}),
    [](const auto& info) { return info.param.name; });

/// A reward that compares completions of a group: values [4][n] from ps [4][n], each for its own
/// first shown, and whether they were read.
using GroupValue = std::function<std::vector<Tensor>(const std::vector<Tensor>& ps,
                                                     const std::vector<Tensor>& reads)>;

std::vector<Tensor> flip_values(const std::vector<Tensor>& ps, const std::vector<Tensor>& reads) {
  std::vector<Tensor> values;
  for (std::size_t k = 0; k < kGroup; ++k) {
    const std::size_t other = (k + kGroup / 2) % kGroup;
    values.push_back((1 - (ps[k] + ps[other] - 1).abs()) * reads[k] * reads[other]);
  }
  return values;
}

std::vector<Tensor> consensus_values(const std::vector<Tensor>& ps,
                                     const std::vector<Tensor>& reads) {
  std::vector<Tensor> of_i, values;  // p of image i of the pair
  Tensor sum = at::zeros_like(reads[0]), count = sum;
  for (std::size_t k = 0; k < kGroup; ++k) {
    of_i.push_back(k < kGroup / 2 ? ps[k] : 1 - ps[k]);
    sum = sum + of_i[k] * reads[k];
    count = count + reads[k];
  }
  const Tensor mean = sum / count.clamp_min(1);
  for (std::size_t k = 0; k < kGroup; ++k)
    values.push_back((of_i[k] * mean + (1 - of_i[k]) * (1 - mean)) * reads[k]);
  return values;
}

struct SharedReward {
  const char* name;
  GroupValue value;
};
void PrintTo(const SharedReward& reward, std::ostream* out) { *out << reward.name; }

class AnswerGradientOfGroups : public AnswerGradient,
                               public ::testing::WithParamInterface<SharedReward> {
 protected:
  /// Each completion moves its own advantage, in its chance and its p; the others of its group
  /// stay.
  NamedTensors enumerated() {
    const std::array<Behaviour, 2> policy = orders();
    const std::vector<Draw> draws = all_draws();
    std::vector<Tensor> chances, ps, reads;  // [4][n]
    for (std::size_t k = 0; k < kGroup; ++k) {
      std::vector<std::int64_t> places;
      std::vector<double> read;
      for (const Draw& draw : draws) places.push_back(draw[k]), read.push_back(is_read(draw[k]));
      const Behaviour& b = policy[k / (kGroup / 2)];
      chances.push_back(b.chance.index_select(0, at::tensor(places)));
      ps.push_back(b.p.index_select(0, at::tensor(places)));
      reads.push_back(at::tensor(read, at::kDouble));
    }
    Tensor sum = at::zeros({}, at::kDouble);
    for (std::size_t own = 0; own < kGroup; ++own) {
      std::vector<Tensor> seen;
      Tensor chance = chances[own];
      for (std::size_t k = 0; k < kGroup; ++k) {
        seen.push_back(k == own ? ps[k] : ps[k].detach());
        if (k != own) chance = chance * chances[k].detach();
      }
      const Tensor values = at::stack(GetParam().value(seen, reads));  // [4, n]
      const Tensor has_spread =
          (values.amax(0) - values.amin(0)).detach() > 1e-9;  // else no lesson
      sum = sum +
            (chance * (values[static_cast<std::int64_t>(own)] - values.mean(0)) * has_spread).sum();
    }
    (-sum).backward();
    return take_gradients();
  }
};

TEST_P(AnswerGradientOfGroups, WhenExactIsThatOfEachCompletionsExpectedAdvantage) {
  expect_same(trained(GetParam().name, "exact"), enumerated());
}

INSTANTIATE_TEST_SUITE_P(Rewards, AnswerGradientOfGroups,
                         ::testing::Values(SharedReward{"flip", flip_values},
                                           SharedReward{"consensus", consensus_values}),
                         [](const auto& info) { return info.param.name; });

TEST_F(AnswerGradient, IsTheSameWhicheverAnswerWasDrawn) {
  const auto gradients = [&](std::int64_t answer, double choice_advantage) {
    Group group{.prompts = {prompt(false)}, .samples = {}};
    group.samples.push_back({.token_ids = {2, answer},
                             .advantage = 0.7,
                             .decision = 1,
                             .decision_advantage = 0.7,
                             .choice_advantage = choice_advantage,
                             .slope = 0.4});
    accumulate_gradients(
        *model_, std::span(&group, 1),
        {.pass = {.temperature = kTemperature, .choice_ids = {kFirst, kSecond}}, .loss = {}},
        {.batch_tokens = 1}, nullptr, nullptr);
    return take_gradients();
  };
  expect_same(gradients(kFirst, 0.7), gradients(kSecond, 0.7));
  const Tensor first = gradients(kFirst, 0).front().second,
               second = gradients(kSecond, 0).front().second;
  EXPECT_GT((first - second).norm().item<double>(), 1e-2);  // without it they would differ
}

TEST_F(AnswerGradient, FollowsThePathOnlyWhereTheDecidingTokenCounts) {
  const auto largest_gradient = [&](std::int64_t decision, Tensor* entropies) {
    Group group{.prompts = {prompt(false)}, .samples = {}};
    group.samples.push_back({.token_ids = {2, 0}, .decision = decision, .slope = 1});
    const MicroBatchResult result = accumulate_gradients(
        *model_, std::span(&group, 1),
        {.pass = {.choice_ids = {kFirst, kSecond}}, .loss = {.top_entropy_quantile = 0.4}},
        {.batch_tokens = 2}, nullptr, nullptr);
    if (entropies) *entropies = result.entropies;
    double largest = 0;
    for (const auto& [name, gradient] : take_gradients())
      largest = std::max(largest, gradient.abs().max().item<double>());
    return largest;
  };
  Tensor entropies;
  largest_gradient(0, &entropies);
  const auto likely = entropies.argmin().item<std::int64_t>();
  EXPECT_EQ(largest_gradient(likely, nullptr), 0);
  EXPECT_GT(largest_gradient(1 - likely, nullptr), 1e-3);
}

}  // namespace
}  // namespace juror
