#include "eval/journal.h"

#include <set>

#include "base/error.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Reads lines one by one; `read` gets each with its place and the end of the line in bytes.
template <class Read>
void for_each_line(const std::filesystem::path& file, Read&& read) {
  std::ifstream stream(file, std::ios::binary);
  require(stream.is_open(), "'{}' cannot be opened.", file.string());
  std::size_t number = 0;
  std::uintmax_t end = 0;
  for (std::string line; std::getline(stream, line);) {
    if (stream.eof()) return;  // no line end: cut by a crash
    end += line.size() + 1;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const std::string where = fmt::format("{}:{}", file.string(), ++number);
    require(json.is_object(), "{}: not a JSON object. A journal has one a line.", where);
    read(json, where, end);
  }
}

/// What a reader knows while it goes through the lines.
struct JournalReading {
  EvalJournal journal;
  EvalExample open;  // its lines so far
  std::set<std::string> ids;

  void header(const Json& json, const std::string& where, std::uintmax_t end) {
    require(json.contains("eval") && json["eval"].is_object(),
            "{}: the first line of a journal has the object 'eval'.", where);
    journal.header = json["eval"];
    journal.whole_bytes = end;
  }

  void comparison(const Json& json, const std::string& where, std::uintmax_t end) {
    const std::size_t all = read_record(json, where, open);
    require(!ids.contains(open.id), "{}: the example '{}' was finished in an earlier line.", where,
            open.id);
    require(open.pairs.size() <= all, "{}: the example '{}' has more than {} comparisons.", where,
            open.id, all);
    if (open.pairs.size() < all) return;
    ids.insert(open.id);
    journal.examples.push_back(finished(open));
    journal.whole_bytes = end;
    open = {};
  }
};

}  // namespace

EvalJournal read_journal(const std::filesystem::path& file) {
  JournalReading reading;
  for_each_line(file, [&](const Json& json, const std::string& where, std::uintmax_t end) {
    if (reading.journal.whole_bytes == 0) {
      reading.header(json, where, end);
    } else if (json.contains("error")) {
      reading.journal.whole_bytes = end;
    } else {
      reading.comparison(json, where, end);
    }
  });
  require(reading.journal.whole_bytes > 0,
          "'{}' holds no header: it is not the journal of an evaluation.", file.string());
  return std::move(reading.journal);
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

JournalWriter::JournalWriter(const std::filesystem::path& file)
    : file_(file), out_(file, std::ios::binary | std::ios::app) {}

JournalWriter JournalWriter::begin(const std::filesystem::path& file, const Json& header) {
  require(!std::filesystem::exists(file),
          "'{}' exists. --resume continues it; --output-dir takes another folder.", file.string());
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  JournalWriter writer(file);
  writer.write(line_of({{"schema", 1}, {"eval", header}}));
  return writer;
}

JournalWriter JournalWriter::resume(const std::filesystem::path& file, const Json& header,
                                    EvalJournal& journal) {
  journal = read_journal(file);
  const std::vector<std::string> differences = header_differences(journal.header, header);
  require(differences.empty(), "'{}' cannot be resumed: {}. Start anew in another --output-dir.",
          file.string(), fmt::join(differences, "; "));
  std::filesystem::resize_file(file, journal.whole_bytes);
  return JournalWriter(file);
}

void JournalWriter::write(const std::string& lines) {
  out_ << lines << std::flush;
  if (!out_)
    throw Error(fmt::format("Cannot write to '{}'. Is the disk full?", file_.string()),
                ErrorKind::kSystem);
}

void JournalWriter::append(const EvalExample& example, std::span<const Comparison> comparisons,
                           const RecordOrigin& origin) {
  std::string lines;
  for (std::size_t i = 0; i < comparisons.size(); ++i)
    lines += line_of(record_json(example, i, comparisons[i].votes, origin));
  write(lines);
}

void JournalWriter::append_failure(const std::string& example, const std::string& error) {
  write(line_of({{"schema", 1}, {"example", example}, {"error", error}}));
}

}  // namespace juror
