// A client for tests of the server: plain sockets, so that it can be as rude as it likes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace juror::testing {

struct Reply {
  int status = 0;  ///< 0: no response came
  std::string head, body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  std::string code() const {
    const nlohmann::json parsed = json();
    return parsed.is_object() && parsed.contains("error") ? parsed["error"].value("code", "") : "";
  }
};

/// A connection to this machine's port.
class Socket {
 public:
  explicit Socket(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    is_open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    const timeval timeout{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  }
  ~Socket() { ::close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool is_open() const { return is_open_; }
  /// False when the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void send_no_more() { ::shutdown(socket_, SHUT_WR); }

  /// One response; what follows it stays for the next call.
  Reply receive(bool is_head = false) {
    Reply reply;
    std::size_t end = std::string::npos;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return reply;
    reply.head = held_.substr(0, end + 4);
    held_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    if (is_head) return reply;
    const std::string length = header(reply.head, "Content-Length");
    if (!length.empty()) {
      reply.body = take(std::stoul(length));
    } else if (header(reply.head, "Transfer-Encoding") == "chunked") {
      while (true) {
        const std::size_t size = std::stoul(take_line(), nullptr, 16);
        reply.body += take(size);
        take_line();
        if (size == 0) break;
      }
    }
    return reply;
  }
  /// Everything up to `mark`, which may be in the middle of a response.
  std::string receive_until(const std::string& mark) {
    while (held_.find(mark) == std::string::npos)
      if (!fill()) return held_;
    return held_.substr(0, held_.find(mark) + mark.size());
  }
  /// Whether the other side closes without sending more.
  bool is_closed_by_server() { return held_.empty() && !fill() && held_.empty(); }

  static std::string header(const std::string& head, const std::string& name) {
    const auto begin = head.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return "";
    const auto value = begin + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }

 private:
  bool fill() {
    std::array<char, 65536> bytes;
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    held_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }
  std::string take(std::size_t count) {
    while (held_.size() < count)
      if (!fill()) break;
    const std::string bytes = held_.substr(0, count);
    held_.erase(0, bytes.size());
    return bytes;
  }
  std::string take_line() {
    std::size_t end = std::string::npos;
    while ((end = held_.find("\r\n")) == std::string::npos)
      if (!fill()) return "0";
    const std::string line = held_.substr(0, end);
    held_.erase(0, end + 2);
    return line;
  }

  int socket_;
  bool is_open_ = false;
  std::string held_;
};

inline std::string request_text(const std::string& method, const std::string& target,
                                const std::string& body, const std::string& headers = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
         (body.empty() && method == "GET"
              ? ""
              : "Content-Length: " + std::to_string(body.size()) + "\r\n") +
         "\r\n" + body;
}

/// One request on a connection of its own. `headers`: lines with \r\n.
inline Reply exchange(int port, const std::string& method, const std::string& target,
                      const std::string& body = "", const std::string& headers = "") {
  Socket socket(port);
  socket.send(request_text(method, target, body, headers));
  return socket.receive(method == "HEAD");
}

}  // namespace juror::testing
