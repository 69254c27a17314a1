// The server over HTTP, with a voter whose answers are set: rankings, the queue, who is let in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/file.h"
#include "serve/test_server.h"
#include "temp_folder.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

json rank_body(std::vector<int> greys) {
  json body = {{"prompt", "a cat"}, {"images", json::array()}};
  for (const int grey : greys) body["images"].push_back(grey_uri(grey));
  return body;
}

TEST(Server, RanksImagesBestFirst) {
  TestServer server;
  const Reply reply = server.post("/v1/rank", rank_body({50, 200, 100}));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const json body = reply.json();
  ASSERT_EQ(body["results"].size(), 3U);
  EXPECT_EQ(body["results"][0]["index"], 1);
  EXPECT_EQ(body["results"][1]["index"], 2);
  EXPECT_EQ(body["results"][2]["index"], 0);
  EXPECT_EQ(body["results"][0]["position"], 1);
  // 200 beats 50 with p = 0.75 and 100 with p = 0.5 + 1/6; brightness knows no order of showing
  EXPECT_NEAR(body["results"][0]["win_rate"].get<double>(), (0.75 + 0.5 + 1 / 6.0) / 2, 1e-9);
  EXPECT_EQ(body["ranking"], json({3, 1, 2}));
  EXPECT_EQ(body["rewards"][1], body["results"][0]["score"]);
  EXPECT_EQ(body["comparisons"].size(), 3U);
  EXPECT_EQ(body["usage"]["votes"], 12);          // 3 pairs, 2 orders, 2 votes
  EXPECT_EQ(body["usage"]["prompt_tokens"], 42);  // 3 pairs, 2 orders, 7 tokens
  EXPECT_EQ(body["usage"]["completion_tokens"], 18);
  EXPECT_THAT(body["results"][0]["reasoning"].get<std::string>(), HasSubstr("light"));
  EXPECT_EQ(body["errors"], json::array());
  EXPECT_FALSE(Socket::header(reply.head, "X-Request-Id").empty());
}

TEST(Server, RefusesABudgetThatBuysNothing) {
  TestServer server;
  json body = rank_body({50, 200});
  body["budget"] = 0;
  const Reply reply = server.post("/v1/rank", body);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("budget is 0, and no comparison ranks nothing"));
}

TEST(Server, TakesPicturesInEveryForm) {
  TestServer server;
  const json body = {
      {"images",
       {{{"id", "dark"}, {"data", grey_text(10)}},
        {{"image_url", {{"url", grey_uri(20)}}}},
        {{"id", 7}, {"image", grey_uri(30)}},
        {{"content", {{{"type", "image_url"}, {"image_url", {{"url", grey_uri(40)}}}}}}}}},
      {"top_n", 2},
      {"explain", false},
      {"both_orders", false},
      {"mode", "think"}};
  const Reply reply = server.post("/v1/rank", body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["results"].size(), 2U);
  EXPECT_EQ(reply.json()["results"][0]["index"], 3);
  EXPECT_EQ(reply.json()["results"][1]["id"], "7");
  EXPECT_FALSE(reply.json()["results"][0].contains("reasoning"));
  EXPECT_EQ(reply.json()["usage"]["votes"], 12) << "six pairs, one order, two votes";
}

TEST(Server, TakesAForm) {
  TestServer server;
  std::string form = "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n7\r\n";
  form += "--b\r\nContent-Disposition: form-data; name=\"votes\"\r\n\r\n3\r\n";
  for (const int grey : {10, 20}) {
    form += "--b\r\nContent-Disposition: form-data; name=\"images\"; filename=\"" +
            std::to_string(grey) + ".png\"\r\nContent-Type: text/html\r\n\r\n" + grey_png(grey) +
            "\r\n";
  }
  const Reply reply = exchange(server.port(), "POST", "/v1/rank", form + "--b--\r\n",
                               "Content-Type: multipart/form-data; boundary=b\r\n");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["results"][0]["id"], "20.png");
  EXPECT_EQ(reply.json()["prompt"], "7");
  EXPECT_EQ(reply.json()["usage"]["votes"], 6);
}

TEST(Server, TellsProgressAsEvents) {
  TestServer server;
  Socket socket(server.port());
  socket.send(request_text("POST", "/v1/rank", rank_body({1, 2, 3}).dump(),
                           "Accept: text/event-stream\r\n"));
  const Reply reply = socket.receive();
  EXPECT_EQ(Socket::header(reply.head, "Content-Type"), "text/event-stream");
  EXPECT_THAT(reply.body, HasSubstr("event: progress\ndata: {\"done\":"));
  const auto result = reply.body.find("event: result\ndata: ");
  ASSERT_NE(result, std::string::npos) << reply.body;
  EXPECT_EQ(json::parse(reply.body.substr(result + 20))["results"][0]["index"], 2);
}

TEST(Server, ABadImageFailsAlone) {
  TestServer server;
  json body = rank_body({10, 20});
  body["images"].push_back("data:image/png;base64," + base64("no picture at all"));
  const Reply reply = server.post("/v1/rank", body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["results"].size(), 2U);
  EXPECT_EQ(reply.json()["errors"][0]["index"], 2);
  EXPECT_EQ(reply.json()["errors"][0]["code"], "bad_image");
  EXPECT_EQ(reply.json()["rewards"][2], nullptr);
  body["images"].erase(0);
  EXPECT_EQ(server.post("/v1/rank", body).status, 422) << "one image is left";
}

TEST(Server, SaysWhatIsWrongWithARequest) {
  TestServer server;
  const auto refusal = [&](const json& body) {
    const Reply reply = server.post("/v1/rank", body);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.json()["error"]["type"], "invalid_request_error");
    return reply.json()["error"]["message"].get<std::string>();
  };
  json body = rank_body({1, 2});
  body["vots"] = 3;
  EXPECT_THAT(refusal(body), HasSubstr("Did you mean 'votes'?"));
  body = rank_body({1, 2});
  body["votes"] = "many";
  EXPECT_THAT(refusal(body), HasSubstr("votes is \"many\""));
  EXPECT_THAT(refusal(rank_body({1})), HasSubstr("1 came"));
  EXPECT_THAT(refusal({{"images", {1, 2}}}), HasSubstr("images[0]"));
  EXPECT_EQ(exchange(server.port(), "POST", "/v1/rank", "{\"a\":").code(), "bad_json");
  EXPECT_EQ(exchange(server.port(), "POST", "/v1/rank", "[]").code(), "bad_json");
  EXPECT_EQ(exchange(server.port(), "POST", "/v1/rank", "\"\xff\"").code(), "bad_json");
  EXPECT_EQ(exchange(server.port(), "POST", "/v1/rank", std::string(100000, '[')).code(),
            "bad_json");
  EXPECT_EQ(server.get("/v1/rank").status, 405);
  EXPECT_EQ(server.get("/nowhere").status, 404);
}

TEST(Server, AConnectionServesManyRequests) {
  TestServer server;
  Socket socket(server.port());
  const std::string one = request_text("POST", "/v1/rank", rank_body({1, 2}).dump());
  socket.send(one + request_text("GET", "/health", "") + one);
  EXPECT_EQ(socket.receive().status, 200);
  EXPECT_EQ(socket.receive().json()["status"], "ok");
  EXPECT_EQ(socket.receive().status, 200);
  EXPECT_EQ(exchange(server.port(), "HEAD", "/health").status, 200);
}

TEST(Server, RemembersAnOutcomeForTheSameQuestionAlone) {
  TestServer server;
  EXPECT_FALSE(server.post("/v1/rank", rank_body({1, 2})).json()["timings"]["cached"]);
  const int asked = server.control->asked;
  EXPECT_TRUE(server.post("/v1/rank", rank_body({1, 2})).json()["timings"]["cached"]);
  EXPECT_EQ(server.control->asked, asked);
  for (const char* key : {"seed", "votes", "temperature"}) {
    json other = rank_body({1, 2});
    other[key] = 3;
    EXPECT_FALSE(server.post("/v1/rank", other).json()["timings"]["cached"]) << key;
  }
  json other = rank_body({1, 2});
  other["prompt"] = "a dog";
  EXPECT_FALSE(server.post("/v1/rank", other).json()["timings"]["cached"]);
  EXPECT_FALSE(server.post("/v1/rank", rank_body({2, 1})).json()["timings"]["cached"]);
}

TEST(Server, EqualRequestsUnderWayAreWorkedOnOnce) {
  TestServer server;
  server.control->is_held = true;
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 5; ++i)
    replies.push_back(std::async(std::launch::async, [&] {
      return server.post("/v1/rank", rank_body({1, 2}));
    }));
  eventually([&] { return server.app.service().stats().joined == 4; });
  server.control->is_held = false;
  for (auto& reply : replies) EXPECT_EQ(reply.get().status, 200);
  EXPECT_EQ(server.control->asked, 2) << "one pair in two orders";
}

TEST(Server, AFullQueueIs503AndWhen) {
  ServeOptions options = test_options();
  options.service.queue = 1;
  options.service.working = 1;
  TestServer server(options);
  server.control->is_held = true;
  std::vector<std::future<Reply>> replies;
  const auto send = [&](int grey) {
    replies.push_back(std::async(std::launch::async, [&, grey] {
      return server.post("/v1/rank", rank_body({grey, 250}));
    }));
  };
  send(1);
  eventually([&] { return server.app.service().working() == 1; });
  send(2);
  eventually([&] { return server.app.service().waiting() == 1; });
  const Reply refused = server.post("/v1/rank", rank_body({3, 250}));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(Socket::header(refused.head, "Retry-After"), "1");
  EXPECT_EQ(refused.json()["error"]["type"], "overloaded_error");
  server.control->is_held = false;
  for (auto& reply : replies) EXPECT_EQ(reply.get().status, 200);
}

TEST(Server, ADeadlineIs504AndTheWorkIsDropped) {
  TestServer server;
  server.control->is_held = true;
  json body = rank_body({1, 2});
  body["timeout_s"] = 0.05;
  EXPECT_EQ(server.post("/v1/rank", body).status, 504);
  eventually([&] { return server.app.service().stats().abandoned == 1; });
  EXPECT_EQ(server.app.service().working(), 0U);
  server.control->is_held = false;
  EXPECT_EQ(server.post("/v1/rank", rank_body({1, 2})).status, 200) << "what was left does no harm";
}

TEST(Server, WorkOfAClientThatLeavesIsDropped) {
  TestServer server;
  server.control->is_held = true;
  for (const char* accept : {"", "Accept: text/event-stream\r\n"}) {
    const std::uint64_t before = server.app.service().stats().abandoned;
    {
      Socket socket(server.port());
      socket.send(request_text("POST", "/v1/rank", rank_body({1, 2}).dump(), accept));
      eventually([&] { return server.app.service().working() == 1; });
    }
    eventually([&] { return server.app.service().stats().abandoned == before + 1; });
  }
}

TEST(Server, FinishesWhatIsUnderWayBeforeItStops) {
  TestServer server;
  server.control->is_held = true;
  auto reply = std::async(std::launch::async, [&] {
    return server.post("/v1/rank", rank_body({1, 2}));
  });
  eventually([&] { return server.app.service().working() == 1; });
  server.ask_to_stop();
  eventually([&] { return server.app.service().is_draining(); });
  EXPECT_EQ(server.get("/health").status, 503);
  EXPECT_EQ(server.post("/v1/rank", rank_body({3, 4})).status, 503);
  server.control->is_held = false;
  EXPECT_EQ(reply.get().status, 200);
  server.stop();
  EXPECT_FALSE(Socket(server.port()).is_open());
}

TEST(Server, GivesUpWorkThatDoesNotEndInTime) {
  ServeOptions options = test_options();
  options.service.drain_timeout_s = 0.05;
  TestServer server(options);
  server.control->is_held = true;
  auto reply = std::async(std::launch::async, [&] {
    return server.post("/v1/rank", rank_body({1, 2}));
  });
  eventually([&] { return server.app.service().working() == 1; });
  server.ask_to_stop();
  EXPECT_EQ(reply.get().status, 503);
}

TEST(Server, AVoterThatFailsEndsWhatWasAskedAndGoesOn) {
  TestServer server;
  server.control->broken = 1;
  const Reply reply = server.post("/v1/rank", rank_body({1, 2}));
  EXPECT_EQ(reply.status, 502);
  EXPECT_THAT(reply.body, HasSubstr("The voter is broken."));
  EXPECT_EQ(server.post("/v1/rank", rank_body({1, 2})).status, 200);
}

TEST(Server, LoadsModelsWhenTheyAreAskedAndMakesRoom) {
  ServeOptions options = test_options();
  options.service.model_memory_mb = 25;  // two of the test's models
  TestServer server(options, {"a", "b", "c"});
  const auto loaded = [&] { return server.get("/props").json()["loaded"]; };
  EXPECT_EQ(loaded(), json({"a"}));
  json body = rank_body({1, 2});
  body["model"] = "b";
  EXPECT_EQ(server.post("/v1/rank", body).json()["model"], "b");
  EXPECT_EQ(loaded(), json({"a", "b"}));
  body["model"] = "c";
  EXPECT_EQ(server.post("/v1/rank", body).status, 200);
  EXPECT_EQ(loaded(), json({"b", "c"})) << "a was unused longest";
  body["model"] = "d";
  EXPECT_EQ(server.post("/v1/rank", body).status, 404);
  EXPECT_EQ(server.get("/v1/models").json()["data"].size(), 3U);
}

TEST(Server, SaysWhatItIs) {
  TestServer server;
  EXPECT_EQ(server.get("/health").json()["rewards"]["scripted"], json({"score"}));
  EXPECT_EQ(server.get("/version").status, 200);
  EXPECT_EQ(server.get("/props").json()["judging"]["votes"], 2);
  server.post("/v1/rank", rank_body({1, 2}));
  eventually([&] {
    return server.get("/metrics")
               .body.find("juror_requests_total{endpoint=\"/v1/rank\",status=\"200\"} 1") !=
           std::string::npos;
  });
  EXPECT_THAT(server.get("/metrics").body, HasSubstr("juror_comparisons_total 1"));
  EXPECT_TRUE(server.get("/openapi.json").json()["paths"].contains("/v1/rank"));
}

TEST(Server, AsksForAKeyWhereThereIsOne) {
  const TempFolder folder;
  ServeOptions options = test_options();
  options.api_key_file = folder.write("keys", "# mine\nsecret-key-1\n\nsecret-key-2\n");
  TestServer server(options);
  const std::string body = rank_body({1, 2}).dump();
  const auto status = [&](const std::string& headers) {
    return exchange(server.port(), "POST", "/v1/rank", body, headers).status;
  };
  EXPECT_EQ(status(""), 401);
  EXPECT_EQ(status("Authorization: Bearer secret-key-3\r\n"), 401);
  EXPECT_EQ(status("Authorization: Bearer secret-key-2\r\n"), 200);
  EXPECT_EQ(status("X-Api-Key: secret-key-1\r\n"), 200);
  EXPECT_EQ(server.get("/health").status, 200);
  EXPECT_EQ(server.get("/props").status, 401);
}

TEST(Server, PagesOfOthersMayNotAsk) {
  TestServer server;
  const auto status = [&](const std::string& head) {
    Socket socket(server.port());
    socket.send("GET /props HTTP/1.1\r\n" + head + "\r\n");
    return socket.receive().status;
  };
  EXPECT_EQ(status("Host: localhost:80\r\n"), 200);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://localhost\r\n"), 200);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: null\r\n"), 403);
  EXPECT_EQ(status("Host: evil.example\r\n"), 403) << "a name bound to this address";
}

TEST(Server, EffortIsThatOfTheCommands) {
  TestServer server;
  const auto ranked = [&](const char* effort) {
    return server.post("/v1/rank", {{"images", {grey_uri(1), grey_uri(9)}}, {"effort", effort}});
  };
  EXPECT_EQ(ranked("low").json()["usage"]["votes"], 2) << "one forward read an order";
  EXPECT_EQ(ranked("medium").json()["usage"]["votes"], 4);
  EXPECT_EQ(ranked("high").json()["usage"]["votes"], 16);
  EXPECT_EQ(ranked("extreme").status, 400);
}

TEST(Server, TakesThePolicyOfTheCommandsByTheirNames) {
  TestServer server;
  const auto ranked = [&](json more) {
    json body = {{"images", {grey_uri(1), grey_uri(250)}}, {"votes", 4}};
    body.update(more);
    const Reply reply = server.post("/v1/rank", body);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.json();
  };
  EXPECT_EQ(ranked(json::object())["usage"]["votes"], 8);
  // p is 0.915 for the lighter: 4 soft votes make the winner 94.8 % sure
  const json stopped = ranked({{"early_stop", 0.9}, {"early_stop_votes", 4}});
  EXPECT_EQ(stopped["usage"]["votes"], 4);
  EXPECT_EQ(stopped["comparisons"][0]["votes_saved"], 4);
  EXPECT_EQ(ranked({{"orders", "swapped"}})["usage"]["votes"], 4);
  EXPECT_EQ(ranked({{"think", false}})["usage"]["votes"], 2);
  EXPECT_EQ(ranked({{"effort", "auto"}})["usage"]["votes"], 2) << "a forward read says enough";
  EXPECT_EQ(ranked({{"effort", "auto"}, {"open_band", 0.5}})["usage"]["votes"], 8);
  EXPECT_EQ(ranked({{"tie_band", 0.45}})["comparisons"][0]["tie"], true);
  EXPECT_EQ(ranked({{"abstain_below", 0.45}})["comparisons"][0]["abstained"], true);
  const json listened = ranked({{"listener_check", true}});
  EXPECT_EQ(listened["comparisons"][0]["listened"], 8);
  EXPECT_EQ(listened["comparisons"][0]["contradictions"], 0);
}

TEST(Server, RefusesPolicyThatMakesNoSenseByItsKey) {
  TestServer server;
  const auto refusal = [&](json more, int status = 400) {
    json body = rank_body({1, 2, 3});
    body.update(more);
    const Reply reply = server.post("/v1/rank", body);
    EXPECT_EQ(reply.status, status) << reply.body;
    return reply.json()["error"]["message"].get<std::string>();
  };
  EXPECT_EQ(refusal({{"early_stop", 0.3}}),
            "early_stop is 0.3, and a number from 0.5 to 1 is expected.");
  EXPECT_THAT(refusal({{"early_stop_votes", 1.5}}), HasSubstr("early_stop_votes is 1.5"));
  EXPECT_THAT(refusal({{"tie_band", "wide"}}), HasSubstr("tie_band is \"wide\""));
  EXPECT_THAT(refusal({{"listener_check", 1}}), HasSubstr("listener_check is 1"));
  EXPECT_THAT(refusal({{"orders", "bth"}}), HasSubstr("Did you mean 'both'?"));
  EXPECT_THAT(refusal({{"votes", 1000}}), HasSubstr("1 to 256"));
  EXPECT_THAT(refusal({{"budget_tokens", -1}}), HasSubstr("budget_tokens is -1"));
  EXPECT_THAT(refusal({{"batch_rows", 8}}), HasSubstr("There is no key batch_rows"));
  EXPECT_THAT(refusal({{"mode", "fast"}, {"think", true}}), HasSubstr("mode and think"));
  EXPECT_THAT(refusal({{"both_orders", true}, {"orders", "given"}}), HasSubstr("both_orders"));
  EXPECT_THAT(refusal({{"effort", "low"}, {"listener_check", true}}),
              HasSubstr("listener_check reads thoughts again, and effort low has none"));
  EXPECT_THAT(refusal({{"stop_top_k", 3}}, 422), HasSubstr("stop_top_k is 3"));
}

TEST(Server, KeepsTheBudgetsOfARequest) {
  TestServer server;
  json body = rank_body({10, 60, 110, 160, 210});
  body["budget_tokens"] = 90;  // an order takes 10 tokens, and may take 15
  Reply reply = server.post("/v1/rank", body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["usage"]["total_tokens"], 80);
  EXPECT_EQ(reply.json()["usage"]["comparisons"], 4);
  EXPECT_EQ(reply.json()["stopped_by"], "token budget");
  EXPECT_THAT(reply.body, HasSubstr("4 of 10 pairs were compared (token budget)."));
  body["budget_tokens"] = 29;
  reply = server.post("/v1/rank", body);
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(reply.body, HasSubstr("the first may take 30 tokens, more than budget_tokens"));

  server.control->is_held = true;
  body["budget_tokens"] = 0;
  body["budget_seconds"] = 0.05;
  reply = server.post("/v1/rank", body);
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(reply.body, HasSubstr("budget_seconds was over before the first one ended"));
}

TEST(Server, JudgesByThePolicyOfItsCommandLineUnlessARequestSaysOtherwise) {
  TestServer server(test_options(), {"scripted"}, {},
                    {.judge = {.votes = 4,
                               .early_stop = {.threshold = 0.9},
                               .listener_check = true,
                               .pair = {.tie_band = 0.45}},
                     .session = {.budget = 2}});
  json reply = server.post("/v1/rank", rank_body({1, 250, 100})).json();
  EXPECT_EQ(reply["usage"]["comparisons"], 2);
  EXPECT_EQ(reply["stopped_by"], "budget");
  EXPECT_EQ(reply["comparisons"][0]["tie"], true);
  EXPECT_TRUE(reply["comparisons"][0].contains("listened"));
  json body = rank_body({1, 250});
  body.update({{"early_stop", 1}, {"tie_band", 0.1}, {"listener_check", false}});
  reply = server.post("/v1/rank", body).json();
  EXPECT_EQ(reply["usage"]["votes"], 8);
  EXPECT_EQ(reply["comparisons"][0]["tie"], false);
  EXPECT_FALSE(reply["comparisons"][0].contains("listened"));
  const json props = server.get("/props").json()["judging"];
  EXPECT_EQ(props["early_stop"], 0.9);
  EXPECT_EQ(props["budget"], 2);
}

TEST(Server, StopsByItsOwnTopKOnlyWhereThereAreMorePictures) {
  TestServer server(test_options(), {"scripted"}, {},
                    {.judge = {.votes = 2}, .session = {.stop_top_k = 3}});
  EXPECT_EQ(server.post("/v1/rank", rank_body({1, 250})).status, 200);
  EXPECT_EQ(server.post("/v1/rank", rank_body({1, 100, 250})).status, 200);
  const json images = {grey_uri(1), grey_uri(250)};
  EXPECT_EQ(server.post("/rerank", {{"query", "a"}, {"documents", images}}).status, 200);
  EXPECT_EQ(server.post("/v1/score", {{"text_1", "a"}, {"text_2", images}}).status, 200);
  json body = rank_body({1, 250});
  body["stop_top_k"] = 3;
  const Reply reply = server.post("/v1/rank", body);
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(reply.body, HasSubstr("stop_top_k is 3"));
}

TEST(Server, OtherShapesTakeThePolicyToo) {
  TestServer server;
  const json images = {grey_uri(1), grey_uri(250)};
  const auto tokens = [&](const std::string& path, json body) {
    const Reply reply = server.post(path, body);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.json()["usage"]["total_tokens"].get<int>();
  };
  // two orders of 10 tokens; a forward read before them as many
  const json rerank = {{"query", "a"}, {"documents", images}},
             score = {{"text_1", "a"}, {"text_2", images}};
  for (const auto& [path, body] : {std::pair("/v1/rerank", rerank), {"/v1/score", score}}) {
    EXPECT_EQ(tokens(path, body), 20);
    json with = body;
    with.update({{"effort", "auto"}, {"open_band", 0.5}});
    EXPECT_EQ(tokens(path, with), 40);
    with["effort"] = "extreme";
    const Reply reply = server.post(path, with);
    EXPECT_EQ(reply.status, 400);
    EXPECT_THAT(reply.body, HasSubstr("effort is"));
    with.update({{"effort", "auto"}, {"votes", 257}});
    EXPECT_THAT(server.post(path, with).body, HasSubstr("1 to 256"));
  }
}

}  // namespace
}  // namespace juror
