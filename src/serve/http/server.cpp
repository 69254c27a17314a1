// The one file that knows cpp-httplib. The library listens, has the threads and writes responses.
// Heads and bodies are read here (head.h, body.h), strictly; the library sees a request of no
// words.
#include "serve/http/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "base/error.h"
#include "serve/http/body.h"
#include "serve/http/connection.h"

namespace juror {
namespace {

constexpr std::size_t kMostHeadBytes = 16384;
constexpr int kMostRequests = 10'000;  // of one connection

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(count));
}

/// Threads that come when they are needed and go after a while without work.
class ConnectionThreads : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(std::size_t most) : most_(most) {}

  void enqueue(std::function<void()> job) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (jobs_.size() <= idle_ || threads_ >= most_) {
      change_.notify_one();
      return;
    }
    ++threads_;
    std::thread([this] { work(); }).detach();
  }
  void shutdown() override {
    std::unique_lock lock(mutex_);
    is_ending_ = true;
    change_.notify_all();
    gone_.wait(lock, [&] { return threads_ == 0; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      const bool has_work = change_.wait_for(lock, std::chrono::seconds(10),
                                             [&] { return !jobs_.empty() || is_ending_; });
      --idle_;
      if (!has_work || jobs_.empty()) break;
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
    --threads_;
    gone_.notify_all();  // under the lock: the queue is gone when `shutdown` returns
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable change_, gone_;
  std::list<std::function<void()>> jobs_;
  std::size_t threads_ = 0, idle_ = 0;
  bool is_ending_ = false;
};

/// The connection as the library reads and writes it.
class LimitedStream : public httplib::Stream {
 public:
  explicit LimitedStream(Connection& connection) : connection_(connection) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* data, std::size_t size) override { return connection_.read(data, size); }
  ssize_t write(const char* data, std::size_t size) override {
    return connection_.write(data, size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
};

/// Bodies that are held at this moment, in bytes, by all connections together.
class BodyBytes {
 public:
  BodyBytes(std::atomic<std::uint64_t>& all, std::uint64_t most) : all_(all), most_(most) {}
  ~BodyBytes() { all_ -= own_; }
  BodyBytes(const BodyBytes&) = delete;
  BodyBytes& operator=(const BodyBytes&) = delete;
  /// Throws HttpError (503) when there is no room.
  void add(std::uint64_t bytes) {
    own_ += bytes;
    if ((all_ += bytes) > most_ && own_ < all_)
      throw HttpError(503, "busy", "The bodies under way fill the memory set aside for them.");
  }

 private:
  std::atomic<std::uint64_t>& all_;
  std::uint64_t most_, own_ = 0;
};

/// What is known of the request that a connection's thread is at work on.
struct Exchange {
  Connection& connection;
  const RequestHead& head;
  std::string id, remote_address;
  int status = 0;
  bool was_read = false;  ///< with its body: what follows is another request
};
thread_local Exchange* exchange_at_hand = nullptr;  // the library's handlers know no connection

std::string new_request_id() {
  static std::atomic<std::uint64_t> count = std::random_device{}();
  return fmt::format("req-{:08x}{:08x}", std::random_device{}(), ++count & 0xFFFFFFFF);
}

/// The client's own id if it is short and harmless.
std::string request_id(const RequestHead& head) {
  const std::string given = head.header("x-request-id");
  const bool is_plain =
      !given.empty() && given.size() <= 64 && std::all_of(given.begin(), given.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
      });
  return is_plain ? given : new_request_id();
}

HttpReply guarded(const std::function<HttpReply()>& work) {
  try {
    return work();
  } catch (...) {
    return error_response(std::current_exception());
  }
}

const char* reason_of(int status) { return status < 400 ? "OK" : "Error"; }

/// A response to what was refused before the library saw it.
void write_plainly(Connection& connection, const HttpReply& response, const std::string& id) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nX-Request-Id: {}\r\n",
      response.status, reason_of(response.status), response.content_type, response.body.size(), id);
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Connection: close\r\n\r\n" + response.body;
  connection.write(text.data(), text.size());
}

/// Closes so that the client reads the response first: what it still sends is read for a moment.
void close_gently(Connection& connection) {
  ::shutdown(connection.socket(), SHUT_WR);
  connection.limit(16ULL << 20, ConnectionClock::now() + std::chrono::seconds(1));
  std::array<char, 16384> bytes;
  while (connection.read(bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace

struct HttpServer::State : httplib::Server {
  ListenOptions options;
  HttpHooks hooks;
  int port = 0;
  std::atomic<bool> is_stopping{false};
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> body_bytes{0};
  std::thread acceptor;

  State(const ListenOptions& o, HttpHooks h) : options(o), hooks(std::move(h)) {
    new_task_queue = [this] {
      return new ConnectionThreads(static_cast<std::size_t>(options.max_connections) + 32);
    };
    set_keep_alive_max_count(kMostRequests);
    set_tcp_nodelay(true);
    set_socket_options([](socket_t socket) {  // not SO_REUSEPORT, as is the library's: two servers
      const int yes = 1;                      // would share a port
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    Get("/", [this](const httplib::Request&, httplib::Response& response) { answer(response); });
  }

  HeadLimits head_limits() const {
    return {.body_bytes = static_cast<std::uint64_t>(options.max_body_mb) << 20};
  }

  void listen_in_background();
  bool process_and_close_socket(socket_t socket) override;
  void serve(Connection& connection);
  bool serve_one(Connection& connection, bool is_last);
  void refuse(Connection& connection, const HttpReply& response, const RequestHead* head);
  HttpRequest request_at_hand() const;
  void answer(httplib::Response& out);
  void put(HttpReply response, httplib::Response& out);
};

void HttpServer::State::listen_in_background() {
  port = options.port == 0 ? bind_to_any_port(options.host)
                           : (bind_to_port(options.host, static_cast<int>(options.port))
                                  ? static_cast<int>(options.port)
                                  : -1);
  require(port > 0,
          "Cannot listen at {}:{}: the port is taken, or the address is not of this machine. "
          "--port 0 takes a free port.",
          options.host, options.port);
  ::listen(svr_sock_, 1024);  // the library's backlog is 5
  acceptor = std::thread([this] { listen_after_bind(); });
  while (!is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

bool HttpServer::State::process_and_close_socket(socket_t socket) {
  Connection connection(socket);
  if (++connections > options.max_connections) {
    refuse(connection, error_response(503, "busy", "There are too many connections."), nullptr);
  } else {
    serve(connection);
  }
  --connections;
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return true;
}

void HttpServer::State::serve(Connection& connection) {
  const auto goes_on = [this] { return !is_stopping.load(); };
  for (int served = 0; served < kMostRequests; ++served) {
    const auto idle = ConnectionClock::now() + seconds(options.idle_timeout_s);
    if (!connection.wait_for_bytes(idle, goes_on)) return;
    if (!serve_one(connection, served + 1 == kMostRequests || is_stopping)) return;
  }
}

void HttpServer::State::refuse(Connection& connection, const HttpReply& response,
                               const RequestHead* head) {
  const std::string id = new_request_id();
  write_plainly(connection, response, id);
  if (hooks.log)
    hooks.log({.id = id,
               .remote_address = remote_address(connection.socket()),
               .method = head ? head->method : "",
               .path = head ? head->path : "",
               .status = response.status});
  close_gently(connection);
}

/// Returns whether another request may follow on this connection.
bool HttpServer::State::serve_one(Connection& connection, bool is_last) {
  const auto began = ConnectionClock::now();
  const auto text = connection.read_head(kMostHeadBytes, began + seconds(options.head_timeout_s));
  if (!text) {
    if (connection.fault() == Connection::Fault::kTooLarge)
      refuse(connection, error_response(431, "head_too_large", "The request's head is too long."),
             nullptr);
    if (connection.fault() == Connection::Fault::kTimeout)
      refuse(connection, error_response(408, "timeout", "The request's head came too slowly."),
             nullptr);
    return false;
  }
  RequestHead head;
  std::string address = remote_address(connection.socket());
  try {
    head = read_head(*text, head_limits());
    if (hooks.admit) hooks.admit(head, address);
  } catch (const HttpError& error) {
    refuse(connection, error_response(error), &head);
    return false;
  }
  const bool is_last_one = is_last || !head.keeps_alive;
  connection.limit(~0ULL, ConnectionClock::now() + seconds(options.body_timeout_s));
  connection.unread(head.method == "HEAD" ? "HEAD / HTTP/1.1\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n");
  Exchange exchange{connection, head, request_id(head), std::move(address)};
  const std::uint64_t bytes_before = connection.bytes_read();
  exchange_at_hand = &exchange;
  LimitedStream stream(connection);
  bool is_closed = false;
  const bool went_well = process_request(stream, is_last_one, is_closed, nullptr);
  exchange_at_hand = nullptr;
  if (hooks.log)
    hooks.log({.id = exchange.id,
               .remote_address = exchange.remote_address,
               .method = head.method,
               .path = head.path,
               .status = exchange.status,
               .bytes_in = connection.bytes_read() - bytes_before + text->size(),
               .seconds = std::chrono::duration<double>(ConnectionClock::now() - began).count()});
  if (!exchange.was_read) {
    close_gently(connection);
    return false;
  }
  return went_well && !is_closed && !is_last_one;
}

HttpRequest HttpServer::State::request_at_hand() const {
  const Exchange& exchange = *exchange_at_hand;
  return {
      .id = exchange.id,
      .method = exchange.head.method,
      .path = exchange.head.path,
      .query = exchange.head.query,
      .headers = exchange.head.headers,
      .remote_address = exchange.remote_address,
      .body = {},
      .is_abandoned = [&connection = exchange.connection] { return connection.is_abandoned(); }};
}

void HttpServer::State::answer(httplib::Response& out) {
  BodyBytes held(body_bytes, static_cast<std::uint64_t>(options.max_bodies_mb) << 20);
  Exchange& exchange = *exchange_at_hand;
  HttpReply response = guarded([&] {
    HttpRequest request = request_at_hand();
    request.body = read_body(exchange.connection, exchange.head, head_limits().body_bytes,
                             [&](std::uint64_t bytes) { held.add(bytes); });
    exchange.was_read = true;
    return hooks.handle(request);
  });
  put(std::move(response), out);
}

/// Hands a response to the library.
void HttpServer::State::put(HttpReply response, httplib::Response& out) {
  exchange_at_hand->status = out.status = response.status;
  out.set_header("X-Request-Id", exchange_at_hand->id);
  out.set_header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) out.set_header(name, value);
  if (!response.stream) {
    out.set_content(response.body, response.content_type);
    return;
  }
  auto stream = std::make_shared<std::function<void(const PieceWriter&)>>(response.stream);
  out.set_chunked_content_provider(
      response.content_type, [stream](std::size_t, httplib::DataSink& sink) {
        (*stream)([&](std::string_view piece) { return sink.write(piece.data(), piece.size()); });
        sink.done();
        return true;
      });
}

HttpServer::HttpServer(const ListenOptions& options, HttpHooks hooks)
    : state_(std::make_unique<State>(options, std::move(hooks))) {
  state_->listen_in_background();
}

HttpServer::~HttpServer() { stop(); }

int HttpServer::port() const { return state_->port; }
std::int64_t HttpServer::connections() const { return state_->connections; }

void HttpServer::stop() {
  if (!state_->acceptor.joinable()) return;
  state_->is_stopping = true;
  state_->httplib::Server::stop();
  state_->acceptor.join();  // which waits for the connections' threads
}

}  // namespace juror
