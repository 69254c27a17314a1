// One HTTP request and its response as the rest of the server sees them. Knows no library.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juror {

/// A field of multipart/form-data.
struct HttpPart {
  std::string name, filename, content_type, body;
};

struct HttpRequest {
  std::string id;  ///< of the request, in logs and in the header X-Request-Id of the response
  std::string method;
  std::string path;                            ///< without the query, percent signs decoded
  std::map<std::string, std::string> query;    ///< of equal names the first
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string remote_address;
  std::string body;
  /// Whether the client has closed the connection; null where nobody can tell.
  std::function<bool()> is_abandoned;

  /// "" where it is missing. `name` in lower case.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// Takes a piece of a response that is written as it comes; false: the client has gone.
using PieceWriter = std::function<bool(std::string_view)>;

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Instead of `body`: called once, in the connection's thread; the response ends when it returns.
  std::function<void(const PieceWriter&)> stream;
};

using HttpHandler = std::function<HttpReply(const HttpRequest&)>;

/// What a client did wrong, or why it is not served now: becomes the status and the error body
/// {"error":{"code","message","type"}}.
class HttpError : public std::runtime_error {
 public:
  HttpError(int status, std::string code, const std::string& message)
      : std::runtime_error(message), status_(status), code_(std::move(code)) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }

 private:
  int status_;
  std::string code_;
};

/// The response of an error. 503 says in Retry-After when to come back.
HttpReply error_response(int status, const std::string& code, const std::string& message);
inline HttpReply error_response(const HttpError& error) {
  return error_response(error.status(), error.code(), error.what());
}
/// Of anything that was thrown: HttpError as it says; Error of a user 422, of a network 502, of a
/// model or the machine 500; memory that is not there 503; all else 500.
HttpReply error_response(std::exception_ptr thrown);

}  // namespace juror
