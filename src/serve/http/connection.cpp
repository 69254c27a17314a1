#include "serve/http/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace juror {
namespace {

constexpr std::chrono::milliseconds kLook{100};    // between two looks at whether to go on
constexpr std::chrono::seconds kWriteTimeout{20};  // for a client that takes nothing

int milliseconds_to(ConnectionClock::time_point deadline) {
  const auto now = ConnectionClock::now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<long>(left + 1, 60'000));
}

/// Waits for `events`; false at the deadline.
bool wait_for(int socket, short events, ConnectionClock::time_point deadline) {
  while (true) {
    pollfd watched{.fd = socket, .events = events, .revents = 0};
    const int found = ::poll(&watched, 1, milliseconds_to(deadline));
    if (found > 0) return true;
    if (found < 0 && errno != EINTR) return true;  // the next call will tell
    if (ConnectionClock::now() >= deadline) return false;
  }
}

}  // namespace

bool Connection::fill() {
  if (!wait_for(socket_, POLLIN, deadline_)) {
    fault_ = Fault::kTimeout;
    return false;
  }
  std::array<char, 16384> bytes;
  long count = -1;
  do {
    count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    fault_ = Fault::kClosed;
    return false;
  }
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  bytes_read_ += static_cast<std::uint64_t>(count);
  return true;
}

bool Connection::wait_for_bytes(ConnectionClock::time_point deadline,
                                const std::function<bool()>& goes_on) {
  while (!has_bytes()) {
    if (!goes_on() || ConnectionClock::now() >= deadline) return false;
    if (wait_for(socket_, POLLIN, std::min(deadline, ConnectionClock::now() + kLook))) {
      deadline_ = ConnectionClock::now();  // bytes are there, or the end
      return fill();
    }
  }
  return true;
}

std::optional<std::string> Connection::read_head(std::size_t most_bytes,
                                                 ConnectionClock::time_point deadline) {
  deadline_ = deadline;
  std::size_t seen = 0;
  while (true) {
    const std::string_view held = std::string_view(buffer_).substr(begin_);
    const auto end = held.find("\r\n\r\n", seen < 3 ? 0 : seen - 3);
    if (end != std::string_view::npos && end + 4 <= most_bytes) {
      std::string head(held.substr(0, end + 4));
      begin_ += head.size();
      return head;
    }
    if (held.size() >= most_bytes || end != std::string_view::npos) {
      fault_ = Fault::kTooLarge;
      return std::nullopt;
    }
    seen = held.size();
    if (!fill()) return std::nullopt;
  }
}

void Connection::limit(std::uint64_t most_bytes, ConnectionClock::time_point deadline) {
  left_ = most_bytes;
  deadline_ = deadline;
  fault_ = Fault::kNone;
}

long Connection::read(char* data, std::size_t size) {
  if (left_ == 0) {
    fault_ = Fault::kTooLarge;
    return -1;
  }
  if (!has_bytes() && !fill()) return fault_ == Fault::kClosed ? 0 : -1;
  const std::size_t count =
      std::min({size, buffer_.size() - begin_, static_cast<std::size_t>(left_)});
  buffer_.copy(data, count, begin_);
  begin_ += count;
  left_ -= count;
  return static_cast<long>(count);
}

bool Connection::read_exactly(std::size_t size, std::string& out) {
  std::array<char, 65536> bytes;
  while (size > 0) {
    const long count = read(bytes.data(), std::min(size, bytes.size()));
    if (count <= 0) return false;
    out.append(bytes.data(), static_cast<std::size_t>(count));
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<std::string> Connection::read_line(std::size_t most_bytes) {
  std::string line;
  char byte = 0;
  while (line.size() < most_bytes + 2 && read(&byte, 1) == 1) {
    line += byte;
    if (line.ends_with("\r\n")) return line.substr(0, line.size() - 2);
    if (byte == '\n') return std::nullopt;
  }
  return std::nullopt;
}

long Connection::write(const char* data, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    if (!wait_for(socket_, POLLOUT, ConnectionClock::now() + kWriteTimeout)) return -1;
    const long count = ::send(socket_, data + done, size - done, MSG_NOSIGNAL);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return -1;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<long>(size);
}

bool Connection::is_abandoned() const {
  char byte = 0;
  const long count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

std::string remote_address(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      address.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr)
          : &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  if (::inet_ntop(address.ss_family, bytes, text.data(), text.size()) == nullptr) return "";
  return text.data();
}

}  // namespace juror
