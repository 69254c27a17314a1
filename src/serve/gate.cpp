#include "serve/gate.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "serve/sha256.h"

namespace juror {
namespace {

/// "localhost:8080" -> "localhost", "[::1]:80" -> "[::1]"
std::string without_port(const std::string& host) {
  const auto colon = host.rfind(':');
  if (colon == std::string::npos || host.find(']', colon) != std::string::npos) return host;
  return host.substr(0, colon);
}

bool is_open(const RequestHead& head) {
  return head.path == "/health" || head.path == "/version" ||
         ((head.method == "GET" || head.method == "HEAD") &&
          (head.path == "/" || head.path.starts_with("/page/")));
}

std::string given_key(const RequestHead& head) {
  const std::string bearer = head.header("authorization");
  if (bearer.size() > 7 && (bearer.starts_with("Bearer ") || bearer.starts_with("bearer ")))
    return bearer.substr(7);
  return head.header("x-api-key");
}

void require_host(const RequestHead& head, const GateOptions& options) {
  const std::string host = without_port(head.header("host"));
  if (!options.is_loopback || host.empty() || is_loopback_host(host)) return;
  const auto& allowed = options.allow_hosts;
  if (std::find(allowed.begin(), allowed.end(), host) != allowed.end()) return;
  throw HttpError(403, "wrong_host",
                  "The server does not go by the name that the header Host gives (--allow-host).");
}

void require_own_origin(const RequestHead& head) {
  const std::string origin = head.header("origin");
  if (origin.empty()) return;
  const std::string host = head.header("host");
  if (origin == "http://" + host || origin == "https://" + host) return;
  throw HttpError(403, "other_origin", "Pages of other origins may not ask this server.");
}

void require_key(const RequestHead& head, const GateOptions& options) {
  if (options.keys.empty() || is_open(head)) return;
  const std::string key = given_key(head);
  bool is_right = false;
  for (const std::string& known : options.keys) is_right |= equal_in_constant_time(known, key);
  if (is_right) return;
  throw HttpError(401, key.empty() ? "missing_key" : "wrong_key",
                  key.empty() ? "This server asks for an API key: Authorization: Bearer KEY."
                              : "The API key is not one of this server's.");
}

}  // namespace

std::vector<std::string> read_api_keys(const std::filesystem::path& file) {
  std::vector<std::string> keys;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    line.erase(0, line.find_first_not_of(" \t"));
    if (line.empty() || line[0] == '#') continue;
    require(line.size() >= 8, "A key in '{}' has fewer than 8 characters.", file.string());
    keys.push_back(line);
  }
  require(!keys.empty(), "There is no key in '{}', and one a line is expected.", file.string());
  return keys;
}

void admit(const RequestHead& head, const GateOptions& options) {
  require_host(head, options);
  require_own_origin(head);
  require_key(head, options);
}

bool is_loopback_host(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace juror
