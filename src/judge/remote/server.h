// One server of chat completions: its address, its key, and how an exchange with it goes wrong.
// Knows no question and no vote.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "judge/remote/http_client.h"
#include "judge/remote/remote_options.h"

namespace juror {

/// Where chat completions are asked for: the URL itself if it ends so, else with
/// /chat/completions behind it (and /v1 before that, where the URL has no path). Throws Error for
/// what is no http or https URL, and for one with a user's name or password in it.
std::string chat_url(const std::string& judge_url);

/// 408, 429 and 5xx: the same request may be answered later.
bool is_transient(int status);

class ChatServerClient {
 public:
  /// Looks at nothing but the options and the key's file, which must hold one line.
  explicit ChatServerClient(const RemoteOptions& options);

  const std::string& url() const { return url_; }
  HttpClient& http() { return *http_; }

  /// One exchange to its end, tried again as the options say: a GET, or with a body a POST. Throws
  /// Error as `fail` when no final answer came, and when somebody asked to stop.
  HttpResponse exchange(const std::string& url, const std::optional<std::string>& body);

  /// Throws Error: what the server's status (0: no whole answer) means and what to do.
  [[noreturn]] void fail(int status, const std::string& text, const std::string& model) const;

  /// `text` with the key blotted out.
  std::string without_key(std::string text) const;

 private:
  std::vector<HttpResponse> wait(double seconds);

  RemoteOptions options_;
  std::string url_, key_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace juror
