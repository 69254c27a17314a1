#include "serve/learned_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/json_file.h"
#include "base/text_hash.h"
#include "records/json_lines.h"
#include "serve/api/fields.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr std::array kStateNames = {"training", "done", "stopped", "failed"};
constexpr std::size_t kMostHeldOut = 100;

struct VotedPair {
  std::vector<HumanVote> votes;
  double shares = 0;  ///< for the first by hash, summed
  bool is_even() const { return shares == 0.5 * static_cast<double>(votes.size()); }
};

/// By a hash of the pair first, so that their order is any and always the same.
std::map<std::pair<std::uint64_t, std::string>, VotedPair> pairs_of(
    const std::vector<HumanVote>& votes) {
  std::map<std::pair<std::uint64_t, std::string>, VotedPair> pairs;
  for (const HumanVote& vote : votes) {
    const auto [low, high] = std::minmax(vote.images[0], vote.images[1]);
    const std::string key = fmt::format("{}\n{}\n{}", low, high, vote.prompt);
    VotedPair& pair = pairs[{text_hash(key), key}];
    pair.shares += vote.images[0] == low ? vote.share() : 1 - vote.share();
    pair.votes.push_back(vote);
  }
  return pairs;
}

LearnState state_of(const std::string& word) {
  const auto found = std::find(kStateNames.begin(), kStateNames.end(), word);
  require(found != kStateNames.end(), "a state '{}' is unknown", word);
  return static_cast<LearnState>(found - kStateNames.begin());
}

void read_metrics_line(const nlohmann::ordered_json& line, LearningCurve& curve) {
  const auto number = [&](const char* key) { return number_at(line, key, "metrics.jsonl"); };
  const auto step = static_cast<std::int64_t>(number("step"));
  if (line.contains("rewards/brier/mean")) curve.scores[step] = number("rewards/brier/mean");
  if (line.contains("eval/accuracy"))
    curve.agreement[step] = {
        .share = number("eval/accuracy"),
        .interval = {number("eval/accuracy_ci_low"), number("eval/accuracy_ci_high")},
        .brier = number("eval/brier"),
        .pairs = static_cast<std::int64_t>(number("eval/pairs"))};
}

}  // namespace

VoteSplit split_votes(const std::vector<HumanVote>& votes) {
  auto pairs = pairs_of(votes);
  std::erase_if(pairs, [](const auto& entry) { return entry.second.is_even(); });
  const std::size_t held_out = std::min(kMostHeldOut, pairs.size() / 4);
  VoteSplit split;
  for (const auto& [key, pair] : pairs) {
    const bool is_held = static_cast<std::size_t>(split.held_out_pairs) < held_out;
    ++(is_held ? split.held_out_pairs : split.train_pairs);
    std::vector<HumanVote>& side = is_held ? split.held_out : split.train;
    side.insert(side.end(), pair.votes.begin(), pair.votes.end());
  }
  return split;
}

std::string_view name(LearnState state) { return kStateNames[static_cast<std::size_t>(state)]; }

void write_learned_run(const fs::path& folder, const LearnedRun& run) {
  write_file_atomic(folder / "learn.json", json_text({{"schema", 1},
                                                      {"name", run.name},
                                                      {"base", run.base},
                                                      {"began", run.began},
                                                      {"votes", run.votes},
                                                      {"train_pairs", run.train_pairs},
                                                      {"held_out_pairs", run.held_out_pairs},
                                                      {"steps", run.steps},
                                                      {"state", name(run.state)},
                                                      {"message", run.message},
                                                      {"seconds", run.seconds}}) +
                                               "\n");
}

LearnedRun read_learned_run(const fs::path& folder) {
  const fs::path file = folder / "learn.json";
  const Json json = read_json_file(file);
  return reading_keys_of(file, [&] {
    return LearnedRun{.name = json.at("name"),
                      .base = json.at("base"),
                      .began = json.at("began"),
                      .votes = json.at("votes"),
                      .train_pairs = json.at("train_pairs"),
                      .held_out_pairs = json.at("held_out_pairs"),
                      .steps = json.at("steps"),
                      .state = state_of(json.at("state")),
                      .message = json.at("message"),
                      .seconds = json.at("seconds")};
  });
}

LearningCurve read_curve(const fs::path& folder) {
  LearningCurve curve;
  const fs::path file = folder / "run" / "metrics.jsonl";
  if (fs::exists(file))
    each_json_line(file, [&](const nlohmann::ordered_json& line, const LinePlace&) {
      read_metrics_line(line, curve);
    });
  return curve;
}

fs::path checkpoint_folder(const fs::path& folder, std::int64_t step) {
  return folder / "run" / fmt::format("checkpoint-{}", step);
}

std::optional<std::int64_t> offered_step(const fs::path& folder, const LearningCurve& curve) {
  for (auto one = curve.agreement.rbegin(); one != curve.agreement.rend(); ++one)
    if (one->first > 0 && fs::exists(checkpoint_folder(folder, one->first))) return one->first;
  return std::nullopt;
}

bool has_checkpoint(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder / "run", none))
    if (entry.path().filename().string().starts_with("checkpoint-") &&
        fs::exists(entry.path() / "trainer_state.json"))
      return true;
  return false;
}

std::string last_error(const fs::path& folder) {
  const std::string text = fs::exists(folder / "log.txt") ? read_file(folder / "log.txt") : "";
  const auto at = text.rfind("error: ");
  return at == std::string::npos ? "" : text.substr(at + 7, text.find('\n', at) - at - 7);
}

}  // namespace juror
