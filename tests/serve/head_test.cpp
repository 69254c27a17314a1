// The head of a request: what it says, and what is refused because it says two things.
#include "serve/http/head.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "serve/http/multipart.h"

namespace juror {
namespace {

/// The status with which a head is refused, 0 for one that is read.
int refusal(const std::string& head, const HeadLimits& limits = {}) {
  try {
    read_head(head, limits);
    return 0;
  } catch (const HttpError& error) {
    return error.status();
  }
}

TEST(RequestHead, SaysMethodPathQueryAndHeaders) {
  const RequestHead head = read_head(
      "POST /v1/a%20b?x=1+2&y=%26&x=9 HTTP/1.1\r\nHOST: a\r\nContent-Length: 5\r\n"
      "Accept:  text/plain \r\naccept: b\r\n\r\n");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/a b");
  EXPECT_EQ(head.query.at("x"), "1 2");
  EXPECT_EQ(head.query.at("y"), "&");
  EXPECT_EQ(head.header("accept"), "text/plain, b");
  EXPECT_EQ(head.content_length, 5U);
  EXPECT_TRUE(head.keeps_alive);
}

TEST(RequestHead, AnOlderClientOrConnectionCloseEndsTheConnection) {
  EXPECT_FALSE(read_head("GET / HTTP/1.0\r\n\r\n").keeps_alive);
  EXPECT_FALSE(read_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keeps_alive);
}

TEST(RequestHead, WithTwoMeaningsIsRefused) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refusal(post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: +5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length: 5, 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length : 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Content-Length:\v5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "Transfer-Encoding: xchunked\r\n\r\n"), 501);
  EXPECT_EQ(refusal(post + "X: a\r\n folded\r\nContent-Length: 0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "X: a\nContent-Length: 0\r\n\r\n"), 400);
  EXPECT_EQ(refusal(post + "Host: b\r\nContent-Length: 0\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"), 400);
  EXPECT_EQ(refusal(std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28)), 400);
}

TEST(RequestHead, ThatIsNoneIsRefused) {
  EXPECT_EQ(refusal("\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(refusal("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(refusal("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), 411);
  EXPECT_EQ(refusal("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, BeyondALimitIsRefused) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::string many = get;
  for (int i = 0; i < 100; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(refusal(many + "\r\n"), 431);
  EXPECT_EQ(refusal("GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", {.body_bytes = 10}),
            413);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            400);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n"
                    "\r\n"),
            415);
}

TEST(RequestHead, OfRandomBytesIsReadOrRefusedAndNothingElse) {
  const std::string whole =
      "POST /v1/rank?x=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: "
      "100-continue\r\n\r\n";
  Random random({16, 1});
  for (int round = 0; round < 20000; ++round) {
    std::string head = whole;
    for (std::uint64_t change = random.below(4); change > 0; --change)
      head[random.below(head.size())] = static_cast<char>(random.below(256));
    refusal(head.substr(0, random.below(head.size() + 1)));
  }
}

TEST(Multipart, GivesPartsInOrderWithTheirNamesAndFiles) {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na red\r\n--not\r\n--b\r\n"
      "Content-Disposition: form-data; filename=\"x;y\\\".png\"; name=images\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n";
  const auto parts = read_multipart(body, "b", 10);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "prompt");
  EXPECT_EQ(parts[0].body, "a red\r\n--not");
  EXPECT_EQ(parts[1].name, "images");
  EXPECT_EQ(parts[1].filename, "x;y\".png");
  EXPECT_EQ(parts[1].content_type, "image/png");
  EXPECT_EQ(parts[1].body, "\x89PNG");
}

TEST(Multipart, ThatIsBrokenIsRefused) {
  const auto refused = [](const std::string& body) {
    try {
      read_multipart(body, "b", 2);
      return 0;
    } catch (const HttpError& error) {
      return error.status();
    }
  };
  const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
  EXPECT_EQ(refused(""), 400);
  EXPECT_EQ(refused("--b"), 400);
  EXPECT_EQ(refused(part), 400) << "cut short";
  EXPECT_EQ(refused("--b\r\n\r\n\r\nx\r\n--b--"), 400) << "no name";
  EXPECT_EQ(refused("--b\r\n" + std::string(10000, 'a') + "\r\n\r\nx\r\n--b--"), 400);
  EXPECT_EQ(refused(part + part + part + "--b--"), 413);
  EXPECT_EQ(refused(part + part + "--b--"), 0);
  EXPECT_FALSE(multipart_boundary("application/json"));
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=x; boundary=\"b c\""), "b c");
  EXPECT_THROW(multipart_boundary("multipart/form-data"), HttpError);
}

TEST(Multipart, OfRandomBytesIsReadOrRefusedAndNothingElse) {
  const std::string whole =
      "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
  Random random({16, 2});
  for (int round = 0; round < 20000; ++round) {
    std::string body = whole;
    for (std::uint64_t change = random.below(4); change > 0; --change)
      body[random.below(body.size())] = static_cast<char>(random.below(256));
    try {
      read_multipart(body.substr(0, random.below(body.size() + 1)), "b", 3);
    } catch (const HttpError&) {
    }
  }
}

}  // namespace
}  // namespace juror
