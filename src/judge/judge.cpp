#include "judge/judge.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <chrono>

#include "base/error.h"
#include "engine/score.h"
#include "judge/reading.h"
#include "model/lora_folder.h"
#include "tensor/device.h"

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// About so many parameters has the language model.
std::int64_t rough_parameters(const TextConfig& text) {
  return text.width * (text.vocabulary + text.layers * (4 * text.width + 3 * text.mlp_width));
}

std::uint64_t content_name(const Candidate& first, const Candidate& second) {
  std::uint64_t name = 0x9E3779B97F4A7C15ULL;
  for (const Candidate* candidate : {&first, &second}) {
    for (const auto& view : candidate->views) name = (name ^ view->key) * 0xBF58476D1CE4E5B9ULL + 1;
    name = (name << 7) | (name >> 57);
  }
  return name;
}

std::vector<bool> orders_of(const std::string& orders) {
  if (orders == "given") return {false};
  if (orders == "swapped") return {true};
  return {false, true};
}

std::span<const float> row_of(const Tensor& logits) {  // [V]
  return {logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel())};
}

/// Reads every row; those without an answer are read by force, all in one pass.
std::vector<Verdict> read_rows(const Model& model, const Reading& reading,
                               const std::vector<Prefix>& prefixes,
                               const std::vector<DecodeRow>& rows,
                               const std::vector<Completion>& completions) {
  std::vector<Verdict> verdicts;
  std::vector<Continuation> forced;
  std::vector<std::size_t> places;
  const bool can_force = reading.prompt_template.format() == AnswerFormat::kChoice;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    verdicts.push_back(read_verdict(reading, completions[i]));
    if (verdicts.back().status == Status::kOk || !can_force ||
        completions[i].finish == Finish::kCancelled)
      continue;
    forced.push_back(
        {.prefix = rows[i].prefix, .token_ids = forced_continuation(reading, completions[i])});
    places.push_back(i);
  }
  if (forced.empty()) return verdicts;
  const Tensor logits = next_logits(model, prefixes, forced).contiguous();  // [R, V]
  for (std::size_t i = 0; i < places.size(); ++i) {
    verdicts[places[i]] = forced_verdict(reading, completions[places[i]],
                                         row_of(logits[static_cast<std::int64_t>(i)]));
  }
  return verdicts;
}

/// One forward read an order: the prompt opens the answer, and what would follow decides.
void vote_at_once(const Reading& reading, const std::vector<Shown>& shown,
                  const std::vector<Prefix>& prefixes, std::vector<Comparison>& comparisons) {
  for (std::size_t p = 0; p < prefixes.size(); ++p) {
    comparisons[shown[p].comparison].votes.push_back(
        {.swapped = shown[p].swapped,
         .verdict = immediate_verdict(reading, row_of(prefixes[p].logits.contiguous()))});
  }
}

}  // namespace

Judge::Judge(std::unique_ptr<Model> model, Processor processor, PromptTemplate prompt_template)
    : model_(std::move(model)),
      processor_(std::move(processor)),
      template_(std::move(prompt_template)) {}

Judge Judge::load(const std::filesystem::path& folder, const std::string& prompt_template,
                  const ComputeOptions& options) {
  const std::filesystem::path base =
      base_folder(folder);  // an adapter's tokenizer is its base model's
  const bool has_template = std::filesystem::is_regular_file(folder / "juror_template.toml");
  const Compute compute = choose_compute(options, rough_parameters(load_config(base).text));
  auto model = load_merged(folder, {.dtype = compute.dtype, .device = compute.device});
  Processor processor = load_processor(base, model->config());
  return Judge(std::move(model), std::move(processor),
               find_template(has_template ? folder : base, prompt_template));
}

std::int64_t Judge::prompt_tokens(const std::string& prompt, const Candidate& first,
                                  const Candidate& second, bool think) const {
  const Opening opening = think ? Opening::kThink : Opening::kAnswer;
  return static_cast<std::int64_t>(
      pair_prompt(processor_, template_, prompt, first, second, opening).token_ids.size());
}

std::vector<Comparison> Judge::compare(const std::string& prompt,
                                       const std::vector<Candidate>& candidates,
                                       const std::vector<PairIndex>& pairs,
                                       const JudgeOptions& options, const Progress& progress) {
  const c10::InferenceMode inference;
  const Opening opening = options.think ? Opening::kThink : Opening::kAnswer;
  const Reading reading = make_reading(processor_.tokenizer, template_, opening);
  const bool is_immediate = !options.think && template_.format() == AnswerFormat::kChoice;
  const std::vector<bool> orders = orders_of(options.orders);
  const auto rows_per_pair =
      static_cast<std::int64_t>(orders.size()) * (is_immediate ? 1 : options.votes);
  const auto pairs_per_batch =
      static_cast<std::size_t>(std::max<std::int64_t>(1, options.batch_rows / rows_per_pair));

  std::vector<Comparison> comparisons;
  const auto total = static_cast<std::int64_t>(pairs.size());
  if (progress) progress("comparing", 0, total);
  while (comparisons.size() < pairs.size()) {
    const std::size_t base = comparisons.size(),
                      end = std::min(pairs.size(), base + pairs_per_batch);
    std::vector<Shown> shown;
    for (std::size_t i = base; i < end; ++i) {
      const Candidate &first = candidates.at(pairs[i].first),
                      &second = candidates.at(pairs[i].second);
      comparisons.push_back({.pair = pairs[i], .result = {}, .votes = {}});
      for (const bool swapped : orders) {
        const Candidate &left = swapped ? second : first, &right = swapped ? first : second;
        shown.push_back({.comparison = i,
                         .swapped = swapped,
                         .input = pair_prompt(processor_, template_, prompt, left, right, opening),
                         .name = content_name(left, right)});
        comparisons.back().prompt_tokens =
            static_cast<std::int64_t>(shown.back().input.token_ids.size());
      }
    }
    const std::vector<Prefix> prefixes = prefill_all(shown);
    if (is_immediate) {
      vote_at_once(reading, shown, prefixes, comparisons);
    } else {
      vote_by_thinking(reading, shown, prefixes, options, comparisons);
    }
    for (std::size_t i = base; i < end; ++i)
      comparisons[i].result = fold_votes(comparisons[i].votes, options.pair);
    if (progress && !progress("comparing", static_cast<std::int64_t>(comparisons.size()), total))
      break;
  }
  return comparisons;
}

std::vector<Prefix> Judge::prefill_all(const std::vector<Shown>& shown) {
  std::vector<const ModelInput*> inputs;
  for (const Shown& one : shown) inputs.push_back(&one.input);
  const auto began = Clock::now();
  std::vector<Prefix> prefixes = prefill(*model_, inputs, features_);
  timings_.prefill_s += seconds_since(began);
  return prefixes;
}

void Judge::vote_by_thinking(const Reading& reading, const std::vector<Shown>& shown,
                             const std::vector<Prefix>& prefixes, const JudgeOptions& options,
                             std::vector<Comparison>& comparisons) {
  std::vector<DecodeRow> rows;
  for (std::size_t p = 0; p < prefixes.size(); ++p) {
    for (std::int64_t vote = 0; vote < options.votes; ++vote) {
      rows.push_back({.prefix = p,
                      .name = {.seed = static_cast<std::uint64_t>(options.seed),
                               .prompt = shown[p].name,
                               .sample = static_cast<std::uint64_t>(vote)}});
    }
  }
  auto began = Clock::now();
  const DecodeOptions decoding =
      decode_options(reading, processor_, model_->config(), options.sampling);
  const std::vector<Completion> completions = decode(*model_, prefixes, rows, decoding);
  timings_.decode_s += seconds_since(began);

  began = Clock::now();
  std::vector<Verdict> verdicts = read_rows(*model_, reading, prefixes, rows, completions);
  timings_.forced_s += seconds_since(began);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Shown& from = shown[rows[r].prefix];
    comparisons[from.comparison].votes.push_back(
        {.swapped = from.swapped, .verdict = std::move(verdicts[r])});
    comparisons[from.comparison].completion_tokens +=
        static_cast<std::int64_t>(completions[r].token_ids.size());
  }
}

}  // namespace juror
