// One connection: bytes in and out with deadlines and a limit, and whether the client is still
// there. Knows sockets, not HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace juror {

using ConnectionClock = std::chrono::steady_clock;

class Connection {
 public:
  enum class Fault { kNone, kClosed, kTimeout, kTooLarge };

  /// Does not own the socket.
  explicit Connection(int socket) : socket_(socket) {}

  /// Waits until bytes have come; false at the deadline, when the client has closed, or when
  /// `goes_on` says no.
  bool wait_for_bytes(ConnectionClock::time_point deadline, const std::function<bool()>& goes_on);

  /// Everything up to and with an empty line; nothing when it does not come in time, is longer than
  /// `most_bytes`, or the client has closed (`fault` says which).
  std::optional<std::string> read_head(std::size_t most_bytes,
                                       ConnectionClock::time_point deadline);

  /// Puts bytes in front of what will be read.
  void unread(std::string_view bytes) { buffer_.insert(begin_, bytes); }

  /// From now on reads end at the deadline, or when more than `most_bytes` were read.
  void limit(std::uint64_t most_bytes, ConnectionClock::time_point deadline);

  /// Up to `size` bytes; 0 when the client has closed, -1 at a limit.
  long read(char* data, std::size_t size);
  /// Exactly `size` bytes, added to `out`; false when they do not come.
  bool read_exactly(std::size_t size, std::string& out);
  /// A line of at most `most_bytes` without its CR LF; nothing when none comes.
  std::optional<std::string> read_line(std::size_t most_bytes);
  /// All of it or -1.
  long write(const char* data, std::size_t size);

  /// Whether the client has closed its end. Looks only.
  bool is_abandoned() const;
  bool has_bytes() const { return begin_ < buffer_.size(); }
  Fault fault() const { return fault_; }
  int socket() const { return socket_; }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool fill();

  int socket_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::uint64_t left_ = ~0ULL, bytes_read_ = 0;
  ConnectionClock::time_point deadline_ = ConnectionClock::time_point::max();
  Fault fault_ = Fault::kNone;
};

/// "127.0.0.1" or "::1" of the other end.
std::string remote_address(int socket);

}  // namespace juror
