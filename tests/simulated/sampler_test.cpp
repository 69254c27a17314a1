// Sampling on the simulated accelerator: the tokens of the CPU, and one copy to the host.
#include "engine/sampler.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "simulated/backend.h"

namespace juror {
namespace {

TEST(DrawTokensOnADevice, AreThoseOfTheCpuAndComeInOneCopy) {
  simulated_start();
  const Tensor logits = at::randn({12, 700}, at::make_generator<at::CPUGeneratorImpl>(7)) * 3;
  const Tensor there = logits.to(at::Device("simulated:0"));
  const std::vector<SamplingOptions> options = {
      {}, {.temperature = 0}, {.temperature = 0.7, .top_k = 20}, {.top_p = 0.8, .min_p = 0.02}};
  const std::vector<std::int64_t> watched = {3, 699};
  BannedTokens banned(700);
  for (std::int64_t id = 100; id < 300; ++id) banned.ban(id);
  std::vector<RowSampling> rows;
  for (std::size_t i = 0; i < 12; ++i) {
    rows.push_back({.options = &options[i % options.size()],
                    .banned = i % 3 == 0 ? nullptr : &banned,
                    .uniform = token_draw({.seed = 5, .sample = i}, 0)});
    if (i % 2 == 0) rows.back().watched_ids = watched;
  }
  const std::vector<DrawnToken> here = draw_tokens(logits, rows);
  simulated_reset_counts();
  const std::vector<DrawnToken> drawn = draw_tokens(there, rows);
  EXPECT_EQ(simulated_counts().device_to_host, 1);
  EXPECT_EQ(simulated_counts().items, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(drawn[i].id, here[i].id) << i;
    EXPECT_NEAR(drawn[i].logprob, here[i].logprob, 1e-6) << i;
    EXPECT_EQ(drawn[i].watched, here[i].watched) << i;
  }
}

TEST(DrawTokensOnADevice, SendUpOneTableAStepWhereAllRowsBanTheSame) {
  simulated_start();
  const Tensor there = at::zeros({4, 700}).to(at::Device("simulated:0"));
  const SamplingOptions options;
  BannedTokens banned(700);
  banned.ban(0);
  const std::vector<RowSampling> rows(4, {.options = &options, .banned = &banned, .uniform = 0.5});
  draw_tokens(there, rows);  // the mask goes up once
  simulated_reset_counts();
  draw_tokens(there, rows);
  EXPECT_EQ(simulated_counts().host_to_device, 1);
  EXPECT_EQ(simulated_counts().device_to_host, 1);
}

}  // namespace
}  // namespace juror
