#include "sft/opinion_source.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "sft/opinion_eval.h"
#include "sft/pair_text.h"
#include "synth/recipe.h"

namespace juror {
namespace {

// The last part of a stream's name: what is drawn from it.
enum Stream : std::uint64_t { kPhoto = 0x0b1, kPair, kFrame, kMix, kErr };

constexpr double kLevelError = 1.5;  // of misjudged qualities, digits

CandidateTruth truth_of(std::size_t first_image, const Candidate& candidate,
                        const Opinion& opinion) {
  return {.first_image = first_image,
          .images = candidate.views.size(),
          .severity = {},
          .has_severity = false,
          .opinion = opinion};
}

}  // namespace

double opinion_level(const Opinion& opinion) {
  return std::clamp(10.0 * static_cast<double>(opinion.mean) - 0.5, 0.0, 9.0);
}

OpinionSource::OpinionSource(std::shared_ptr<const RatedPhotos> photos,
                             std::vector<Degradation> seen, const OpinionSourceOptions& options,
                             const Processor& processor, const PromptTemplate& prompt_template,
                             std::uint64_t seed)
    : photos_(std::move(photos)),
      seen_(std::move(seen)),
      options_(options),
      processor_(processor),
      template_(prompt_template),
      seed_(seed) {
  require(photos_->size() > 1, "Learning opinions needs at least two photos; there is {}.",
          photos_->size());
}

SftSample OpinionSource::sample(std::uint64_t index) const {
  return options_.single_pictures ? picture(index) : pair(index);
}

Candidate OpinionSource::show(std::size_t photo, std::uint64_t index, std::uint64_t place) const {
  return prepare_candidate(reframed(photos_->photo(photo), Random({seed_, index, kFrame, place})),
                           template_, processor_.patches);
}

SftSample OpinionSource::picture(std::uint64_t index) const {
  const auto photo =
      static_cast<std::size_t>(Random({seed_, index, kPhoto}).below(photos_->size()));
  const Candidate candidate = show(photo, index, 0);
  SftSample sample;
  sample.prompt.images = candidate.views;
  sample.truths = {truth_of(0, candidate, photos_->opinion(photo))};
  return sample;
}

SftSample OpinionSource::pair(std::uint64_t index) const {
  Random random({seed_, index / 2, kPair});
  std::array<std::size_t, 2> photo{};
  photo[0] = static_cast<std::size_t>(random.below(photos_->size()));
  photo[1] = static_cast<std::size_t>(random.below(photos_->size() - 1));
  if (photo[1] >= photo[0]) ++photo[1];
  PairText text;
  text.p_first = rated_share(photos_->rating(photo[0]), photos_->rating(photo[1]));
  text.answer = random.uniform() < text.p_first ? 1 : 2;
  text.answer_only = random.uniform() < options_.answer_only;
  const bool errs = !text.answer_only && random.uniform() < options_.misjudged;
  std::array<Candidate, 2> shown = {show(photo[0], index / 2, 0), show(photo[1], index / 2, 1)};
  std::array<double, 2> levels{};
  for (std::size_t i = 0; i < 2; ++i) {
    levels[i] = opinion_level(photos_->opinion(photo[i]));
    if (errs) levels[i] = std::clamp(levels[i] + kLevelError * random.uniform(-1, 1), 0.0, 9.0);
  }
  if (index % 2 == 1) {
    std::swap(photo[0], photo[1]);
    std::swap(shown[0], shown[1]);
    std::swap(levels[0], levels[1]);
    text.p_first = 1 - text.p_first;
    text.answer = 3 - text.answer;
  }
  text.form = options_.form;
  text.level1 = levels[0];
  text.level2 = levels[1];
  const auto said = [&](std::size_t i) {
    ImageClaims claims = true_claims(seen_.at(photo[i]), static_cast<int>(i) + 1);
    claims.quality = static_cast<int>(std::lround(levels[i]));
    return claims;
  };
  text.first = said(0);
  text.second = said(1);
  SftSample sample = pair_sample(processor_, template_, shown[0], shown[1], std::move(text),
                                 options_.decisive_weight);
  if (options_.decisive_weight > 0) sample.both_orders = (std::uint64_t{1} << 63) | index / 2;
  if (errs) sample.learn_from = sample.soft.back().at;
  sample.truths = {truth_of(0, shown[0], photos_->opinion(photo[0])),
                   truth_of(shown[0].views.size(), shown[1], photos_->opinion(photo[1]))};
  return sample;
}

std::vector<Degradation> severities_seen(const Model& model, const SeverityHead& head,
                                         const RatedPhotos& photos,
                                         const PromptTemplate& prompt_template,
                                         const PatchOptions& patches) {
  std::vector<Degradation> seen;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const Tensor read = read_candidates(
        model, head, {prepare_candidate(photos.photo(i), prompt_template, patches)});
    const float* values = read.contiguous().data_ptr<float>();
    Degradation of_photo;
    for (std::size_t d = 0; d < kSeverities; ++d) {
      const bool is_there = values[kSeverities + d] > 0;
      const float severity = std::clamp(values[d], 0.0F, 1.0F);
      if (is_there && severity >= recipe::kLeastNamed) of_photo.severity[d] = severity;
    }
    seen.push_back(of_photo);
  }
  return seen;
}

std::string seen_lines(const std::vector<Degradation>& seen, const RatedPhotos& photos) {
  std::string lines;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    nlohmann::ordered_json json = {{"photo", photos.name(i)}};
    for (std::size_t d = 0; d < kSeverities; ++d) {
      const float severity = seen[i].severity[d];
      if (severity > 0) json[std::string(defect_name(static_cast<Defect>(d)))] = severity;
    }
    lines += json.dump() + "\n";
  }
  return lines;
}

std::vector<Degradation> read_seen(const std::filesystem::path& file, const RatedPhotos& photos) {
  std::istringstream lines(read_file(file));
  std::string line;
  std::vector<Degradation> seen;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const bool is_there = static_cast<bool>(std::getline(lines, line));
    const auto json = nlohmann::json::parse(is_there ? line : "", nullptr, false);
    require(json.is_object() && json.value("photo", "") == photos.name(i),
            "'{}', line {}: the photo '{}' is expected; the run began with other rated photos.",
            file.string(), i + 1, photos.name(i));
    Degradation of_photo;
    for (std::size_t d = 0; d < kSeverities; ++d) {
      const auto place = json.find(std::string(defect_name(static_cast<Defect>(d))));
      if (place != json.end() && place->is_number()) of_photo.severity[d] = place->get<float>();
    }
    seen.push_back(of_photo);
  }
  return seen;
}

SftSample MixedSource::sample(std::uint64_t index) const {
  const bool is_second = Random({seed_, index / 2, kMix}).uniform() < share_;
  return (is_second ? *second_ : *first_).sample(index);
}

}  // namespace juror
