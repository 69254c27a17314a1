// Requests that mean harm: each is refused with its status, and the server goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "serve/test_server.h"
#include "temp_folder.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

json two_images(const std::string& other) {
  return {{"images", {grey_uri(1), grey_uri(2), other}}};
}

struct HostileTest : ::testing::Test {
  static ServeOptions options() {
    ServeOptions made = test_options();
    made.http.max_body_mb = 1;
    made.http.head_timeout_s = 0.3;
    made.http.body_timeout_s = 0.3;
    made.pictures.max_image_pixels = 1'000'000;
    return made;
  }
  /// What is said of the third of three images.
  std::string failure(const std::string& image) {
    const Reply reply = server.post("/v1/rank", two_images(image));
    EXPECT_EQ(reply.status, 200) << reply.body;
    const json errors = reply.json()["errors"];
    return errors.empty() ? "accepted" : errors[0]["message"].get<std::string>();
  }
  void expect_alive() { EXPECT_EQ(server.get("/health").status, 200); }
  TestServer server{options()};
};

TEST_F(HostileTest, WhatFollowsARefusedHeadIsNotReadAsARequest) {
  Socket socket(server.port());
  socket.send(
      "POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /props HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(socket.receive().status, 400);
  EXPECT_TRUE(socket.is_closed_by_server());
}

TEST_F(HostileTest, ABodyBehindAGetIsNotARequest) {
  Socket socket(server.port());
  socket.send(
      "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 44\r\n\r\n"
      "GET /props HTTP/1.1\r\nHost: localhost\r\n\r\n...");
  EXPECT_EQ(socket.receive().status, 400);
  EXPECT_TRUE(socket.is_closed_by_server());
}

TEST_F(HostileTest, BrokenChunksEndTheConnection) {
  for (const char* chunks : {"xyz\r\nabc\r\n", "-5\r\nabc\r\n", "5\r\nabcdefgh\r\n0\r\n\r\n",
                             "ffffffffffffffff\r\nabc\r\n", "5 ;x\r\nab"}) {
    Socket socket(server.port());
    socket.send(std::string("POST /v1/rank HTTP/1.1\r\nHost: localhost\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n") +
                chunks);
    socket.send_no_more();
    const int status = socket.receive().status;
    EXPECT_TRUE(status == 400 || status == 413 || status == 408) << chunks << ": " << status;
    EXPECT_TRUE(socket.is_closed_by_server()) << chunks;
  }
  expect_alive();
}

TEST_F(HostileTest, ChunksBeyondTheLimitAre413) {
  Socket socket(server.port());
  socket.send("POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 40 && socket.send(chunk); ++i) {
  }
  EXPECT_EQ(socket.receive().status, 413);
  EXPECT_EQ(exchange(server.port(), "POST", "/v1/rank", "", "X: y\r\n").status, 400);
  Socket large(server.port());
  large.send("POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n");
  EXPECT_EQ(large.receive().status, 413) << "before it has come";
}

TEST_F(HostileTest, AChunkedRequestIsReadWhole) {
  const std::string body = json({{"images", {grey_uri(1), grey_uri(2)}}}).dump();
  std::string text =
      "POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 100) {
    const std::string piece = body.substr(at, 100);
    char size[16];
    std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    text += size + piece + "\r\n";
  }
  Socket socket(server.port());
  socket.send(text + "0\r\n\r\n" + request_text("GET", "/health", ""));
  EXPECT_EQ(socket.receive().status, 200);
  EXPECT_EQ(socket.receive().status, 200);
}

TEST_F(HostileTest, SlowHeadsAndBodiesAre408) {
  Socket head(server.port()), body(server.port());
  head.send("GET /health HTT");
  body.send("POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(head.receive().status, 408);
  EXPECT_EQ(body.receive().status, 408);
  expect_alive();
}

TEST_F(HostileTest, AThousandSlowConnectionsKeepNobodyOut) {
  std::vector<std::unique_ptr<Socket>> slow;
  for (int i = 0; i < 400; ++i) {
    slow.push_back(std::make_unique<Socket>(server.port()));
    slow.back()->send("GET /health HTTP/1.1\r\nHost:");
  }
  expect_alive();
}

TEST_F(HostileTest, HugeHeadsAre431) {
  Socket socket(server.port());
  socket.send("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(40000, 'a'));
  EXPECT_EQ(socket.receive().status, 431);
}

TEST_F(HostileTest, CompressedBodiesAreNotDecompressed) {
  const Reply reply =
      exchange(server.port(), "POST", "/v1/rank", "\x1f\x8b\x08", "Content-Encoding: gzip\r\n");
  EXPECT_EQ(reply.status, 415);
}

TEST_F(HostileTest, FilesAreReadInTheirFolderAlone) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "in/deep");
  folder.write("in/deep/a.png", grey_png(100));
  folder.write("secret.png", grey_png(100));
  std::filesystem::create_symlink(folder.path() / "secret.png", folder.path() / "in/link.png");
  EXPECT_THAT(failure("file:deep/a.png"), HasSubstr("--media-path"));
  ServeOptions with_media = options();
  with_media.pictures.media_path = folder.path() / "in";
  TestServer media(with_media);
  const auto said = [&](const std::string& image) {
    const json errors = media.post("/v1/rank", two_images(image)).json()["errors"];
    return errors.empty() ? "accepted" : errors[0]["message"].get<std::string>();
  };
  EXPECT_EQ(said("file:deep/a.png"), "accepted");
  EXPECT_EQ(said("file:///deep/a.png"), "accepted");
  for (const char* name : {"file:../secret.png", "file:deep/../../secret.png", "file:link.png",
                           "file:/etc/passwd", "file:deep", "file:", "file:nowhere.png"})
    EXPECT_THAT(said(name), HasSubstr("There is no file")) << name;
}

TEST_F(HostileTest, LinksAreNotFollowed) {
  for (const char* link : {"http://127.0.0.1:1/a.png", "https://example.com/a.png",
                           "http://169.254.169.254/latest/meta-data", "ftp://a/b", "gopher://a"})
    EXPECT_THAT(failure(link), HasSubstr("Links are not followed")) << link;
}

TEST_F(HostileTest, PicturesOfTooManyPixelsAreRefusedByTheirHead) {
  EXPECT_THAT(failure(base64(encode_png(make_grey(2000, 600, 9)))),
              HasSubstr("--max-image-pixels"));
  // 60,000 × 60,000 pixels in 33 bytes of header: a decompression bomb
  std::string bomb("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0", 29);
  bomb += std::string(100, '\0');
  EXPECT_NE(failure(base64(bomb)), "accepted");
  expect_alive();
}

TEST_F(HostileTest, WhatIsNoBase64IsRefused) {
  for (const char* text : {"data:image/png;base64,!!!!", "data:image/png,abc",
                           "data:image/png;base64", "hello", "AAAAA", "=AAA", "AA=A"})
    EXPECT_NE(failure(text), "accepted") << text;
}

TEST_F(HostileTest, RandomBodiesAreRefusedAndNothingElse) {
  Random random({16, 3});
  const std::string whole =
      json({{"prompt", "a"}, {"images", {grey_uri(1), {{"image", grey_uri(2)}}}}, {"votes", 1}})
          .dump();
  for (int round = 0; round < 400; ++round) {
    std::string body = whole;
    for (std::uint64_t change = 1 + random.below(6); change > 0; --change)
      body[random.below(body.size())] = static_cast<char>(random.below(256));
    const char* paths[] = {"/v1/rank", "/v1/rerank", "/v1/score", "/compute"};
    const Reply reply = exchange(server.port(), "POST", paths[random.below(4)],
                                 body.substr(0, 1 + random.below(body.size())));
    EXPECT_GE(reply.status, 200) << body;
    EXPECT_LT(reply.status, 500) << body;
  }
  expect_alive();
}

TEST_F(HostileTest, RandomBytesOnASocketDoNoHarm) {
  Random random({16, 4});
  for (int round = 0; round < 100; ++round) {
    std::string bytes;
    for (std::uint64_t i = random.below(300); i > 0; --i)
      bytes += static_cast<char>(random.below(256));
    Socket socket(server.port());
    socket.send(bytes + (round % 2 == 0 ? "\r\n\r\n" : ""));
    socket.send_no_more();
    socket.receive();
  }
  expect_alive();
}

}  // namespace
}  // namespace juror
