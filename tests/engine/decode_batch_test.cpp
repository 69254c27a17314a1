// The order in which rows are decoded.
#include "engine/decode_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tiny_model.h"

namespace juror {
namespace {

TEST(DecodeBatch, RowsThatShareAPrefixStandSideBySideWheneverTheyJoin) {
  const auto model = tiny_model();
  FeatureCache features;
  const auto a = std::make_shared<const Prefix>(prefill(*model, tiny_prompt(1), features)),
             b = std::make_shared<const Prefix>(prefill(*model, tiny_prompt(4), features));
  const DecodeOptions options;
  std::vector<Completion> completions(6);
  const auto row = [&](const std::shared_ptr<const Prefix>& prefix, std::size_t sample) {
    return DecodedRow{.prefix = prefix,
                      .options = &options,
                      .name = {.sample = sample},
                      .completion = &completions[sample],
                      .sample = sample};
  };
  DecodeBatch batch(*model);
  const auto order = [&] {
    std::vector<std::size_t> samples;
    for (const DecodedRow& one : batch.rows()) samples.push_back(one.sample);
    return samples;
  };
  batch.join({row(a, 0), row(b, 1)});
  batch.draw();
  batch.forward();
  batch.join({row(b, 2), row(a, 3), row(b, 4)});
  EXPECT_THAT(order(), ::testing::ElementsAre(0, 3, 1, 2, 4));
  batch.draw();
  batch.rows()[1].is_finished = true;
  batch.drop_finished();
  batch.forward();
  batch.join({row(a, 5)});
  EXPECT_THAT(order(), ::testing::ElementsAre(0, 5, 1, 2, 4));
}

}  // namespace
}  // namespace juror
