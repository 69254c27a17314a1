// Many HTTP exchanges at once on one thread, by libcurl. Knows no JSON and never retries: what came
// of an exchange is told, and the caller decides.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace juror {

struct HttpOptions {
  std::string bearer_token;  ///< sent as Authorization, never told to anybody else; empty: none
  double connect_timeout_s = 10;
  double timeout_s = 600;  ///< of a whole exchange
  std::size_t most_body_bytes = 64u << 20;
};

/// What came of one exchange.
struct HttpResponse {
  std::size_t exchange = 0;  ///< the number that `start` gave
  int status = 0;            ///< 0: no whole answer came; `fault` says why
  std::string body;
  std::string fault;          ///< libcurl's sentence, or ours about a body that is too large
  bool refused = false;       ///< nobody listens there: no connection was made
  double retry_after_s = -1;  ///< of the header Retry-After; -1: none
};

/// Whether libcurl can read this URL: a host, and a port from 1 to 65535 if one is named.
bool is_url(const std::string& url);

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins a GET, or with a body a POST of JSON. Returns its number.
  std::size_t start(const std::string& url, std::optional<std::string> json_body = {});
  std::size_t active() const;
  /// What has come; waits for at most `wait_s` until something does.
  std::vector<HttpResponse> wait(double wait_s);
  void cancel_all();

 private:
  struct Exchange;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace juror
