// Samples of real photos with what people think of them: alone for the severity head, or in pairs
// with their vote share.
#pragma once

#include <memory>
#include <vector>

#include "sft/rated_photos.h"
#include "sft/source.h"

namespace juror {

struct OpinionSourceOptions {
  bool single_pictures = false;  ///< for the severity head; else pairs with thoughts and answers
  double decisive_weight = 0;    ///< as in SynthSourceOptions
  double misjudged = 0;          ///< share of thoughts whose qualities err; the answer alone is
                                 ///< learnt then
  double answer_only = 0.2;
  ThoughtForm form = ThoughtForm::kEvidence;
};

/// The quality digit that says a mean opinion, before it is rounded: in [0, 9], a tenth of the
/// scale each.
double opinion_level(const Opinion& opinion);

class OpinionSource : public SftSource {
 public:
  /// seen: of each photo the severities that thoughts may state, as the tower sees them
  /// (severities_seen); not needed for single pictures.
  OpinionSource(std::shared_ptr<const RatedPhotos> photos, std::vector<Degradation> seen,
                const OpinionSourceOptions& options, const Processor& processor,
                const PromptTemplate& prompt_template, std::uint64_t seed);
  SftSample sample(std::uint64_t index) const override;

 private:
  SftSample picture(std::uint64_t index) const;
  SftSample pair(std::uint64_t index) const;
  Candidate show(std::size_t photo, std::uint64_t index, std::uint64_t place) const;

  std::shared_ptr<const RatedPhotos> photos_;
  std::vector<Degradation> seen_;
  OpinionSourceOptions options_;
  const Processor& processor_;
  const PromptTemplate& template_;
  std::uint64_t seed_;
};

/// Of every photo the severities that a head finds and believes in: a defect whose presence is less
/// likely than not counts 0.
std::vector<Degradation> severities_seen(const Model& model, const SeverityHead& head,
                                         const RatedPhotos& photos,
                                         const PromptTemplate& prompt_template,
                                         const PatchOptions& patches);

/// A JSON line a photo: its name and severities by the defects' names. Read back for the same
/// photos; throws Error naming file and line where they are others.
std::string seen_lines(const std::vector<Degradation>& seen, const RatedPhotos& photos);
std::vector<Degradation> read_seen(const std::filesystem::path& file, const RatedPhotos& photos);

/// Samples of two sources by chance, `share` of them of the second. Neighbours (2 i, 2 i + 1) come
/// from one source, so that pairs are shown in both orders.
class MixedSource : public SftSource {
 public:
  MixedSource(std::unique_ptr<SftSource> first, std::unique_ptr<SftSource> second, double share,
              std::uint64_t seed)
      : first_(std::move(first)), second_(std::move(second)), share_(share), seed_(seed) {}
  SftSample sample(std::uint64_t index) const override;

 private:
  std::unique_ptr<SftSource> first_, second_;
  double share_;
  std::uint64_t seed_;
};

}  // namespace juror
