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
#include "judge/judge.h"
#include "records/json_lines.h"

namespace juror {

/// A line of the file of groups.
struct PictureGroup {
  std::string id;  ///< the line's number where the line has none
  std::string prompt;
  std::vector<std::string> images = {};  ///< paths, made relative to the file's folder
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

/// FOLDER/journal.jsonl, one comparison a line, flushed as each is finished, and
/// FOLDER/rankings.jsonl, one finished group a line. Pairs are indices into the group's images.
class RankJournal {
 public:
  /// Begins both files, or continues them when `resume`. Throws Error when there are some and
  /// `resume` is false, none and it is true, another process writes them, or the header differs.
  RankJournal(const std::filesystem::path& folder, const nlohmann::ordered_json& header,
              bool resume);

  bool is_finished(const std::string& id) const { return finished_.contains(id); }
  std::int64_t finished() const { return static_cast<std::int64_t>(finished_.size()); }
  /// Comparisons of a group that was not finished, and forgets them.
  std::vector<Comparison> take_comparisons(const std::string& id);

  void append(const std::string& id, const Comparison& comparison);
  void finish(const std::string& id, const nlohmann::ordered_json& ranking);

 private:
  void read_rankings();
  void read_comparisons(const nlohmann::ordered_json& header);

  std::filesystem::path comparisons_file_, rankings_file_;
  FileLock lock_;
  JsonLinesWriter comparisons_, rankings_;
  std::set<std::string> finished_;
  std::map<std::string, std::vector<Comparison>> begun_;
};

}  // namespace juror
