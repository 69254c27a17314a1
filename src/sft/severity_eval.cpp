#include "sft/severity_eval.h"

#include <ATen/ATen.h>

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "judge/engine/prompt.h"
#include "sft/opinion_eval.h"

namespace juror {
namespace {

constexpr std::uint64_t kSeed = 0xE7A1;
constexpr double kClear = 2.2;

Degradation to_degradation(const Tensor& severities, std::int64_t row) {
  Degradation degradation;
  const float* values = severities.data_ptr<float>() + row * kSeverities;
  for (std::size_t d = 0; d < kSeverities; ++d)
    degradation.severity[d] = values[d] < 0.06F ? 0.0F : values[d];
  return degradation;
}

std::array<double, kSeverities> explained(const Tensor& predicted, const Tensor& truth) {
  const Tensor residual = (predicted - truth).square().mean(0),
               variance = (truth - truth.mean(0)).square().mean(0);
  std::array<double, kSeverities> r2{};
  for (std::int64_t d = 0; d < kSeverities; ++d) {
    r2[static_cast<std::size_t>(d)] = 1.0 - (residual[d] / variance[d]).item<double>();
  }
  return r2;
}

}  // namespace

SeverityReport evaluate_severities(const Model& model, const SeverityHead& head,
                                   const PhotoSet& photos, SynthOptions options,
                                   const PromptTemplate& prompt_template,
                                   const PatchOptions& patches, std::int64_t pairs) {
  options.same_photo = 1.0;
  constexpr std::int64_t kBatch = 25;
  std::vector<Tensor> predicted, truth;
  std::int64_t right = 0, clear = 0, clear_right = 0;
  for (std::int64_t begin = 0; begin < pairs; begin += kBatch) {
    std::vector<SynthPair> made;
    std::vector<Candidate> pictures;
    for (std::int64_t i = begin; i < std::min(begin + kBatch, pairs); ++i) {
      made.push_back(make_synth_pair(photos, options, kSeed, static_cast<std::uint64_t>(i)));
      pictures.push_back(prepare_candidate(made.back().first, prompt_template, patches));
      pictures.push_back(prepare_candidate(made.back().second, prompt_template, patches));
      truth.push_back(
          at::tensor(at::ArrayRef<float>(made.back().a.severity.data(), kSeverities), at::kFloat));
      truth.push_back(
          at::tensor(at::ArrayRef<float>(made.back().b.severity.data(), kSeverities), at::kFloat));
    }
    const Tensor read =
        read_candidates(model, head, pictures).narrow(1, 0, kSeverities).clamp(0, 1).contiguous();
    predicted.push_back(read);
    for (std::size_t i = 0; i < made.size(); ++i) {
      const auto row = static_cast<std::int64_t>(2 * i);
      const double seen =
          hidden_quality(to_degradation(read, row)) - hidden_quality(to_degradation(read, row + 1));
      const double real = made[i].q1 - made[i].q2;
      const bool is_right = (seen > 0) == (real > 0), is_clear = std::abs(real) > kClear;
      right += is_right;
      clear += is_clear;
      clear_right += is_right && is_clear;
    }
  }
  return {.r2 = explained(at::cat(predicted), at::stack(truth)),
          .same_photo_accuracy = static_cast<double>(right) / static_cast<double>(pairs),
          .same_photo_clear = static_cast<double>(clear_right) /
                              static_cast<double>(std::max<std::int64_t>(1, clear)),
          .pairs = pairs};
}

nlohmann::ordered_json SeverityReport::metrics(std::int64_t step) const {
  nlohmann::ordered_json json = {{"step", step},
                                 {"eval/same_photo_accuracy", same_photo_accuracy},
                                 {"eval/same_photo_clear", same_photo_clear},
                                 {"eval/pairs", pairs}};
  for (std::size_t d = 0; d < kSeverities; ++d) {
    json[fmt::format("eval/r2/{}", defect_name(static_cast<Defect>(d)))] = r2[d];
  }
  return json;
}

std::string SeverityReport::line(std::int64_t step) const {
  std::string text =
      fmt::format("step {:>6}  validation: {} pairs, right {:.1f} %, clear {:.1f} %; R2", step,
                  pairs, 100 * same_photo_accuracy, 100 * same_photo_clear);
  for (std::size_t d = 0; d < kSeverities; ++d)
    text += fmt::format(" {} {:.2f}", defect_name(static_cast<Defect>(d)), r2[d]);
  return text;
}

}  // namespace juror
