#include "judge/remote/http_client.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "judge/remote/curl_library.h"

namespace juror {

/// One exchange under way. libcurl holds pointers into it, so it stays where it is.
struct HttpClient::Exchange {
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  std::string request;
  std::size_t most_bytes = 0;
  bool is_too_large = false;
  HttpResponse response;

  ~Exchange() {
    curl().slist_free_all(headers);
    curl().easy_cleanup(handle);
  }
  void set_limits(const HttpOptions& options);
  void set_request(const std::string& bearer_token, std::optional<std::string> json_body);
  void set_callbacks();
  void take_header(std::string line);
  HttpResponse finish(CURLcode code);
};

struct HttpClient::State {
  HttpOptions options;
  CURLM* multi = nullptr;
  std::size_t started = 0;
  std::map<CURL*, std::unique_ptr<Exchange>> active;
};

namespace {

/// Seconds, or a date as HTTP writes it; -1 for what is neither.
double retry_after(const std::string& value) {
  char* end = nullptr;
  const double seconds = std::strtod(value.c_str(), &end);
  if (end != value.c_str()) return std::isfinite(seconds) && seconds >= 0 ? seconds : -1;
  const std::time_t when = curl().getdate(value.c_str(), nullptr);
  if (when < 0) return -1;
  return std::max(0.0, std::difftime(when, std::time(nullptr)));
}

void check(CURLcode code, const char* what) {
  if (code != CURLE_OK)
    throw Error(fmt::format("libcurl refused {}: {}.", what, curl().easy_strerror(code)),
                ErrorKind::kSystem);
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value, const char* what) {
  check(curl().easy_setopt(handle, option, value), what);
}

}  // namespace

bool is_url(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parts(curl().url(), curl().url_cleanup);
  char* port = nullptr;
  const bool is_read =
      parts && curl().url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl().url_get(parts.get(), CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
  const bool has_port = is_read && std::string_view(port) != "0";
  curl().free(port);
  return has_port;
}

void HttpClient::Exchange::set_limits(const HttpOptions& options) {
  const auto milliseconds = [](double seconds) { return static_cast<long>(1000 * seconds); };
  set(handle, CURLOPT_NOSIGNAL, 1L, "to leave signals alone");
  set(handle, CURLOPT_FOLLOWLOCATION, 0L, "to stay at one server");  // a key must not travel on
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout_s), "the timeout");
  set(handle, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout_s), "the timeout");
}

void HttpClient::Exchange::set_request(const std::string& bearer_token,
                                       std::optional<std::string> json_body) {
  headers = curl().slist_append(headers, "Accept: application/json");
  if (!bearer_token.empty())
    headers = curl().slist_append(headers, ("Authorization: Bearer " + bearer_token).c_str());
  if (json_body) {
    request = std::move(*json_body);
    headers = curl().slist_append(headers, "Content-Type: application/json");
    headers = curl().slist_append(headers, "Expect:");  // send a large body without asking first
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.size()), "the body");
    set(handle, CURLOPT_POSTFIELDS, request.c_str(), "the body");
  }
  set(handle, CURLOPT_HTTPHEADER, headers, "the headers");
}

void HttpClient::Exchange::take_header(std::string line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  for (std::size_t i = 0; i < colon; ++i)
    line[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(line[i])));
  if (line.starts_with("retry-after:"))
    response.retry_after_s = retry_after(line.substr(colon + 1));
}

void HttpClient::Exchange::set_callbacks() {
  using Take = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Take body = [](char* bytes, std::size_t, std::size_t count, void* to) {
    Exchange& into = *static_cast<Exchange*>(to);
    into.is_too_large = into.response.body.size() + count > into.most_bytes;
    if (into.is_too_large) return static_cast<std::size_t>(0);  // ends the exchange
    into.response.body.append(bytes, count);
    return count;
  };
  const Take header = [](char* bytes, std::size_t, std::size_t count, void* to) {
    static_cast<Exchange*>(to)->take_header(std::string(bytes, count));
    return count;
  };
  set(handle, CURLOPT_WRITEFUNCTION, body, "a callback");
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(this), "a callback");
  set(handle, CURLOPT_HEADERFUNCTION, header, "a callback");
  set(handle, CURLOPT_HEADERDATA, static_cast<void*>(this), "a callback");
}

HttpClient::HttpClient(HttpOptions options) : state_(std::make_unique<State>()) {
  static const CURLcode ready = curl().global_init(CURL_GLOBAL_DEFAULT);
  check(ready, "to start");
  state_->options = std::move(options);
  state_->multi = curl().multi_init();
  if (state_->multi == nullptr) throw Error("libcurl could not start.", ErrorKind::kSystem);
}

HttpClient::~HttpClient() {
  cancel_all();
  curl().multi_cleanup(state_->multi);
}

std::size_t HttpClient::start(const std::string& url, std::optional<std::string> json_body) {
  auto exchange = std::make_unique<Exchange>();
  exchange->handle = curl().easy_init();
  if (exchange->handle == nullptr) throw Error("libcurl gave no handle.", ErrorKind::kSystem);
  const std::size_t number = exchange->response.exchange = state_->started++;
  exchange->most_bytes = state_->options.most_body_bytes;
  set(exchange->handle, CURLOPT_URL, url.c_str(), "the URL");
  exchange->set_limits(state_->options);
  exchange->set_request(state_->options.bearer_token, std::move(json_body));
  exchange->set_callbacks();
  const CURLMcode added = curl().multi_add_handle(state_->multi, exchange->handle);
  if (added != CURLM_OK)
    throw Error(fmt::format("libcurl refused a request: {}.", curl().multi_strerror(added)),
                ErrorKind::kSystem);
  CURL* const handle = exchange->handle;
  state_->active.emplace(handle, std::move(exchange));
  return number;
}

std::size_t HttpClient::active() const { return state_->active.size(); }

HttpResponse HttpClient::Exchange::finish(CURLcode code) {
  long status = 0;
  curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response.status = code == CURLE_OK ? static_cast<int>(status) : 0;
  response.refused = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
  if (is_too_large) {
    response.fault = fmt::format("the answer has more than {} MiB", most_bytes >> 20);
  } else if (code != CURLE_OK) {
    response.fault = curl().easy_strerror(code);
  }
  return std::move(response);
}

std::vector<HttpResponse> HttpClient::wait(double wait_s) {
  int running = 0;
  curl().multi_perform(state_->multi, &running);
  if (running == static_cast<int>(state_->active.size())) {  // nothing has come yet
    curl().multi_poll(state_->multi, nullptr, 0, static_cast<int>(1000 * wait_s), nullptr);
    curl().multi_perform(state_->multi, &running);
  }
  std::vector<HttpResponse> responses;
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(state_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto place = state_->active.find(message->easy_handle);
    curl().multi_remove_handle(state_->multi, place->first);
    responses.push_back(place->second->finish(code));
    state_->active.erase(place);
  }
  return responses;
}

void HttpClient::cancel_all() {
  for (const auto& [handle, exchange] : state_->active)
    curl().multi_remove_handle(state_->multi, handle);
  state_->active.clear();
}

}  // namespace juror
