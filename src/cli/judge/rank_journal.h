// The files of juror rank --from: the groups asked for, the journal of their comparisons, and the
// rankings that are finished.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/log.h"
#include "judge/judge.h"
#include "records/json_lines.h"

namespace juror {

/// A line of the file of groups.
struct PictureGroup {
  std::string id;  ///< the line's number where the line has none
  std::string prompt;
  std::vector<std::string> images = {};  ///< paths, made relative to the file's folder
  std::string hash = {};                 ///< group_hash, once somebody asked for it
};

/// Reads groups one by one, however many there are.
class GroupReader {
 public:
  explicit GroupReader(const std::filesystem::path& file);
  /// The next group, or nothing at the end. Throws Error naming file, line and key.
  std::optional<PictureGroup> next();
  /// Lines that are not empty; reads the file once.
  static std::int64_t count(const std::filesystem::path& file);

 private:
  std::filesystem::path file_;
  std::ifstream stream_;
  std::int64_t line_ = 0;
  std::set<std::string> ids_;
};

/// A hash of what is ranked: the prompt and the bytes of the pictures in their order, wherever they
/// lie.
std::string group_hash(const PictureGroup& group);

/// `group_hash` of every group of a file, by id.
using GroupHashes = std::map<std::string, std::string>;

/// Throws Error as GroupReader does, and when `progress` says stop.
GroupHashes hash_groups(const std::filesystem::path& file, const Progress& progress);

/// What a resumed journal brings.
struct ResumedRankings {
  std::int64_t ranked = 0;                ///< groups
  std::int64_t unreadable_pictures = 0;   ///< in them
  std::int64_t failed = 0;                ///< groups, which are tried again
  std::vector<std::string> changed = {};  ///< ids of groups that were other ones then
  bool lost_header = false;  ///< there was no more than the beginning of one: it is new
};

/// FOLDER/journal.jsonl, one comparison a line, flushed as each is finished, and
/// FOLDER/rankings.jsonl, one finished group a line. Pairs are indices into the group's images.
class RankJournal {
 public:
  /// Begins both files. Throws Error when they are there, or another process writes them.
  RankJournal(const std::filesystem::path& folder, const nlohmann::ordered_json& header);
  /// Continues them: rankings of groups that failed, or that have another hash now, are taken out.
  /// Throws Error when there are none, another process writes them, or the header differs.
  RankJournal(const std::filesystem::path& folder, const nlohmann::ordered_json& header,
              const GroupHashes& now);

  const ResumedRankings& resumed() const { return resumed_; }
  bool is_finished(const std::string& id) const { return finished_.contains(id); }
  /// Comparisons of a group that was not finished, and forgets them.
  std::vector<Comparison> take_comparisons(const std::string& id);

  void append(const PictureGroup& group, const Comparison& comparison);
  void finish(const PictureGroup& group, nlohmann::ordered_json ranking);

 private:
  RankJournal(const std::filesystem::path& folder);
  void read_rankings(const GroupHashes& now);
  void keep_finished();
  void read_comparisons(const nlohmann::ordered_json& header, const GroupHashes& now);

  std::filesystem::path comparisons_file_, rankings_file_;
  FileLock lock_;
  JsonLinesWriter comparisons_, rankings_;
  std::set<std::string> finished_;
  std::map<std::string, std::vector<Comparison>> begun_;
  ResumedRankings resumed_;
};

}  // namespace juror
