// Pictures by links: from hosts that were named, and from nowhere else, whatever a link tries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judge/chat_server.h"
#include "serve/test_server.h"
#include "serve/url_fetch.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

std::string refusal(const std::string& url, const std::vector<std::string>& hosts) {
  try {
    return "fetched: " + fetch_picture(url, hosts);
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status(), 422);
    return error.what();
  }
}

struct UrlFetchTest : ::testing::Test {
  ChatServer pictures{[](const ServedRequest& request) -> ServedReply {
    if (request.path == "/moved")
      return {.status = 302, .body = "", .headers = "Location: /a.png\r\n"};
    if (request.path == "/gone") return {.status = 404, .body = "no"};
    if (request.path == "/half") return {.body = grey_png(10), .manner = ServedReply::kHalf};
    return {.body = grey_png(10)};
  }};
  std::string at = pictures.url().substr(pictures.url().find("127.0.0.1"));  // 127.0.0.1:PORT
  std::string port = at.substr(at.find(':'));
};

TEST_F(UrlFetchTest, ANamedAddressIsFetched) {
  EXPECT_EQ(fetch_picture("http://" + at + "/a.png", {at}), grey_png(10));
  ServeOptions options = test_options();
  options.pictures.fetch_hosts = {at};
  const TestServer server(options);
  const Reply ranked =
      server.post("/v1/rank", {{"images", {grey_uri(200), "http://" + at + "/a.png"}}});
  ASSERT_EQ(ranked.status, 200) << ranked.body;
  EXPECT_EQ(ranked.json()["ranking"], json({1, 2}));
  EXPECT_THAT(server.post("/v1/rank", {{"images", {grey_uri(1), grey_uri(2), "http://other/a"}}})
                  .json()["errors"][0]["message"]
                  .get<std::string>(),
              HasSubstr("--fetch-hosts"));
}

TEST_F(UrlFetchTest, OtherHostsSchemesAndPortsAreRefused) {
  const std::vector<std::string> hosts = {at, "example.com", ".example.org"};
  for (const std::string& url : std::vector<std::string>{
           "http://127.0.0.1/a.png", "http://127.0.0.1:1/a.png", "http://localhost" + port + "/",
           "http://[::1]" + port + "/", "http://169.254.169.254/latest/meta-data",
           "http://example.com:22/", "http://example.com.evil.net/", "http://evilexample.org/",
           "http://example.org/", "http://a.example.org:22/"})
    EXPECT_THAT(refusal(url, hosts), HasSubstr("--fetch-hosts")) << url;
  for (const std::string& url :
       std::vector<std::string>{"file:///etc/passwd", "ftp://example.com/a", "gopher://" + at})
    EXPECT_THAT(refusal(url, hosts), HasSubstr("--fetch-hosts")) << url;
  for (const std::string& url :
       std::vector<std::string>{"http://" + at + "@evil.net/", "http://user:pass@" + at + "/"})
    EXPECT_THAT(refusal(url, hosts), HasSubstr("no link")) << url;
}

TEST_F(UrlFetchTest, AnotherSpellingOfAnAddressIsTheAddress) {
  for (const std::string spelled : {"127.1", "2130706433", "0x7f000001", "0177.0.0.1"})
    EXPECT_THAT(refusal("http://" + spelled + port + "/", {"example.com" + port}),
                HasSubstr("--fetch-hosts"))
        << spelled;
}

TEST_F(UrlFetchTest, ANameThatLeadsToThisMachineIsRefused) {
  EXPECT_THAT(refusal("http://localhost" + port + "/a.png", {"localhost" + port}),
              HasSubstr("own network"));
}

TEST_F(UrlFetchTest, RedirectsAndFaultsAreTold) {
  EXPECT_THAT(refusal("http://" + at + "/moved", {at}), HasSubstr("redirects are not followed"));
  EXPECT_THAT(refusal("http://" + at + "/gone", {at}), HasSubstr("answered 404"));
  EXPECT_THAT(refusal("http://" + at + "/half", {at}), HasSubstr("did not send the picture"));
  pictures.stop();
  EXPECT_THAT(refusal("http://" + at + "/a.png", {at}), HasSubstr("did not send the picture"));
}

}  // namespace
}  // namespace juror
