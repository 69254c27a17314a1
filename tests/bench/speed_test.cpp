// The parts of the benchmark whose results are known, and the jobs on a tiny checkpoint: shapes and
// counts, no times.
#include "bench/speed.h"

#include <gmock/gmock.h>

#include "bench/memory.h"
#include "bench/model.h"
#include "model/processor.h"
#include "model/weights.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr BenchModelSizes kTiny = {.text_layers = 2,
                                   .text_width = 32,
                                   .text_heads = 2,
                                   .text_kv_heads = 1,
                                   .text_mlp = 48,
                                   .vocabulary = 400,
                                   .vision_depth = 2,
                                   .vision_width = 32,
                                   .vision_heads = 2,
                                   .vision_mlp = 40};

TEST(Spread, MedianOfAnOddNumberIsTheMiddleValue) {
  const Spread got = spread({5, 1, 4});
  EXPECT_EQ(got.median, 4);
  EXPECT_EQ(got.min, 1);
  EXPECT_EQ(got.max, 5);
}

TEST(Spread, MedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(spread({8, 1, 2, 4}).median, 3);
}

TEST(Spread, NoValuesAreRefused) {
  EXPECT_THAT(refusal_of([] { spread({}); }, ErrorKind::kUser), HasSubstr("without any value"));
}

TEST(ReadPeerOutput, TakesTheJobsAndPassesOverOtherLines) {
  const auto got = read_peer_output(
      "Loading: 3 of 4 s\nreuse float32: 16.25 s\nplain float32: 41.5 s\n", {"plain", "reuse"});
  EXPECT_THAT(got, ElementsAre(Pair("plain", 41.5), Pair("reuse", 16.25)));
}

TEST(ReadPeerOutput, AMissingJobIsNamedWithWhatWasPrinted) {
  const std::string said =
      refusal_of([] { read_peer_output("reuse float32: 1 s\n", {"plain"}); }, ErrorKind::kUser);
  EXPECT_THAT(said, HasSubstr("'plain DTYPE: N s'"));
  EXPECT_THAT(said, HasSubstr("reuse float32: 1 s"));
}

TEST(Memory, StatusLinesAreReadInBytes) {
  const std::string status = "Name:\tjuror\nVmPeak:\t  9 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 7 kB\n";
  EXPECT_EQ(status_bytes(status, "VmHWM"), 1234 * 1024);
  EXPECT_EQ(status_bytes(status, "VmSwap"), 0);
}

TEST(Memory, ThePeakIsAtLeastWhatIsHeld) {
  EXPECT_GT(resident_bytes(), 1 << 20);
  EXPECT_GE(peak_bytes(), resident_bytes());
}

TEST(BenchModel, IsAFolderThatLoadsAndIsWrittenOnce) {
  const TempFolder folder;
  EXPECT_TRUE(make_bench_model(kTiny, folder.path()));
  EXPECT_FALSE(make_bench_model(kTiny, folder.path()));
  const auto model = load_model(folder.path(), {});
  EXPECT_EQ(model->config().text.vocabulary, 400);
  EXPECT_EQ(load_processor(folder.path(), model->config()).tokenizer.id_of("<|image_pad|>"),
            model->config().image_token);
}

TEST(BenchPrompt, IsThePromptOfThePeerScript) {
  const TempFolder folder;
  make_bench_model(kTiny, folder.path());
  const ModelConfig config = load_config(folder.path());
  const BenchShape shape = {.grid = 4, .text_before = 2, .text_after = 1};
  const ModelInput input = bench_prompt(config, shape, noise_images(config, 4));
  const std::int64_t start = config.vision_start_token, image = config.image_token;
  EXPECT_THAT(input.token_ids, ElementsAre(5, 5, start, image, image, image, image, 7, start, image,
                                           image, image, image, 7, 9));
  ASSERT_EQ(input.spans.size(), 2u);
  EXPECT_EQ(input.spans[1].begin, 9);
  EXPECT_EQ(input.spans[1].length, 4);
  EXPECT_NE(input.images[0]->key, input.images[1]->key);
}

TEST(TimeThinking, DecodesEveryTokenAndEncodesEachImageOnceForBothOrders) {
  const TempFolder folder;
  make_bench_model(kTiny, folder.path());
  const auto model = load_model(folder.path(), {});
  const ThinkingTime time = time_thinking(
      *model, {.thoughts = 3, .tokens = 5, .grid = 4, .text_before = 2, .text_after = 1});
  EXPECT_EQ(time.tokens, 2 * 3 * 5);
  EXPECT_EQ(time.images_encoded, 2);
  // Keys and values of 2 x 15 prompt tokens and 2 x 3 x 5 of thoughts: 2 layers, 1 head of 16, 4
  // bytes.
  EXPECT_EQ(time.cache_bytes, 2 * (30 + 30) * 2 * 16 * 4);
  EXPECT_GT(time.decode_s, 0);
  EXPECT_GT(time_read(*model, {.grid = 4}), 0);
}

}  // namespace
}  // namespace juror
