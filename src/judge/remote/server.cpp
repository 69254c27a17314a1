#include "judge/remote/server.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "judge/remote/chat_protocol.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMostWait_s = 0.1;  // so that Ctrl-C is heard
constexpr double kLongestBackoff_s = 60;

std::string read_key(const std::string& file) {
  if (file.empty()) return {};
  std::string key = read_file(file);
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' '))
    key.pop_back();
  const bool is_plain =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 32 && c < 127; });
  require(!key.empty() && is_plain,
          "'{}' is no API key: one line without spaces is expected, and nothing else.", file);
  return key;
}

}  // namespace

bool is_transient(int status) { return status == 408 || status == 429 || status >= 500; }

std::string chat_url(const std::string& judge_url) {
  std::string url = judge_url;
  while (url.ends_with('/')) url.pop_back();
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  require(is_http && url.size() > host && url.find_first_of(" ?#\"\n") == std::string::npos,
          "--judge-url is '{}', and an address such as http://localhost:8000 is expected.",
          judge_url);
  const std::size_t path = url.find('/', host);
  require(url.find('@', host) >= path,
          "--judge-url holds a name or password before '@'; give a key by --judge-api-key-file.");
  require(
      is_url(url),
      "--judge-url is '{}', which is no address: a host is expected, and a port from 1 to 65535 "
      "where one is named.",
      judge_url);
  if (url.ends_with("/chat/completions")) return url;
  return url + (path == std::string::npos ? "/v1" : "") + "/chat/completions";
}

ChatServerClient::ChatServerClient(const RemoteOptions& options)
    : options_(options),
      url_(chat_url(options.judge_url)),
      key_(read_key(options.judge_api_key_file)),
      http_(std::make_unique<HttpClient>(
          HttpOptions{.bearer_token = key_, .timeout_s = options.judge_timeout_s})) {}

std::string ChatServerClient::without_key(std::string text) const {
  for (std::size_t at = 0; !key_.empty() && (at = text.find(key_, at)) != std::string::npos;)
    text.replace(at, key_.size(), "***");
  return text;
}

void ChatServerClient::fail(int status, const std::string& text, const std::string& model) const {
  const std::string said = without_key(text);
  if ((status == 401 || status == 403) && key_.empty())
    throw Error(
        fmt::format("The judge at {} wants an API key ({}): {} Name a file that holds it by "
                    "--judge-api-key-file.",
                    url_, status, said));
  if (status == 401 || status == 403)
    throw Error(
        fmt::format("The judge at {} refuses the key ({}): {} Give the right one by "
                    "--judge-api-key-file.",
                    url_, status, said));
  if (status == 404)
    throw Error(
        fmt::format("The judge at {} knows no such address or model ('{}', 404): {} See "
                    "--judge-url and --judge-model.",
                    url_, model, said));
  if (status > 0 && !is_transient(status))
    throw Error(fmt::format("The judge at {} refuses what is asked ({}): {}", url_, status, said));
  throw Error(
      fmt::format(
          "The judge at {} does not answer: {}. Look whether it runs and is reachable, then "
          "start again.",
          url_, said),
      ErrorKind::kNetwork);
}

HttpResponse ChatServerClient::exchange(const std::string& url,
                                        const std::optional<std::string>& body) {
  for (std::int64_t failures = 0;; ++failures) {
    http_->start(url, body);
    std::vector<HttpResponse> responses;
    while (responses.empty()) responses = wait(kMostWait_s);
    HttpResponse& response = responses.front();
    const bool is_final = response.status > 0 && !is_transient(response.status);
    if (is_final) return std::move(response);
    const std::string reason = response.status > 0 ? fmt::format("status {}, {}", response.status,
                                                                 error_text(response.body))
                                                   : response.fault;
    if (response.refused || failures >= options_.judge_retries) fail(0, reason, "");
    const double wait_s =
        std::max(response.retry_after_s,
                 options_.judge_backoff_s * std::exp2(static_cast<double>(failures)));
    const auto end =
        Clock::now() + std::chrono::duration<double>(std::min(wait_s, kLongestBackoff_s));
    while (Clock::now() < end) wait(kMostWait_s);
  }
}

/// A moment's wait for answers, unless somebody asked to stop.
std::vector<HttpResponse> ChatServerClient::wait(double seconds) {
  if (options_.goes_on && !options_.goes_on())
    throw Error(fmt::format("Stopped while waiting for the judge at {}.", url_),
                ErrorKind::kNetwork);
  return http_->wait(seconds);
}

}  // namespace juror
