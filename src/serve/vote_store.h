// People's votes, kept in a folder: SQLite for the votes, files named by their hash for the
// pictures. Knows no HTTP.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace juror {

enum class VoteChoice { kFirst, kSecond, kTie, kBothBad };

/// "first", "second", "tie", "both_bad".
std::string_view name(VoteChoice choice);
std::optional<VoteChoice> choice_from_name(std::string_view word);

/// One person's vote on two pictures for a prompt.
struct HumanVote {
  std::string id;       ///< that the client gave: a vote that is sent again is the same vote
  std::string at = {};  ///< "2026-01-31T12:00:00Z"
  std::string prompt;
  std::array<std::string, 2> images;      ///< SHA-256 of their files
  std::array<std::string, 2> names = {};  ///< as people know them; "" without one
  VoteChoice choice = VoteChoice::kTie;
  std::optional<double> judge_p = {};  ///< P(first better) that the judge gave to the pair
  std::string judge_model = {}, voter = {};

  /// P(first better) of this vote: 1, 0, or ½ of ties and of two bad ones.
  double share() const {
    return choice == VoteChoice::kFirst ? 1 : choice == VoteChoice::kSecond ? 0 : 0.5;
  }
};

/// Whether the text has the form of a picture's hash: 64 hexadecimal digits, small.
inline bool is_image_hash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Safe to use from many threads, and by several processes at once.
class VoteStore {
 public:
  /// Opens or makes `folder`. Throws Error (kSystem) when it cannot be written, (kUser) when what
  /// stands there is of a newer program.
  VoteStore(const std::filesystem::path& folder, std::uint64_t most_bytes);
  ~VoteStore();

  /// Keeps a vote; on disk when it returns. False: a vote of this id is there already.
  bool add(const HumanVote& vote);
  /// Takes one back. False: there is none of this id.
  bool remove(const std::string& id);
  /// In the order in which they came; those of one prompt where it is given.
  std::vector<HumanVote> votes(const std::optional<std::string>& prompt = {}) const;
  std::int64_t count() const;

  /// Keeps a picture's file and returns its hash. Throws HttpError (507) when the folder holds
  /// `most_bytes` already.
  std::string put_image(std::string_view bytes);
  /// Its file; nothing where there is none of this hash, or what is given is no hash.
  std::optional<std::filesystem::path> image_file(const std::string& hash) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  void run(const char* sql) const;

  std::filesystem::path folder_;
  std::uint64_t most_bytes_, bytes_ = 0;
  mutable std::mutex mutex_;
  sqlite3* database_ = nullptr;
};

}  // namespace juror
