#include "sft/source.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"
#include "image/decode.h"
#include "judge/messages.h"
#include "sft/pair_text.h"
#include "synth/recipe.h"
#include "synth/thoughts.h"
#include "train/pair_source.h"

namespace juror {
namespace {

CandidateTruth truth_of(std::size_t first_image, const Candidate& candidate,
                        const Degradation& truth) {
  static_assert(kSeverities == kDefects);
  return {.first_image = first_image, .images = candidate.views.size(), .severity = truth.severity};
}

constexpr std::uint64_t kMisjudgedStream = 0x6d69736a;  // the last part of the stream's name

/// What a judge with weaker eyes might see: each severity off by up to a quarter, and now and then
/// a defect that is not there.
Degradation misjudged(Degradation truth, Random& random) {
  constexpr double kError = 0.25, kImagined = 0.2;
  for (float& severity : truth.severity) {
    if (severity > 0)
      severity =
          static_cast<float>(std::clamp(severity + kError * random.uniform(-1, 1), 0.0, 1.0));
  }
  float& other = truth.severity[random.below(kDefects)];
  if (random.uniform() < kImagined && other == 0)
    other = static_cast<float>(random.uniform(recipe::kLeastNamed, recipe::kClearFrom));
  return truth;
}

}  // namespace

SftSample SynthSource::sample(std::uint64_t index) const {
  return options_.single_pictures ? picture(index) : pair(index);
}

SftSample SynthSource::picture(std::uint64_t index) const {
  const SynthImage made = make_synth_image(*photos_, options_.synth, seed_, index);
  const Candidate candidate = prepare_candidate(made.image, template_, processor_.patches);
  SftSample sample;
  sample.prompt.images = candidate.views;
  sample.truths = {truth_of(0, candidate, made.truth)};
  return sample;
}

SynthSource::Shown SynthSource::show(std::uint64_t index) const {
  {
    const std::lock_guard lock(mutex_);
    if (latest_ && latest_->first == index) return latest_->second;
  }
  Shown shown{
      .pair = make_synth_pair(*photos_, options_.synth, seed_, index), .first = {}, .second = {}};
  shown.first = prepare_candidate(shown.pair.first, template_, processor_.patches);
  shown.second = prepare_candidate(shown.pair.second, template_, processor_.patches);
  const std::lock_guard lock(mutex_);
  latest_ = {index, shown};
  return shown;
}

SftSample SynthSource::pair(std::uint64_t index) const {
  // Neighbouring samples show one pair in both orders, so that a batch teaches that order means
  // nothing.
  auto [made, first, second] = show(index / 2);
  if (index % 2 == 1) {
    made = swapped(std::move(made));
    std::swap(first, second);
  }
  Random random({seed_, index, kMisjudgedStream});
  const bool errs = !made.answer_only && random.uniform() < options_.misjudged;
  const Degradation a = errs ? misjudged(made.a, random) : made.a;
  const Degradation b = errs ? misjudged(made.b, random) : made.b;
  PairText text{.first = true_claims(a, 1), .second = true_claims(b, 2)};
  text.form = options_.form;
  text.level1 = quality_level(hidden_quality(a));
  text.level2 = quality_level(hidden_quality(b));
  text.p_first = made.p_first;
  text.answer = made.answer;
  text.answer_only = made.answer_only;
  SftSample sample =
      pair_sample(processor_, template_, first, second, std::move(text), options_.decisive_weight);
  if (options_.decisive_weight > 0) sample.both_orders = index / 2;
  if (errs) sample.learn_from = sample.soft.back().at;
  sample.truths = {truth_of(0, first, made.a), truth_of(first.views.size(), second, made.b)};
  return sample;
}

JsonlSource::JsonlSource(const std::filesystem::path& file, const Processor& processor,
                         std::uint64_t seed, const ImageOptions& image)
    : file_(file), processor_(processor), seed_(seed), reader_(image) {
  std::istringstream lines(read_file(file));
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (!line.empty()) rows_.push_back(read_row(line, number));
  }
  require(!rows_.empty(), "'{}' holds no training samples.", file.string());
}

JsonlSource::Row JsonlSource::read_row(const std::string& line, std::size_t number) const {
  const std::string where = fmt::format("{}:{}", file_.string(), number);
  const auto json = json_or_discarded(line);
  require(json.is_object() && json.contains("completion") && json["completion"].is_string(),
          "{}: a JSON object with messages and a completion is expected.", where);
  Conversation conversation = read_conversation(json, where, file_.parent_path());
  return {std::move(conversation.messages), std::move(conversation.images),
          json["completion"].get<std::string>()};
}

SftSample JsonlSource::sample(std::uint64_t index) const {
  const Row& row = rows_[shuffled_index(seed_, index, rows_.size())];

  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const auto& path : row.images)
    images.push_back(to_pixels(reader_.load(path), processor_.patches));
  SftSample sample;
  sample.prompt = place_images(encode_chat(processor_.tokenizer, row.messages, processor_.chat),
                               std::move(images), processor_);
  sample.completion = encode_completion(processor_, row.completion);
  return sample;
}

}  // namespace juror
