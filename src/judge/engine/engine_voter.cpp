#include "judge/engine/engine_voter.h"

#include <algorithm>

#include "base/error.h"

namespace juror {
namespace {

/// Names a question's randomness by the candidates' pictures in the order shown.
std::uint64_t content_name(const std::vector<std::shared_ptr<const PixelImage>>& images,
                           const std::vector<std::size_t>& candidate_ends) {
  std::uint64_t name = 0x9E3779B97F4A7C15ULL;
  std::size_t image = 0;
  for (const std::size_t end : candidate_ends) {
    for (; image < end; ++image) name = (name ^ images[image]->key) * 0xBF58476D1CE4E5B9ULL + 1;
    name = (name << 7) | (name >> 57);
  }
  return name;
}

std::vector<double> choices_of(const Result& result) {
  return {result.next.begin(), result.next.end()};
}

}  // namespace

EngineVoter::EngineVoter(std::unique_ptr<Model> model, Processor processor, EngineOptions options)
    : processor_(std::move(processor)), engine_(std::move(model), std::move(options)) {}

void EngineVoter::check(const Image& view) const {
  patch_grid(view.size(), processor_.patches, view.name);
}

std::vector<std::shared_ptr<const PixelImage>> EngineVoter::pixels_of(const Question& question) {
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const auto& picture : question.pictures) {
    Pixels& known = pixels_[picture.get()];
    if (known.picture.expired())
      known = {.picture = picture, .pixels = to_pixels(picture->image, processor_.patches)};
    images.push_back(known.pixels);
  }
  std::erase_if(pixels_, [](const auto& entry) { return entry.second.picture.expired(); });
  return images;
}

std::optional<std::int64_t> EngineVoter::prompt_tokens(const Question& question) {
  return static_cast<std::int64_t>(
      question_prompt(processor_, question, pixels_of(question)).token_ids.size());
}

std::int64_t EngineVoter::most_tokens(const Question& question) {
  const std::int64_t sampled =
      question.immediate ? 0 : question.votes * question.sampling.max_new_tokens;
  return prompt_tokens(question).value() + sampled;
}

std::size_t EngineVoter::ask(Question question) {
  auto images = pixels_of(question);
  const std::uint64_t name = content_name(images, question.candidate_ends);
  auto prompt =
      std::make_shared<const ModelInput>(question_prompt(processor_, question, std::move(images)));
  const std::size_t number = asked_++;
  OpenQuestion open{.parser = make_verdict_parser(processor_.tokenizer, question),
                    .question = std::move(question),
                    .prompt = std::move(prompt),
                    .votes = {.question = number}};
  open.missing = static_cast<std::size_t>(open.question.immediate ? 1 : open.question.votes);
  open.votes.verdicts.resize(open.missing);
  if (open.question.immediate) {
    decide(number, 0, open, {});
  } else {
    think(number, open, name);
  }
  open_.emplace(number, std::move(open));
  return number;
}

/// All thoughts of a question in one request.
void EngineVoter::think(std::size_t number, const OpenQuestion& open, std::uint64_t name) {
  const Question& question = open.question;
  Request request{.prompt = open.prompt};
  for (std::int64_t vote = 0; vote < question.votes; ++vote) {
    request.samples.push_back({.seed = static_cast<std::uint64_t>(question.seed),
                               .prompt = name,
                               .sample = static_cast<std::uint64_t>(question.first_vote + vote)});
  }
  request.options =
      decode_options(open.parser, processor_, engine_.model().config(), question.sampling);
  if (banned_.empty()) banned_ = request.options.banned;
  request.options.banned = banned_;  // one set, and one mask, for all
  requests_[engine_.submit(std::move(request))] = {.question = number};
}

/// What would follow the prompt and the given tokens: the decision. Goes before thoughts, so that
/// questions come to their end.
void EngineVoter::decide(std::size_t number, std::size_t vote, const OpenQuestion& open,
                         std::vector<std::int64_t> given) {
  Request request{.prompt = open.prompt, .given = std::move(given)};
  request.options.watched_ids = open.parser.watched_ids;
  request.priority = 1;
  requests_[engine_.submit(std::move(request))] = {
      .question = number, .is_decision = true, .vote = vote};
}

bool EngineVoter::has_room() const {
  std::size_t rows = 0;
  for (const auto& [number, open] : open_) rows += open.missing;
  return static_cast<std::int64_t>(rows) < 2 * engine_.options().batch_rows;
}

std::optional<Votes> EngineVoter::poll() {
  if (finished_.empty() && !(open_.empty() && others_.empty())) {
    try {
      engine_.step();
    } catch (...) {
      others_.clear();  // the engine has dropped them
      throw;
    }
    for (Result& result : engine_.take_finished()) {
      const auto purpose = requests_.extract(result.id);
      if (!purpose.empty()) take(purpose.mapped(), std::move(result));
      const auto other = others_.extract(result.id);
      if (!other.empty()) other.mapped()(std::move(result));
    }
  }
  if (finished_.empty()) return std::nullopt;
  Votes votes = std::move(finished_.front());
  finished_.pop_front();
  return votes;
}

void EngineVoter::take(const Purpose& purpose, Result result) {
  OpenQuestion& open = open_.at(purpose.question);
  if (result.end == RequestEnd::kFailed) return refuse(purpose.question, result.error);
  open.votes.prompt_tokens = result.prompt_tokens;
  if (purpose.is_decision) {
    take_decision(purpose, open, result);
  } else {
    take_thoughts(purpose, open, std::move(result));
  }
  if (open.missing > 0) return;
  finished_.push_back(std::move(open.votes));
  open_.erase(purpose.question);
}

/// The question has no votes; what was still asked of it is not wanted.
void EngineVoter::refuse(std::size_t question, const std::string& why) {
  for (const auto& [id, purpose] : requests_) {
    if (purpose.question == question) engine_.cancel(id);
  }
  std::erase_if(requests_, [&](const auto& one) { return one.second.question == question; });
  Votes votes{.question = question};
  votes.refusal =
      Error(fmt::format("The model cannot answer this question. {}", why), ErrorKind::kModel);
  finished_.push_back(std::move(votes));
  open_.erase(question);
}

void EngineVoter::take_thoughts(const Purpose& purpose, OpenQuestion& open, Result result) {
  open.votes.completion_tokens = result.completion_tokens();
  open.completions = std::move(result.completions);
  for (std::size_t vote = 0; vote < open.completions.size(); ++vote) {
    const Completion& completion = open.completions[vote];
    Verdict& verdict = open.votes.verdicts.at(vote);
    verdict = parse_completion(open.parser, completion).verdict;
    if (verdict.status == Status::kOk || open.question.format == AnswerFormat::kScores) {
      --open.missing;
    } else {
      decide(purpose.question, vote, open, forced_continuation(open.parser, completion));
    }
  }
}

void EngineVoter::take_decision(const Purpose& purpose, OpenQuestion& open, const Result& result) {
  Verdict& verdict = open.votes.verdicts.at(purpose.vote);
  verdict = open.question.immediate ? read_decision(open.question.shape(), choices_of(result))
                                    : forced_verdict(open.parser, open.completions.at(purpose.vote),
                                                     choices_of(result));
  --open.missing;
}

RequestId EngineVoter::submit(Request request, std::function<void(Result)> done) {
  const RequestId id = engine_.submit(std::move(request));
  others_[id] = std::move(done);
  return id;
}

void EngineVoter::cancel() {
  for (const auto& [id, purpose] : requests_) engine_.cancel(id);
  requests_.clear();
  open_.clear();
  finished_.clear();
}

}  // namespace juror
