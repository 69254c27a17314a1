// The HTTP server: sockets, limits and threads. What a request means is its handler's affair.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/options.h"
#include "serve/http/head.h"
#include "serve/http/message.h"

namespace juror {

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::int64_t port = 8080;
  std::int64_t max_connections = 1024;
  std::int64_t max_body_mb = 64;
  std::int64_t max_bodies_mb = 1024;
  double head_timeout_s = 10;
  double body_timeout_s = 120;
  double idle_timeout_s = 15;

  template <class Field>
  void fields(Field&& field) {
    field("host", host, "Address to listen at; 127.0.0.1 is this machine alone");
    field("port", port, "Port to listen at; 0 takes a free one", Range{0, 65535});
    field("max_connections", max_connections, "Most connections at once; others get 503",
          Range{1, 65535});
    field("max_body_mb", max_body_mb, "Most megabytes of one request's body", Range{1, 1 << 20});
    field("max_bodies_mb", max_bodies_mb,
          "Most megabytes of all bodies under way together; more is put off by 503",
          Range{1, 1 << 20});
    field("head_timeout_s", head_timeout_s, "Seconds in which a request's head must have come",
          Range{0.001, 3600});
    field("body_timeout_s", body_timeout_s, "Seconds in which a request's body must have come",
          Range{0.001, 86400});
    field("idle_timeout_s", idle_timeout_s,
          "Seconds after which a connection without requests is closed", Range{0.001, 3600});
  }
};

/// One line of the access log.
struct AccessRecord {
  std::string id, remote_address, method, path;
  int status = 0;
  std::uint64_t bytes_in = 0;
  double seconds = 0;
};

struct HttpHooks {
  HttpHandler handle;
  /// Looks at a request's head before its body is read; throws HttpError to refuse it.
  std::function<void(const RequestHead&, const std::string& remote_address)> admit = {};
  std::function<void(const AccessRecord&)> log = {};
};

/// Serves from the constructor to `stop`, each connection in a thread of its own. The handler is
/// called from many threads; what it throws becomes an error response (HttpError as it says, Error
/// of a request 422, all else 500).
class HttpServer {
 public:
  /// Throws Error (kSystem, or kUser where the port is taken) when it cannot listen.
  HttpServer(const ListenOptions& options, HttpHooks hooks);
  ~HttpServer();

  int port() const;
  std::int64_t connections() const;
  /// Closes the listener, lets requests under way come to their end, and waits for them.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace juror
