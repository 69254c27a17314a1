#include "serve/url_fetch.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "judge/remote/curl_library.h"
#include "serve/http/message.h"

namespace juror {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;
constexpr long kConnect_ms = 5000, kWhole_ms = 20000;

[[noreturn]] void refuse(const std::string& message) { throw HttpError(422, "bad_image", message); }

struct UrlParts {
  std::string host, port;
  bool has_usual_port = true;
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url, part, &text, flags) != CURLUE_OK) return "";
  const std::string copy = text;
  curl().free(text);
  return copy;
}

/// By libcurl's own reading, so that what is checked is what is asked.
UrlParts parts_of(CURLU* url, const std::string& text) {
  if (curl().url_set(url, CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    refuse(fmt::format("'{}' is no link that this server follows.", text.substr(0, 200)));
  UrlParts parts{.host = part_of(url, CURLUPART_HOST),
                 .port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT),
                 .has_usual_port = part_of(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT).empty()};
  std::transform(parts.host.begin(), parts.host.end(), parts.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return parts;
}

bool is_named(const UrlParts& parts, const std::vector<std::string>& hosts) {
  return std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
    if (host.starts_with('.')) return parts.has_usual_port && parts.host.ends_with(host);
    return host == parts.host + ":" + parts.port || (parts.has_usual_port && host == parts.host);
  });
}

bool is_private_v4(std::uint32_t a) {
  const auto in = [a](std::uint32_t network, int bits) {
    return (a ^ network) >> (32 - bits) == 0;
  };
  return in(0x00000000, 8) || in(0x0A000000, 8) || in(0x7F000000, 8) || in(0x64400000, 10) ||
         in(0xA9FE0000, 16) || in(0xAC100000, 12) || in(0xC0A80000, 16) || in(0xC0000000, 24) ||
         in(0xC6120000, 15) || in(0xE0000000, 3);
}

/// Everything that is not plainly of the internet.
bool is_private(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return is_private_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  if (address->sa_family != AF_INET6) return true;
  const auto* bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
  return (bytes[0] & 0xE0) != 0x20 ||               // 2000::/3 alone is routed
         (bytes[0] == 0x20 && bytes[1] == 0x02) ||  // 6to4 wraps an IPv4 address
         (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 &&
          bytes[3] == 0);  // so does Teredo
}

bool is_address(const std::string& host) {
  in_addr v4{};
  return host.starts_with('[') || ::inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

struct Transfer {
  std::string bytes;
  bool may_be_private = false, was_private = false, is_too_large = false;
};

/// Opens no socket to an address that a name must not lead to: what was resolved is what is asked.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(user);
  if (!transfer->may_be_private && is_private(&address->addr)) {
    transfer->was_private = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take(char* data, std::size_t one, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->is_too_large = transfer->bytes.size() + one * count > kMostBytes;
  if (transfer->is_too_large) return 0;
  transfer->bytes.append(data, one * count);
  return one * count;
}

struct CurlCleanup {
  void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl().url_cleanup(url); }
};

void set_options(CURL* handle, CURLU* url, Transfer& transfer) {
  curl().easy_setopt(handle, CURLOPT_CURLU, url);
  curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(handle, CURLOPT_PROXY, "");
  curl().easy_setopt(handle, CURLOPT_NETRC, 0L);
  curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnect_ms);
  curl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, kWhole_ms);
  curl().easy_setopt(handle, CURLOPT_USERAGENT, "juror");
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl().easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
  curl().easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
}

}  // namespace

bool is_web_link(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string fetch_picture(const std::string& text, const std::vector<std::string>& hosts) {
  static const CURLcode ready = curl().global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) refuse("This server cannot follow links: libcurl does not start.");
  const std::unique_ptr<CURLU, CurlCleanup> url(curl().url());
  const UrlParts parts = parts_of(url.get(), text);
  if (!is_web_link(text) || !is_named(parts, hosts))
    refuse(
        fmt::format("'{}' is not among the hosts whose links this server follows "
                    "(--fetch-hosts).",
                    parts.host));
  Transfer transfer{.bytes = {}, .may_be_private = is_address(parts.host)};
  const std::unique_ptr<CURL, CurlCleanup> handle(curl().easy_init());
  set_options(handle.get(), url.get(), transfer);
  const CURLcode code = curl().easy_perform(handle.get());
  long status = 0;
  curl().easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (transfer.was_private)
    refuse(fmt::format("'{}' leads into this server's own network.", parts.host));
  if (transfer.is_too_large)
    refuse(fmt::format("What '{}' sends is larger than {} MB.", parts.host, kMostBytes >> 20));
  if (code != CURLE_OK)
    refuse(
        fmt::format("'{}' did not send the picture: {}.", parts.host, curl().easy_strerror(code)));
  if (status != 200)
    refuse(fmt::format("'{}' answered {}{}.", parts.host, status,
                       status >= 300 && status < 400 ? ", and redirects are not followed" : ""));
  return std::move(transfer.bytes);
}

}  // namespace juror
