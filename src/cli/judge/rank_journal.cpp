#include "cli/judge/rank_journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/model_hash.h"
#include "base/parse_json.h"
#include "base/text_hash.h"
#include "cli/judge/judging.h"
#include "cli/judge/judging_json.h"
#include "judge/comparison_json.h"
#include "records/journal.h"
#include "records/vote_json.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

fs::path made(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(
        fmt::format("The folder '{}' cannot be made: {}.", folder.string(), error.message()),
        ErrorKind::kSystem);
  return folder;
}

std::vector<std::string> texts(const Json& list, const std::string& place) {
  std::vector<std::string> all;
  for (const Json& one : list) {
    require(one.is_string(), "{}: 'images' must be a list of paths.", place);
    all.push_back(one.get<std::string>());
  }
  return all;
}

PairIndex read_pair(const Json& line, const std::string& place) {
  const Json pair = list_at(line, "pair", place);
  require(pair.size() == 2 && pair[0].is_number_unsigned() && pair[1].is_number_unsigned(),
          "{}: 'pair' must hold two indices of images.", place);
  return {pair[0].get<std::size_t>(), pair[1].get<std::size_t>()};
}

/// Cuts off what a crash left of a last line, so that the next one begins anew.
void cut_broken_end(const fs::path& file, std::uintmax_t whole) {
  if (fs::exists(file) && fs::file_size(file) > whole) fs::resize_file(file, whole);
}

}  // namespace

GroupReader::GroupReader(const fs::path& file) : file_(file), stream_(file) {
  require(fs::is_regular_file(file) && stream_.good(), "The groups '{}' cannot be read.",
          file.string());
}

std::int64_t GroupReader::count(const fs::path& file) {
  std::ifstream stream(file);
  std::int64_t lines = 0;
  for (std::string line; std::getline(stream, line);)
    lines += line.find_first_not_of(" \t\r") != std::string::npos ? 1 : 0;
  return lines;
}

std::optional<PictureGroup> GroupReader::next() {
  std::string text;
  do {
    if (!std::getline(stream_, text)) return std::nullopt;
    ++line_;
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  } while (text.find_first_not_of(" \t\r") == std::string::npos);
  const std::string place = fmt::format("{}:{}", file_.string(), line_);
  const Json line = json_or_discarded<Json>(text);
  require(line.is_object(), "{}: an object with 'prompt' and 'images' is expected.", place);
  PictureGroup group{.id = text_at(line, "id", place), .prompt = text_at(line, "prompt", place)};
  if (group.id.empty()) group.id = std::to_string(line_);
  require(ids_.insert(group.id).second, "{}: the id '{}' has come before.", place, group.id);
  for (const std::string& image : texts(list_at(line, "images", place), place))
    group.images.push_back((file_.parent_path() / image).string());
  return group;
}

std::string group_hash(const PictureGroup& group) {
  std::string content = group.prompt;
  for (const std::string& image : group.images) {
    std::error_code unknown;
    const bool is_there = fs::is_regular_file(image, unknown) && fs::file_size(image, unknown) > 0;
    content += "\n" + (is_there ? file_hash(image) : "none");
  }
  return fmt::format("{:016x}", text_hash(content));
}

GroupHashes hash_groups(const fs::path& file, const Progress& progress) {
  GroupReader reader(file);
  const std::int64_t total = GroupReader::count(file);
  GroupHashes hashes;
  while (const auto group = reader.next()) {
    require(!progress || progress("checking groups", std::ssize(hashes), total),
            "Stopped while checking groups; nothing was compared.");
    hashes[group->id] = group_hash(*group);
  }
  return hashes;
}

RankJournal::RankJournal(const fs::path& folder)
    : comparisons_file_(made(folder) / "journal.jsonl"),
      rankings_file_(folder / "rankings.jsonl"),
      lock_(folder / "journal.lock", fmt::format("The rankings in '{}'", folder.string())),
      comparisons_(comparisons_file_),
      rankings_(rankings_file_) {}

RankJournal::RankJournal(const fs::path& folder, const Json& header) : RankJournal(folder) {
  require(!fs::exists(comparisons_file_) && !fs::exists(rankings_file_),
          "'{}' holds rankings already. Continue them with --resume, or name another folder.",
          folder.string());
  comparisons_.append({{"rank", header}});
}

RankJournal::RankJournal(const fs::path& folder, const Json& header, const GroupHashes& now)
    : RankJournal(folder) {
  require(fs::exists(comparisons_file_), "There is nothing to resume: '{}' does not exist.",
          comparisons_file_.string());
  read_rankings(now);
  read_comparisons(header, now);
  if (resumed_.failed > 0 || !resumed_.changed.empty()) keep_finished();
}

void RankJournal::read_rankings(const GroupHashes& now) {
  if (!fs::exists(rankings_file_)) return;
  std::uintmax_t whole = 0;
  each_json_line(rankings_file_, [&](const Json& line, const LinePlace& place) {
    if (!place.is_whole) return;
    whole = place.end;
    const std::string id = text_at(line, "id", place.str());
    const auto asked = now.find(id);
    const bool is_same = asked == now.end() || asked->second == text_at(line, "hash", place.str());
    if (line.contains("error")) {
      resumed_.failed += asked != now.end() ? 1 : 0;
    } else if (!is_same) {
      resumed_.changed.push_back(id);
    } else {
      finished_.insert(id);
      if (asked == now.end()) return;  // no longer asked for
      ++resumed_.ranked;
      resumed_.unreadable_pictures += std::ssize(list_at(line, "errors", place.str()));
    }
  });
  cut_broken_end(rankings_file_, whole);
}

/// Writes rankings.jsonl anew without what is to be ranked again.
void RankJournal::keep_finished() {
  AtomicFile kept(rankings_file_);
  each_json_line(rankings_file_, [&](const Json& line, const LinePlace& place) {
    if (!line.contains("error") && is_finished(text_at(line, "id", place.str())))
      kept.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  });
  kept.commit();
}

void RankJournal::read_comparisons(const Json& header, const GroupHashes& now) {
  std::uintmax_t whole = 0;
  each_json_line(comparisons_file_, [&](const Json& line, const LinePlace& place) {
    if (!place.is_whole) return;
    if (whole == 0) {
      require(line.contains("rank") && line.at("rank").is_object(),
              "'{}' is no journal of rankings.", comparisons_file_.string());
      const std::vector<std::string> differences = header_differences(line.at("rank"), header);
      require(differences.empty(), "'{}' was begun with other options: {}",
              comparisons_file_.string(), fmt::join(differences, "; "));
    } else if (const std::string id = text_at(line, "group", place.str());
               !is_finished(id) && now.contains(id) &&
               now.at(id) == text_at(line, "hash", place.str())) {
      Comparison comparison;
      comparison.pair = read_pair(line, place.str());
      require(line.contains("votes"), "{}: the key 'votes' is missing.", place.str());
      comparison.votes = read_votes(line.at("votes"), place.str());
      comparison.tokens = static_cast<std::int64_t>(number_at(line, "tokens", place.str()));
      comparison.result = fold_votes(comparison.votes);
      begun_[id].push_back(std::move(comparison));
    }
    whole = place.end;
  });
  require(whole > 0 || !fs::exists(rankings_file_) || fs::file_size(rankings_file_) == 0,
          "'{}' ends within its first line, so the options under which the rankings beside it were "
          "made are not known. Name another folder.",
          comparisons_file_.string());
  cut_broken_end(comparisons_file_, whole);
  if (whole > 0) return;
  comparisons_.append({{"rank", header}});
  resumed_.lost_header = true;
}

std::vector<Comparison> RankJournal::take_comparisons(const std::string& id) {
  auto begun = begun_.extract(id);
  return begun.empty() ? std::vector<Comparison>() : std::move(begun.mapped());
}

void RankJournal::append(const PictureGroup& group, const Comparison& comparison) {
  Json line = {{"group", group.id}, {"hash", group.hash}};
  line.update(comparison_json(comparison));
  line["tokens"] = comparison.tokens;
  comparisons_.append(line);
}

void RankJournal::finish(const PictureGroup& group, Json ranking) {
  Json line = {{"id", group.id}, {"hash", group.hash}, {"prompt", group.prompt}};
  line.update(ranking);
  rankings_.append(line);
  finished_.insert(group.id);
}

}  // namespace juror
