// The shapes in which rerank, score and reward clients ask, and those that they read: one recorded
// request of each, and the keys of the reply that the client looks at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/test_server.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

struct ConsumersTest : ::testing::Test {
  json ok(const std::string& path, const json& body) {
    const Reply reply = server.post(path, body);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.json();
  }
  TestServer server;
};

/// Indices by falling relevance, which is what every rerank client reads.
std::vector<int> order_of(const json& reply) {
  std::vector<int> order;
  double last = 1;
  for (const json& result : reply["results"]) {
    order.push_back(result["index"]);
    EXPECT_LE(result["relevance_score"].get<double>(), last);
    last = result["relevance_score"];
  }
  return order;
}

TEST_F(ConsumersTest, JinaReranksImagesAndGetsDocumentsBack) {
  const json reply =
      ok("/v1/rerank",
         {{"model", "scripted"},
          {"query", "a small cat"},
          {"documents", {{{"image", grey_text(10)}}, grey_uri(200), {{"image", grey_uri(100)}}}},
          {"return_documents", true},
          {"truncation", true},
          {"top_n", 2}});
  EXPECT_EQ(order_of(reply), (std::vector<int>{1, 2}));
  EXPECT_EQ(reply["object"], "list");
  EXPECT_EQ(reply["model"], "scripted");
  EXPECT_EQ(reply["results"][0]["document"]["image"], grey_uri(200));
  EXPECT_GT(reply["usage"]["total_tokens"], 0);
}

TEST_F(ConsumersTest, CohereReranksStrings) {
  const json reply = ok("/v2/rerank", {{"model", "scripted"},
                                       {"query", "a cat"},
                                       {"documents", {grey_uri(10), grey_uri(20)}},
                                       {"max_tokens_per_doc", 4096}});
  EXPECT_EQ(order_of(reply), (std::vector<int>{1, 0}));
  EXPECT_TRUE(reply["id"].is_string());
  EXPECT_EQ(reply["meta"]["api_version"]["version"], "2");
  EXPECT_FALSE(reply["results"][0].contains("document"));
}

TEST_F(ConsumersTest, VllmReranksContents) {
  const auto content = [](int grey) {
    return json{{"content", {{{"type", "image_url"}, {"image_url", {{"url", grey_uri(grey)}}}}}}};
  };
  const json reply =
      ok("/rerank", {{"model", "scripted"},
                     {"query", {{"content", {{{"type", "text"}, {"text", "a cat"}}}}}},
                     {"documents", {content(30), content(40)}}});
  EXPECT_EQ(order_of(reply), (std::vector<int>{1, 0}));
}

TEST_F(ConsumersTest, VllmReranksThePartsOfOneContent) {
  const auto part = [](int grey) {
    return json{{"type", "image_url"}, {"image_url", {{"url", grey_uri(grey)}}}};
  };
  const json parts = {{"content", {part(30), part(40), part(20)}}};
  const json reply =
      ok("/rerank", {{"query", "a cat"}, {"documents", parts}, {"return_documents", true}});
  EXPECT_EQ(order_of(reply), (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(reply["results"][0]["document"], part(40));
  const json words = {{"query", "a"}, {"documents", {{"content", "a cat"}}}};
  EXPECT_EQ(server.post("/rerank", words).status, 400);
}

TEST_F(ConsumersTest, WordsAsDocumentsAreRefusedAndABadImageFailsAlone) {
  const Reply words =
      server.post("/v1/rerank", {{"query", "a cat"}, {"documents", {"a dog", "a cat"}}});
  EXPECT_EQ(words.status, 422);
  EXPECT_EQ(words.code(), "document_is_text");
  const json reply =
      ok("/v1/rerank",
         {{"query", "a"}, {"documents", {grey_uri(1), "data:image/png;base64,AAAA", grey_uri(2)}}});
  EXPECT_EQ(order_of(reply), (std::vector<int>{2, 0}));
  EXPECT_EQ(reply["errors"][0]["index"], 1);
  EXPECT_EQ(server.post("/v1/rerank", {{"query", "a"}}).status, 400);
  EXPECT_EQ(server.post("/v1/rerank", {{"documents", {grey_uri(1)}}}).status, 400);
}

TEST_F(ConsumersTest, OneDocumentHasAScoreThatSaysNothing) {
  const json reply = ok("/v1/rerank", {{"query", "a"}, {"documents", {grey_uri(1)}}});
  EXPECT_EQ(reply["results"][0]["relevance_score"], 0.5);
  EXPECT_EQ(reply["warnings"].size(), 1U);
}

TEST_F(ConsumersTest, VllmScoresOneQueryAgainstManyAndPairsOfBoth) {
  const json one =
      ok("/v1/score",
         {{"model", "scripted"}, {"text_1", "a cat"}, {"text_2", {grey_uri(10), grey_uri(20)}}});
  EXPECT_EQ(one["data"][0]["object"], "score");
  EXPECT_LT(one["data"][0]["score"], one["data"][1]["score"]);
  // two of each prompt: groups of their own
  const json many =
      ok("/score", {{"queries", {"a", "b", "a", "b"}},
                    {"documents", {grey_uri(10), grey_uri(90), grey_uri(20), grey_uri(80)}}});
  EXPECT_LT(many["data"][0]["score"], many["data"][2]["score"]);
  EXPECT_GT(many["data"][1]["score"], many["data"][3]["score"]);
  EXPECT_EQ(server.post("/score", {{"queries", {"a", "b"}}, {"documents", {grey_uri(1)}}}).status,
            400);
  EXPECT_EQ(server.post("/score", {{"text_1", "a"}, {"text_2", grey_uri(1)}}).code(), "alone");
}

/// A request as UniRL's RemoteRewardBackend makes it.
json unirl_request(const std::string& id, const std::string& prompt, int grey) {
  return {{"history", {{{"text", prompt}, {"image_b64", grey_text(grey)}}}},
          {"required_rewards", {"juror", "hps"}},
          {"metadata", nullptr},
          {"request_id", id},
          {"sample_id", id},
          {"group_id", "g"},
          {"source_rank", 0},
          {"policy_version", nullptr},
          {"scorer_version", nullptr},
          {"idempotency_key", "k" + id}};
}

TEST_F(ConsumersTest, UniRlGetsRewardsByNameAndItsIdentities) {
  const json reply = ok("/score", {{"protocol_version", "1"},
                                   {"requests",
                                    {unirl_request("a", "cat", 10), unirl_request("b", "cat", 20),
                                     unirl_request("c", "dog", 30)}}});
  EXPECT_EQ(reply["protocol_version"], "1");
  EXPECT_LT(reply["results"][0]["juror"]["score"], reply["results"][1]["juror"]["score"]);
  EXPECT_THAT(reply["errors"][0]["hps"].get<std::string>(), HasSubstr("no reward 'hps'"));
  EXPECT_FALSE(reply["results"][2].contains("juror"));
  EXPECT_THAT(reply["errors"][2]["juror"].get<std::string>(), HasSubstr("two pictures or more"));
  EXPECT_EQ(reply["identities"][1]["request_id"], "b");
  EXPECT_EQ(reply["identities"][1]["idempotency_key"], "kb");
  EXPECT_EQ(reply["identities"][1]["policy_version"], nullptr);
}

TEST_F(ConsumersTest, FlowFactoryGetsAsManyRewardsAsImages) {
  const json reply =
      ok("/compute", {{"prompt", {"a", "b", "a", "b"}},
                      {"image", {grey_text(10), grey_text(90), grey_text(20), grey_text(80)}}});
  ASSERT_EQ(reply["rewards"].size(), 4U);
  EXPECT_LT(reply["rewards"][0], reply["rewards"][2]);
  EXPECT_GT(reply["rewards"][1], reply["rewards"][3]);
  EXPECT_EQ(ok("/compute", {{"prompts", {"a", "a"}},
                            {"images", {grey_text(1), grey_text(2)}},
                            {"extra", nullptr}})["rewards"]
                .size(),
            2U);
  const Reply broken = server.post(
      "/compute", {{"prompt", {"a", "a", "a"}}, {"image", {grey_text(10), "AAAA", grey_text(20)}}});
  EXPECT_EQ(broken.status, 422) << "a trainer must not take a guess for a reward";
  EXPECT_THAT(broken.body, HasSubstr("image[1]"));
}

}  // namespace
}  // namespace juror
