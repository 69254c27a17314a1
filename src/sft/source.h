// Where training samples come from. Sample `index` of a source depends on the index alone, so
// batches can be made ahead on several threads and a resumed run sees what it would have seen.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "data/photos.h"
#include "image/decode.h"
#include "judge/engine/prompt.h"
#include "sft/loss.h"
#include "sft/pair_text.h"
#include "synth/pairs.h"

namespace juror {

class SftSource {
 public:
  virtual ~SftSource() = default;
  /// Sample `index` of the endless stream (sources of finite size go round in a new order each
  /// time). Thread-safe.
  virtual SftSample sample(std::uint64_t index) const = 0;
};

struct SynthSourceOptions {
  SynthOptions synth;
  /// For the severity head; else pairs with true thoughts and answers.
  bool single_pictures = false;
  /// Of quality digits and answers, asked for as softly as they are in doubt; 0: a token like any
  /// other, and the answer is one voter's.
  double decisive_weight = 0;
  double misjudged = 0;  ///< share of thoughts that err; the answer alone is learnt then
  ThoughtForm form = ThoughtForm::kEvidence;
};

/// Degraded photos.
class SynthSource : public SftSource {
 public:
  SynthSource(std::shared_ptr<const PhotoSet> photos, const SynthSourceOptions& options,
              const Processor& processor, const PromptTemplate& prompt_template, std::uint64_t seed)
      : photos_(std::move(photos)),
        options_(options),
        processor_(processor),
        template_(prompt_template),
        seed_(seed) {}
  SftSample sample(std::uint64_t index) const override;

 private:
  /// A pair with its candidates.
  struct Shown {
    SynthPair pair;
    Candidate first, second;
  };
  SftSample picture(std::uint64_t index) const;
  SftSample pair(std::uint64_t index) const;
  Shown show(std::uint64_t index) const;

  std::shared_ptr<const PhotoSet> photos_;
  SynthSourceOptions options_;
  const Processor& processor_;
  const PromptTemplate& template_;
  std::uint64_t seed_;
  mutable std::mutex mutex_;
  mutable std::optional<std::pair<std::uint64_t, Shown>>
      latest_;  ///< neighbouring samples show one pair
};

/// A JSONL file of conversations:
/// {"messages":[{"role","content":[{"type":"image","image":PATH}|{"type":"text","text"}]}],
/// "completion":"…"}; paths relative to the file. Throws Error with file and line for anything
/// else.
class JsonlSource : public SftSource {
 public:
  JsonlSource(const std::filesystem::path& file, const Processor& processor, std::uint64_t seed,
              const ImageOptions& image = {});
  SftSample sample(std::uint64_t index) const override;
  std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::vector<Message> messages;
    std::vector<std::filesystem::path> images;
    std::string completion;
  };
  Row read_row(const std::string& line, std::size_t number) const;
  std::filesystem::path file_;
  std::vector<Row> rows_;
  const Processor& processor_;
  std::uint64_t seed_;
  ImageReader reader_;
};

}  // namespace juror
