#include "sft/opinion_eval.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "preference/correlation.h"
#include "tensor/transfer.h"

namespace juror {

Tensor read_candidates(const Model& model, const SeverityHead& head,
                       const std::vector<Candidate>& candidates) {
  const c10::NoGradGuard no_grad;
  const std::int64_t merged = model.config().vision.merged_patches();
  std::vector<std::shared_ptr<const PixelImage>> images;
  std::vector<SeverityTarget> targets;
  std::int64_t row = 0;
  for (const Candidate& candidate : candidates) {
    SeverityTarget target;
    target.begin = row;
    for (const auto& view : candidate.views) {
      images.push_back(view);
      row += view->grid.patches() / merged;
    }
    target.length = row - target.begin;
    targets.push_back(target);
  }
  return on_host(head.forward(model.encode_images(images).tokens, targets));
}

OpinionReport opinion_report(std::span<const double> said, std::span<const double> means) {
  constexpr double kFar = 0.2;
  OpinionReport report;
  report.photos = std::ssize(said);
  report.srocc = spearman(said, means);
  std::int64_t pairs = 0, right = 0, far = 0, far_right = 0;
  for (std::size_t i = 0; i < said.size(); ++i) {
    for (std::size_t j = i + 1; j < said.size(); ++j) {
      const double difference = means[i] - means[j];
      if (difference == 0) continue;
      const bool is_right = (said[i] - said[j]) * difference > 0;
      const bool is_far = std::abs(difference) > kFar;
      ++pairs;
      right += is_right;
      far += is_far;
      far_right += is_far && is_right;
    }
  }
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return whole == 0 ? NAN : static_cast<double>(part) / static_cast<double>(whole);
  };
  report.pairs = share(right, pairs);
  report.far_pairs = share(far_right, far);
  return report;
}

OpinionReport evaluate_opinions(const Model& model, const SeverityHead& head,
                                const RatedPhotos& photos, const PromptTemplate& prompt_template,
                                const PatchOptions& patches) {
  constexpr std::size_t kBatch = 16;
  std::vector<double> said, means;
  for (std::size_t begin = 0; begin < photos.size(); begin += kBatch) {
    std::vector<Candidate> candidates;
    for (std::size_t i = begin; i < std::min(begin + kBatch, photos.size()); ++i) {
      candidates.push_back(prepare_candidate(photos.photo(i), prompt_template, patches));
      means.push_back(photos.opinion(i).mean);
    }
    const Tensor read = read_candidates(model, head, candidates);
    for (std::int64_t i = 0; i < read.size(0); ++i)
      said.push_back(read[i][kHeadOutputs - 2].item<double>());
  }
  return opinion_report(said, means);
}

nlohmann::ordered_json OpinionReport::metrics(std::int64_t step) const {
  return {{"step", step},
          {"eval/opinion_srocc", srocc},
          {"eval/opinion_pairs", pairs},
          {"eval/opinion_far_pairs", far_pairs},
          {"eval/opinion_photos", photos}};
}

std::string OpinionReport::line(std::int64_t step) const {
  return fmt::format(
      "step {:>6}  opinions of {} photos: SROCC {:.3f}; of their pairs right {:.1f} %, of those "
      "more than a fifth of the scale apart {:.1f} %",
      step, photos, srocc, 100 * pairs, 100 * far_pairs);
}

}  // namespace juror
