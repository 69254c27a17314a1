// A server of chat completions for tests: plain sockets on this machine, an answer by a function,
// and the ways in which a server can misbehave.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace juror::testing {

struct ServedRequest {
  std::string path, head, body;
  std::chrono::steady_clock::time_point at;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

struct ServedReply {
  enum Manner { kWhole, kHalf, kReset, kSilent };
  int status = 200;
  std::string body;
  std::string headers;  ///< each with \r\n
  Manner manner = kWhole;
};

/// Listens while it lives; a thread a connection, one request each.
class ChatServer {
 public:
  using Handler = std::function<ServedReply(const ServedRequest&)>;

  explicit ChatServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 128);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~ChatServer() { stop(); }

  /// Goes away: connections are refused from now on.
  void stop() {
    if (!acceptor_.joinable()) return;
    is_stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (std::thread& thread : threads_) thread.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<ServedRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int most_at_once() const { return most_at_once_; }

 private:
  void accept_all() {
    for (int connection; (connection = ::accept(listener_, nullptr, nullptr)) >= 0;)
      threads_.emplace_back([this, connection] { serve(connection); });
  }

  static ServedRequest read_request(int connection) {
    std::string text;
    std::size_t end = std::string::npos, length = 0;
    char buffer[65536];
    while (end == std::string::npos || text.size() < end + 4 + length) {
      const ssize_t count = ::recv(connection, buffer, sizeof(buffer), 0);
      if (count <= 0) return {};
      text.append(buffer, static_cast<std::size_t>(count));
      if (end != std::string::npos) continue;
      end = text.find("\r\n\r\n");
      const std::size_t field = text.find("Content-Length: ");
      if (end != std::string::npos && field < end) length = std::stoul(text.substr(field + 16));
    }
    const std::size_t path = text.find(' ') + 1;
    return {.path = text.substr(path, text.find(' ', path) - path),
            .head = text.substr(0, end),
            .body = text.substr(end + 4),
            .at = std::chrono::steady_clock::now()};
  }

  void serve(int connection) {
    const ServedRequest request = read_request(connection);
    if (!request.path.empty()) {
      const int now = ++at_once_;
      for (int most = most_at_once_; most < now && !most_at_once_.compare_exchange_weak(most, now);)
        ;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const ServedReply reply = handler_(request);
      --at_once_;
      answer(connection, reply);
    }
    ::close(connection);
  }

  void answer(int connection, const ServedReply& reply) const {
    if (reply.manner == ServedReply::kReset) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      return;
    }
    char byte;
    if (reply.manner == ServedReply::kSilent) {  // until the other side gives up
      while (::recv(connection, &byte, 1, 0) > 0)
        ;
      return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n" + reply.headers +
                       "Connection: close\r\nContent-Length: " + std::to_string(reply.body.size()) +
                       "\r\n\r\n" + reply.body;
    if (reply.manner == ServedReply::kHalf) text.resize(text.size() - reply.body.size() / 2);
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t count =
          ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }

  Handler handler_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<int> at_once_ = 0, most_at_once_ = 0;
  mutable std::mutex mutex_;
  std::vector<ServedRequest> requests_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A model at a server that behaves, as far as its members let it. It thinks the same of every
/// pair: its thought favours the first; a decision that is forced favours the second.
struct FakeModel {
  bool many = true;      ///< honours n
  bool logprobs = true;  ///< gives them when asked
  bool usage = true;
  std::string continues = "flagged";  ///< an assistant's turn: "flagged", "plain" or "none"
  std::string thought = "Image 1: clean. Image 2: strong blur.";
  bool is_cut = false;  ///< thoughts end before the answer

  using Json = nlohmann::json;
  static Json token(const std::string& text,
                    const std::vector<std::pair<std::string, double>>& top) {
    Json json = {{"token", text}, {"logprob", std::log(0.5)}, {"top_logprobs", Json::array()}};
    for (const auto& [other, p] : top)
      json["top_logprobs"].push_back({{"token", other}, {"logprob", std::log(p)}});
    return json;
  }

  Json choice(const Json& request, bool is_continued) const {
    const bool decides = request["max_tokens"] == 1;
    const std::string before =
        (is_continued ? "" : "<think>") + thought + (is_cut ? "" : "</think><answer>");
    std::string content = decides ? "2" : before + (is_cut ? "" : "1</answer>");
    Json json = {{"message", {{"role", "assistant"}, {"content", content}}},
                 {"finish_reason", decides || is_cut ? "length" : "stop"}};
    if (!logprobs || !request.value("logprobs", false)) return json;
    Json tokens = Json::array();
    if (decides) {
      tokens.push_back(token("2", {{"2", 0.5}, {"1", 0.25}}));
    } else {
      tokens.push_back(token(before, {}));
      if (!is_cut) {
        tokens.push_back(token("1", {{"1", 0.6}, {"2", 0.2}, {" 1", 0.1}}));
        tokens.push_back(token("</answer>", {}));
        tokens.push_back(token("<|im_end|>", {}));  // as vLLM has it, in no text
      }
    }
    json["logprobs"] = {{"content", tokens}};
    return json;
  }

  ServedReply operator()(const ServedRequest& served) const {
    if (served.path == "/v1/models") return {.body = R"({"data":[{"id":"fake-vl"}]})"};
    const Json request = served.json();
    const Json& last = request["messages"].back();
    const bool is_begun = last["role"] == "assistant";
    const bool is_continued =
        is_begun && (continues == "plain" ||
                     (continues == "flagged" && request.value("continue_final_message", false)));
    Json answer = {{"choices", Json::array()}};
    const int n = many ? request.value("n", 1) : 1;
    for (int i = 0; i < n; ++i) answer["choices"].push_back(choice(request, is_continued));
    if (usage)
      answer["usage"] = {{"prompt_tokens", 20 + (is_begun ? (is_continued ? 1 : 6) : 0)},
                         {"completion_tokens", 10 * n}};
    return {.body = answer.dump()};
  }
};

}  // namespace juror::testing
