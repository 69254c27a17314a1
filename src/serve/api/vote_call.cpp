#include "serve/api/vote_call.h"

#include <fmt/format.h>

#include <map>

#include "base/text_hash.h"
#include "serve/http/message.h"

namespace juror {
namespace {

std::string csv_cell(const std::string& text) {
  // A cell that a spreadsheet would take for a formula becomes text.
  const bool is_formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string::npos;
  std::string cell = "\"";
  if (is_formula) cell += '\'';
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

/// The pair of a vote in one order, whichever way it was shown.
struct PairKey {
  std::string prompt, first, second;
  auto operator<=>(const PairKey&) const = default;
};

}  // namespace

VoteCall read_vote_call(const Json& json, const std::string& new_id) {
  const Fields fields(json);
  fields.refuse_others(
      {"id", "prompt", "images", "names", "choice", "judge_p", "judge_model", "voter"});
  VoteCall call{.vote = {.id = fields.text("id").value_or(new_id),
                         .prompt = fields.text("prompt").value_or(""),
                         .images = {},
                         .judge_p = fields.number("judge_p", {0, 1}),
                         .judge_model = fields.text("judge_model").value_or(""),
                         .voter = fields.text("voter").value_or("")},
                .pictures = {}};
  if (call.vote.id.empty() || call.vote.id.size() > 64) refuse_value("id must have 1 to 64 bytes.");
  const auto choice = choice_from_name(fields.text("choice").value_or(""));
  if (!choice) refuse_value("choice must be 'first', 'second', 'tie' or 'both_bad'.");
  call.vote.choice = *choice;
  const Json* images = fields.list("images");
  if (images == nullptr || images->size() != 2)
    refuse_value("images must be a list of two pictures or hashes.");
  for (std::size_t i = 0; i < 2; ++i) {
    call.pictures[i] = picture_source((*images)[i], fmt::format("images[{}]", i));
    call.is_hash[i] = is_image_hash(call.pictures[i].text);
    if (call.is_hash[i]) call.vote.images[i] = call.pictures[i].text;
  }
  if (const Json* names = fields.list("names")) {
    if (names->size() != 2 || !(*names)[0].is_string() || !(*names)[1].is_string())
      refuse_value("names must be a list of two texts.");
    call.vote.names = {(*names)[0], (*names)[1]};
  }
  return call;
}

OrderedJson vote_json(const HumanVote& vote) {
  return {{"id", vote.id},
          {"at", vote.at},
          {"prompt", vote.prompt},
          {"images", vote.images},
          {"names", vote.names},
          {"choice", name(vote.choice)},
          {"judge_p", vote.judge_p ? OrderedJson(*vote.judge_p) : OrderedJson(nullptr)},
          {"judge_model", vote.judge_model},
          {"voter", vote.voter}};
}

OrderedJson leaderboard_json(const Leaderboard& board, const JudgeAgreement& agreement) {
  OrderedJson entries = OrderedJson::array(), wins = entries;
  for (const std::size_t place : board.ranking.order) {
    const RatedEntry& entry = board.entries[place];
    const RankedItem& item = board.ranking.items[place];
    entries.push_back({{"key", entry.key},
                       {"name", entry.name},
                       {"position", item.position},
                       {"rank", item.rank},
                       {"score", item.score},
                       {"ci", {item.score_low, item.score_high}},
                       {"wins", entry.wins},
                       {"losses", entry.losses},
                       {"ties", entry.ties},
                       {"both_bad", entry.both_bad}});
    OrderedJson row = OrderedJson::array();
    for (const std::size_t other : board.ranking.order) row.push_back(board.wins[place][other]);
    wins.push_back(row);
  }
  OrderedJson agreed = {{"decided", agreement.decided},
                        {"agreed", agreement.agreed},
                        {"undecided", agreement.undecided},
                        {"unknown", agreement.unknown}};
  agreed["share"] = agreement.decided == 0 ? OrderedJson(nullptr)
                                           : OrderedJson(static_cast<double>(agreement.agreed) /
                                                         static_cast<double>(agreement.decided));
  agreed["ci"] = {agreement.interval.low, agreement.interval.high};
  return {{"schema", 1},
          {"votes", board.votes},
          {"entries", entries},
          {"wins", wins},
          {"agreement", agreed}};
}

std::string votes_jsonl(const std::vector<HumanVote>& votes,
                        const std::function<std::string(const std::string&)>& file) {
  std::map<PairKey, OrderedJson> pairs;
  std::vector<PairKey> order;
  for (const HumanVote& vote : votes) {
    const bool is_turned = vote.images[1] < vote.images[0];
    const PairKey key{vote.prompt, vote.images[is_turned], vote.images[!is_turned]};
    const double share = is_turned ? 1 - vote.share() : vote.share();
    OrderedJson ranking = {share < 0.5 ? 2 : 1, share > 0.5 ? 2 : 1};
    const auto [place, is_new] = pairs.emplace(key, OrderedJson::array());
    if (is_new) order.push_back(key);
    place->second.push_back(std::move(ranking));
  }
  std::string text;
  for (const PairKey& key : order) {
    const std::string prompt =
        key.prompt.empty() ? "" : fmt::format("-{:x}", text_hash(key.prompt));
    text += json_text({{"id", key.first.substr(0, 12) + "-" + key.second.substr(0, 12) + prompt},
                       {"prompt", key.prompt},
                       {"images", {file(key.first), file(key.second)}},
                       {"votes", pairs.at(key)},
                       {"source", "juror serve"}}) +
            "\n";
  }
  return text;
}

std::string votes_csv(const std::vector<HumanVote>& votes) {
  std::string text =
      "id,at,prompt,first,second,first_name,second_name,choice,judge_p,judge_model,voter\r\n";
  for (const HumanVote& vote : votes) {
    const std::string p = vote.judge_p ? fmt::format("{}", *vote.judge_p) : "";
    for (const std::string& cell :
         {csv_cell(vote.id), vote.at, csv_cell(vote.prompt), vote.images[0], vote.images[1],
          csv_cell(vote.names[0]), csv_cell(vote.names[1]), std::string(name(vote.choice)), p,
          csv_cell(vote.judge_model)})
      text += cell + ",";
    text += csv_cell(vote.voter) + "\r\n";
  }
  return text;
}

}  // namespace juror
