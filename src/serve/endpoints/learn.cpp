// /v1/learn: teach a model by people's votes (POST), see how it goes (GET), stop it (DELETE).
#include <cmath>

#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

OrderedJson agreement_json(std::int64_t step, const HeldOutAgreement& agreement) {
  return {{"step", step},
          {"share", agreement.share},
          {"ci", {agreement.interval.low, agreement.interval.high}},
          {"brier", agreement.brier},
          {"pairs", agreement.pairs}};
}

OrderedJson run_json(const Learner::Told& told) {
  OrderedJson scores = OrderedJson::array(), agreement = scores;
  for (const auto& [step, score] : told.curve.scores)
    scores.push_back({{"step", step}, {"score", score}});
  for (const auto& [step, one] : told.curve.agreement)
    agreement.push_back(agreement_json(step, one));
  const auto at = [&](std::optional<std::int64_t> step) -> OrderedJson {
    const auto found = step ? told.curve.agreement.find(*step) : told.curve.agreement.end();
    return found == told.curve.agreement.end() ? OrderedJson(nullptr)
                                               : agreement_json(found->first, found->second);
  };
  return {{"name", told.run.name},
          {"base", told.run.base},
          {"state", told.state},
          {"message", told.run.message},
          {"began", told.run.began},
          {"seconds", std::round(10 * told.run.seconds) / 10},
          {"votes", told.run.votes},
          {"train_pairs", told.run.train_pairs},
          {"held_out_pairs", told.run.held_out_pairs},
          {"step", told.curve.step()},
          {"steps", told.run.steps},
          {"scores", scores},
          {"agreement", agreement},
          {"before", at(0)},
          {"after", at(told.offered)},
          {"model", told.offered ? OrderedJson(told.run.name) : OrderedJson(nullptr)}};
}

HttpReply tell(const Learner& learner, const VoteStore& store, int status = 200) {
  const VoteSplit split = split_votes(store.votes());
  OrderedJson runs = OrderedJson::array();
  for (const Learner::Told& told : learner.runs()) runs.push_back(run_json(told));
  return json_reply({{"schema", 1},
                     {"models", learner.bases()},
                     {"pairs", split.train_pairs + split.held_out_pairs},
                     {"pairs_needed", kFewestPairsToLearn},
                     {"minutes", learner.options().learn_minutes},
                     {"runs", runs}},
                    status);
}

HttpReply begin(const HttpRequest& request, Learner& learner, const VoteStore& store) {
  const Json json = request.body.empty() ? Json::object() : read_json_body(request.body);
  const Fields fields(json);
  fields.refuse_others({"model", "resume"});
  if (fields.boolean("resume").value_or(false)) {
    learner.resume();
  } else {
    learner.start(fields.text("model").value_or(""));
  }
  return tell(learner, store, 202);
}

}  // namespace

void add_learn_endpoint(Router& router, Learner& learner, const VoteStore& store) {
  router.add("GET", "/v1/learn", [&](const HttpRequest&) { return tell(learner, store); });
  router.add("POST", "/v1/learn",
             [&](const HttpRequest& request) { return begin(request, learner, store); });
  router.add("DELETE", "/v1/learn", [&](const HttpRequest&) {
    learner.stop();
    return tell(learner, store, 202);
  });
}

}  // namespace juror
