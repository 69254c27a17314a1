#include "serve/vote_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "serve/http/message.h"
#include "serve/sha256.h"
#include "serve/utc_now.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 1;
constexpr std::array kChoiceNames = {"first", "second", "tie", "both_bad"};

[[noreturn]] void fail(sqlite3* database, const char* doing) {
  throw Error(fmt::format("{} votes.sqlite failed: {}.", doing, sqlite3_errmsg(database)),
              ErrorKind::kSystem);
}

/// A prepared statement, gone with its scope.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK)
      fail(database, "Reading");
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
  }
  void bind(std::optional<double> number) {
    ++bound_;
    if (number) sqlite3_bind_double(statement_, bound_, *number);
  }
  /// Whether there is a row.
  bool step() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(database_, "Writing");
    return result == SQLITE_ROW;
  }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr
               ? ""
               : std::string(bytes,
                             static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  std::optional<double> number(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return sqlite3_column_double(statement_, column);
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

const char* ending_of(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG")) return ".png";
  if (bytes.starts_with("\xff\xd8")) return ".jpg";
  return ".webp";
}

}  // namespace

std::string_view name(VoteChoice choice) { return kChoiceNames[static_cast<std::size_t>(choice)]; }

std::optional<VoteChoice> choice_from_name(std::string_view word) {
  for (std::size_t i = 0; i < kChoiceNames.size(); ++i)
    if (word == kChoiceNames[i]) return static_cast<VoteChoice>(i);
  return std::nullopt;
}

VoteStore::VoteStore(const fs::path& folder, std::uint64_t most_bytes)
    : folder_(folder), most_bytes_(most_bytes) {
  create_folders(folder / "images");
  for (const auto& entry : fs::directory_iterator(folder / "images"))
    if (entry.is_regular_file()) bytes_ += entry.file_size();
  const std::string file = folder / "votes.sqlite";
  if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) {
    const std::string reason = sqlite3_errmsg(database_);
    sqlite3_close(database_);
    throw Error(fmt::format("Cannot open '{}': {}.", file, reason), ErrorKind::kSystem);
  }
  sqlite3_busy_timeout(database_, 10'000);
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");  // a vote that was acknowledged is on disk
  std::int64_t version = 0;
  {
    Statement statement(database_, "PRAGMA user_version");
    if (statement.step()) version = statement.integer(0);
  }
  if (version > kVersion) {
    sqlite3_close(database_);
    throw Error(
        fmt::format("'{}' was written by a newer Juror (version {} of its tables, and this "
                    "one knows {}).",
                    file, version, kVersion));
  }
  run("CREATE TABLE IF NOT EXISTS votes ("
      "seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, "
      "prompt TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, "
      "first_name TEXT NOT NULL, second_name TEXT NOT NULL, "
      "choice TEXT NOT NULL CHECK (choice IN ('first', 'second', 'tie', 'both_bad')), "
      "judge_p REAL, judge_model TEXT NOT NULL, voter TEXT NOT NULL)");
  run("PRAGMA user_version = 1");
}

VoteStore::~VoteStore() { sqlite3_close(database_); }

void VoteStore::run(const char* sql) const {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(database_, "Opening");
}

bool VoteStore::add(const HumanVote& vote) {
  const std::lock_guard lock(mutex_);
  Statement statement(
      database_,
      "INSERT INTO votes (id, at, prompt, first, second, first_name, second_name, "
      "choice, judge_model, voter, judge_p) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO NOTHING");
  for (const std::string& text :
       {vote.id, vote.at.empty() ? utc_now() : vote.at, vote.prompt, vote.images[0], vote.images[1],
        vote.names[0], vote.names[1], std::string(name(vote.choice)), vote.judge_model, vote.voter})
    statement.bind(text);
  statement.bind(vote.judge_p);
  statement.step();
  return sqlite3_changes(database_) == 1;
}

bool VoteStore::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_, "DELETE FROM votes WHERE id = ?");
  statement.bind(id);
  statement.step();
  return sqlite3_changes(database_) == 1;
}

std::vector<HumanVote> VoteStore::votes(const std::optional<std::string>& prompt) const {
  const std::lock_guard lock(mutex_);
  Statement statement(database_,
                      prompt ? "SELECT id, at, prompt, first, second, first_name, second_name, "
                               "choice, judge_p, judge_model, voter FROM votes WHERE prompt = ? "
                               "ORDER BY seq"
                             : "SELECT id, at, prompt, first, second, first_name, second_name, "
                               "choice, judge_p, judge_model, voter FROM votes ORDER BY seq");
  if (prompt) statement.bind(*prompt);
  std::vector<HumanVote> votes;
  while (statement.step()) {
    votes.push_back({.id = statement.text(0),
                     .at = statement.text(1),
                     .prompt = statement.text(2),
                     .images = {statement.text(3), statement.text(4)},
                     .names = {statement.text(5), statement.text(6)},
                     .choice = choice_from_name(statement.text(7)).value_or(VoteChoice::kTie),
                     .judge_p = statement.number(8),
                     .judge_model = statement.text(9),
                     .voter = statement.text(10)});
  }
  return votes;
}

std::int64_t VoteStore::count() const {
  const std::lock_guard lock(mutex_);
  Statement statement(database_, "SELECT count(*) FROM votes");
  return statement.step() ? statement.integer(0) : 0;
}

std::string VoteStore::put_image(std::string_view bytes) {
  const std::string hash = sha256(bytes);
  const std::lock_guard lock(mutex_);
  if (image_file(hash)) return hash;
  if (bytes_ + bytes.size() > most_bytes_)
    throw HttpError(507, "store_full",
                    fmt::format("The pictures of votes fill the {} MB set aside for them "
                                "(--votes-mb).",
                                most_bytes_ >> 20));
  write_file_atomic(folder_ / "images" / (hash + ending_of(bytes)), bytes);
  bytes_ += bytes.size();
  return hash;
}

std::optional<fs::path> VoteStore::image_file(const std::string& hash) const {
  if (!is_image_hash(hash)) return std::nullopt;
  for (const char* ending : {".png", ".jpg", ".webp"}) {
    fs::path file = folder_ / "images" / (hash + ending);
    if (fs::exists(file)) return file;
  }
  return std::nullopt;
}

}  // namespace juror
