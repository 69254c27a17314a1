// The journal of an evaluation: a header, then the comparisons of one finished example after
// another. docs/formats.md has every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "records/comparison.h"
#include "records/json_lines.h"

namespace juror {

/// What is kept of an example that a journal holds: no texts, which may be long.
struct FinishedExample {
  std::string id;
  std::uint64_t prompt = 0, texts = 0;  ///< prompt_key, texts_key
  std::vector<PictureSize> sizes = {};  ///< this and the rest as in EvalExample
  std::vector<double> ranks = {};
  std::vector<std::uint64_t> images = {};  ///< hashes of their names
  std::vector<EvalPair> pairs = {};        ///< without their votes
};
FinishedExample finished(EvalExample example);

/// A journal as read. Examples without all their lines (a crash) are dropped.
struct EvalJournal {
  nlohmann::ordered_json header;  ///< the object `eval`
  std::vector<FinishedExample> examples;
  std::uintmax_t whole_bytes = 0;  ///< of the file, up to the end of the last whole example
  /// What is wrong behind them, as a sentence with file and line; empty when nothing is.
  std::string fault = {};
};

/// The journal that a path means: itself, or journal.jsonl in a folder.
std::filesystem::path journal_file(const std::filesystem::path& path);

/// Reads line by line (`path` as for `journal_file`); the texts of votes and examples are not kept.
/// Throws Error naming the file and line of what is no journal: broken JSON before the last line, a
/// missing or wrong key, an example that comes twice.
EvalJournal read_journal(const std::filesystem::path& path);

/// As `read_journal`, but what is wrong behind the header ends the reading and is told in `fault`.
EvalJournal read_journal_to_fault(const std::filesystem::path& file);

/// What differs between two headers, as a sentence for each key; empty when nothing does.
std::vector<std::string> header_differences(const nlohmann::ordered_json& before,
                                            const nlohmann::ordered_json& now);

/// Appends to journal.jsonl, which is locked meanwhile: one process writes it.
class JournalWriter {
 public:
  /// Begins a journal. `run` tells how it was made, and may differ when it is resumed. Throws Error
  /// if there is one already, or another process writes it.
  static JournalWriter begin(const std::filesystem::path& file,
                             const nlohmann::ordered_json& header,
                             const nlohmann::ordered_json& run = nullptr);

  /// Continues one: what stands in it comes back in `journal`. What stands behind its fault, if it
  /// has one, is put aside in FILE.rest-N, with a warning. Throws Error naming every key of the
  /// header that differs, and while another process writes it.
  static JournalWriter resume(const std::filesystem::path& file,
                              const nlohmann::ordered_json& header, EvalJournal& journal);

  /// Writes the lines of a finished example in one go, and flushes.
  void append(const EvalExample& example, const RecordOrigin& origin);

  void append_failure(const std::string& example, const std::string& error);

 private:
  JournalWriter(FileLock lock, const std::filesystem::path& file)
      : lock_(std::move(lock)), out_(file) {}

  FileLock lock_;
  JsonLinesWriter out_;
};

}  // namespace juror
