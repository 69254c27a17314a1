#include "records/journal.h"

#include <set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/text_hash.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What a reader knows while it goes through the lines.
struct JournalReading {
  EvalJournal journal;
  EvalExample open = {};  // its lines so far
  std::set<std::string> ids = {};

  void line(const Json& json, const LinePlace& place) {
    if (!place.is_whole) return;  // cut by a crash
    if (journal.whole_bytes == 0) return header(json, place);
    if (!json.contains("error")) return comparison(json, place);
    journal.whole_bytes = place.end;
  }

  void header(const Json& json, const LinePlace& place) {
    require(json.contains("eval") && json["eval"].is_object(),
            "{}: the first line of a journal has the object 'eval'.", place.str());
    for (const char* key : {"protocol", "model", "model_hash"}) {
      const auto value = json["eval"].find(key);
      require(value == json["eval"].end() || value->is_string(),
              "{}: '{}' in the header is {}, and a text is expected.", place.str(), key,
              value == json["eval"].end() ? "" : value->dump());
    }
    journal.header = json["eval"];
    journal.whole_bytes = place.end;
  }

  void comparison(const Json& json, const LinePlace& place) {
    const std::size_t all = read_record(json, place.str(), open);
    require(!ids.contains(open.id), "{}: the example '{}' was finished in an earlier line.",
            place.str(), open.id);
    require(open.pairs.size() <= all, "{}: the example '{}' has more than {} comparisons.",
            place.str(), open.id, all);
    if (open.pairs.size() < all) return;
    ids.insert(open.id);
    journal.examples.push_back(finished(std::exchange(open, {})));
    journal.whole_bytes = place.end;
  }
};

fs::path lock_file(const fs::path& file) { return file.string() + ".lock"; }

FileLock locked(const fs::path& file) {
  return {lock_file(file), fmt::format("The journal '{}'", file.string())};
}

/// Copies what stands behind the whole examples to a file beside the journal.
void put_rest_aside(const fs::path& file, const EvalJournal& journal) {
  fs::path aside;
  for (int number = 1; aside.empty() || fs::exists(aside); ++number)
    aside = fmt::format("{}.rest-{}", file.string(), number);
  write_file_atomic(aside, read_file(file).substr(journal.whole_bytes));
  log_warning(
      fmt::format("{} The {} examples before it are kept, and what stands behind them is "
                  "now in '{}'.",
                  journal.fault, journal.examples.size(), aside.string()));
}

}  // namespace

FinishedExample finished(EvalExample example) {
  FinishedExample kept{.id = example.id,
                       .prompt = prompt_key(example),
                       .texts = texts_key(example),
                       .sizes = std::move(example.sizes),
                       .ranks = std::move(example.ranks),
                       .images = {},
                       .pairs = std::move(example.pairs)};
  for (const std::string& image : example.images) kept.images.push_back(text_hash(image));
  for (EvalPair& pair : kept.pairs) pair.votes = {};
  return kept;
}

EvalJournal read_journal_to_fault(const fs::path& file) {
  JournalReading reading;
  try {
    each_json_line(file,
                   [&](const Json& json, const LinePlace& place) { reading.line(json, place); });
  } catch (const Error& error) {
    if (reading.journal.whole_bytes == 0) throw;
    reading.journal.fault = error.what();
  }
  require(reading.journal.whole_bytes > 0,
          "'{}' holds no header: it is not the journal of an evaluation.", file.string());
  return std::move(reading.journal);
}

fs::path journal_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  require(fs::exists(path / "journal.jsonl", ignored),
          "The folder '{}' holds no journal.jsonl: it is not that of an evaluation.",
          path.string());
  return path / "journal.jsonl";
}

EvalJournal read_journal(const fs::path& path) {
  const fs::path file = journal_file(path);
  EvalJournal journal = read_journal_to_fault(file);
  require(
      journal.fault.empty(),
      "{} Was it written by two processes? `juror eval … --resume` keeps the {} examples before "
      "that line and goes on from there.",
      journal.fault, journal.examples.size());
  return journal;
}

std::vector<std::string> header_differences(const Json& before, const Json& now) {
  std::vector<std::string> sentences;
  std::set<std::string> keys;
  for (const Json* header : {&before, &now}) {
    for (const auto& [key, value] : header->items()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const Json was = before.value(key, Json(nullptr)), is = now.value(key, Json(nullptr));
    if (was != is)
      sentences.push_back(fmt::format("{} was {} and is {}", key, was.dump(), is.dump()));
  }
  return sentences;
}

JournalWriter JournalWriter::begin(const fs::path& file, const Json& header, const Json& run) {
  if (file.has_parent_path()) create_folders(file.parent_path());
  JournalWriter writer(locked(file), file);
  require(!fs::exists(file),
          "'{}' exists. --resume continues it; --output-dir takes another folder.", file.string());
  Json line = {{"schema", 1}, {"eval", header}};
  if (!run.is_null()) line["run"] = run;
  writer.out_.append(line);
  return writer;
}

JournalWriter JournalWriter::resume(const fs::path& file, const Json& header,
                                    EvalJournal& journal) {
  JournalWriter writer(locked(file), file);
  journal = read_journal_to_fault(file);
  const std::vector<std::string> differences = header_differences(journal.header, header);
  require(differences.empty(), "'{}' cannot be resumed: {}. Start anew in another --output-dir.",
          file.string(), fmt::join(differences, "; "));
  if (!journal.fault.empty()) put_rest_aside(file, journal);
  fs::resize_file(file, journal.whole_bytes);
  return writer;
}

void JournalWriter::append(const EvalExample& example, const RecordOrigin& origin) {
  std::vector<Json> lines;
  for (std::size_t i = 0; i < example.pairs.size(); ++i)
    lines.push_back(record_json(example, i, origin));
  out_.append_all(lines);
}

void JournalWriter::append_failure(const std::string& example, const std::string& error) {
  out_.append({{"schema", 1}, {"example", example}, {"error", error}});
}

}  // namespace juror
