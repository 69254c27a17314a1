#include "sft/mini_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/error.h"
#include "base/file.h"
#include "model/weights.h"
#include "synth/defects.h"
#include "synth/thoughts.h"
#include "text/bpe_trainer.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// The texts that the model will read and write.
std::vector<std::string> corpus(const PromptTemplate& prompt_template, std::uint64_t seed) {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random{seed, i, 0xC0};
    const Degradation a = draw_degradation(random), b = draw_degradation(random);
    texts.push_back(write_completion(write_thought({true_claims(a, 1), true_claims(b, 2)}),
                                     1 + static_cast<int>(i % 2)));
    texts.push_back(
        write_thought({{.image = 1, .claims = {}, .quality = static_cast<int>(i % 8)}}));
    texts.push_back("user\n" + prompt_template.user_without_prompt +
                    "assistant\nsystem\nYou are a helpful assistant.");
  }
  return texts;
}

Json model_config(const MiniOptions& o, const Tokenizer& tokenizer) {
  const std::int64_t quarter =
      o.text_width / o.text_heads / 8;  // 1/4, 3/8, 3/8 of half a head, as in the family
  Json full = Json::array();
  for (std::int64_t block = 1; block < o.vision_depth; block += 2) full.push_back(block);
  return {{"architectures", {"Qwen2_5_VLForConditionalGeneration"}},
          {"model_type", "qwen2_5_vl"},
          {"hidden_size", o.text_width},
          {"num_hidden_layers", o.text_layers},
          {"num_attention_heads", o.text_heads},
          {"num_key_value_heads", o.text_kv_heads},
          {"intermediate_size", o.text_mlp},
          {"vocab_size", tokenizer.size()},
          {"hidden_act", "silu"},
          {"max_position_embeddings", 4096},
          {"rms_norm_eps", 1e-6},
          {"rope_theta", 10000.0},
          {"rope_scaling",
           {{"type", "mrope"},
            {"mrope_section",
             {quarter, (4 * quarter - quarter) / 2,
              4 * quarter - quarter - (4 * quarter - quarter) / 2}}}},
          {"use_sliding_window", false},
          {"tie_word_embeddings", true},
          {"image_token_id", tokenizer.id_of("<|image_pad|>")},
          {"video_token_id", tokenizer.id_of("<|video_pad|>")},
          {"vision_start_token_id", tokenizer.id_of("<|vision_start|>")},
          {"vision_end_token_id", tokenizer.id_of("<|vision_end|>")},
          {"bos_token_id", tokenizer.id_of("<|endoftext|>")},
          {"eos_token_id", tokenizer.id_of("<|im_end|>")},
          {"torch_dtype", "bfloat16"},
          {"vision_config",
           {{"model_type", "qwen2_5_vl"},
            {"depth", o.vision_depth},
            {"hidden_size", o.vision_width},
            {"num_heads", o.vision_heads},
            {"intermediate_size", o.vision_mlp},
            {"out_hidden_size", o.text_width},
            {"in_channels", 3},
            {"patch_size", 14},
            {"spatial_patch_size", 14},
            {"temporal_patch_size", 2},
            {"spatial_merge_size", 2},
            {"window_size", o.window},
            {"fullatt_block_indexes", full},
            {"hidden_act", "silu"}}}};
}

Json preprocessor_config() {
  return {{"image_processor_type", "Qwen2VLImageProcessor"},
          {"processor_class", "Qwen2_5_VLProcessor"},
          {"min_pixels", 28 * 28},
          {"max_pixels", 448 * 448},
          {"size", {{"shortest_edge", 28 * 28}, {"longest_edge", 448 * 448}}},
          {"patch_size", 14},
          {"temporal_patch_size", 2},
          {"merge_size", 2},
          {"do_convert_rgb", true},
          {"do_resize", true},
          {"do_rescale", true},
          {"do_normalize", true},
          {"resample", 3},
          {"rescale_factor", 1.0 / 255.0},
          {"image_mean", {0.5, 0.5, 0.5}},
          {"image_std", {0.25, 0.25, 0.25}}};
}

void write_sidecars(const std::filesystem::path& folder, const Tokenizer& tokenizer) {
  write_file_atomic(folder / "preprocessor_config.json", preprocessor_config().dump(2));
  const Json generation = {
      {"eos_token_id", {tokenizer.id_of("<|im_end|>"), tokenizer.id_of("<|endoftext|>")}},
      {"pad_token_id", tokenizer.id_of("<|endoftext|>")},
      {"do_sample", true},
      {"temperature", 1.0}};
  write_file_atomic(folder / "generation_config.json", generation.dump(2));
  const Json config = {
      {"tokenizer_class", "Qwen2Tokenizer"}, {"eos_token", "<|im_end|>"},
      {"pad_token", "<|endoftext|>"},        {"model_max_length", 4096},
      {"add_prefix_space", false},           {"chat_template", qwen_vl_chat_template()}};
  write_file_atomic(folder / "tokenizer_config.json", config.dump(2));
  write_file_atomic(folder / "chat_template.jinja", qwen_vl_chat_template());
}

/// One basis function of size n x n: orthonormal DCT-II of vertical frequency v and horizontal
/// frequency u.
double basis(std::int64_t v, std::int64_t u, std::int64_t y, std::int64_t x, std::int64_t n) {
  const auto wave = [n](std::int64_t k, std::int64_t i) {
    const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n));
    return scale * std::cos(std::numbers::pi * static_cast<double>((2 * i + 1) * k) /
                            static_cast<double>(2 * n));
  };
  return wave(v, y) * wave(u, x);
}

}  // namespace

void fill_dct_patch_embedding(Tensor& weight) {
  const std::int64_t width = weight.size(0), frames = weight.size(2), n = weight.size(3);
  std::vector<std::pair<std::int64_t, std::int64_t>> frequencies;
  for (std::int64_t v = 0; v < n; ++v) {
    for (std::int64_t u = 0; u < n; ++u) frequencies.emplace_back(v, u);
  }
  std::stable_sort(frequencies.begin(), frequencies.end(), [](const auto& a, const auto& b) {
    return a.first * a.first + a.second * a.second < b.first * b.first + b.second * b.second;
  });
  const double third = std::sqrt(1.0 / 3), half = std::sqrt(1.0 / 2), sixth = std::sqrt(1.0 / 6);
  const double axes[3][3] = {
      {third, third, third}, {half, 0, -half}, {sixth, -2 * sixth, sixth}};  // luma, two chroma
  const std::int64_t chroma = width * 5 / 32, luma = width - 2 * chroma;
  require(
      luma <= n * n,
      "A vision tower {} wide has more luma channels than patches of {} pixels have frequencies.",
      width, n);
  auto values = weight.accessor<float, 5>();
  for (std::int64_t channel = 0; channel < width; ++channel) {
    const std::int64_t axis = channel < luma ? 0 : channel < luma + chroma ? 1 : 2;
    const std::int64_t index = axis == 0   ? channel
                               : axis == 1 ? channel - luma
                                           : channel - luma - chroma;
    const auto [v, u] = frequencies[static_cast<std::size_t>(index)];
    const double frequency = std::sqrt(static_cast<double>(v * v + u * u));
    const double flat = axis == 0 ? 0.03 : 0.15,
                 lively = (axis == 0 ? 0.1 : 0.2) * (1.0 + frequency);
    const double gain = (index == 0 ? flat : lively) / static_cast<double>(frames);
    for (std::int64_t colour = 0; colour < 3; ++colour) {
      for (std::int64_t frame = 0; frame < frames; ++frame) {
        for (std::int64_t y = 0; y < n; ++y) {
          for (std::int64_t x = 0; x < n; ++x) {
            values[channel][colour][frame][y][x] =
                static_cast<float>(gain * axes[axis][colour] * basis(v, u, y, x, n));
          }
        }
      }
    }
  }
}

std::unique_ptr<Model> create_mini(const MiniOptions& options,
                                   const std::filesystem::path& prompt_template,
                                   const std::filesystem::path& folder, std::uint64_t seed) {
  std::filesystem::create_directories(folder);
  const PromptTemplate read = load_template(prompt_template);
  write_file_atomic(folder / "juror_template.toml", read_file(prompt_template));
  write_file_atomic(folder / "tokenizer.json",
                    train_bpe(corpus(read, seed), {.vocab_size = options.vocabulary}));
  const Tokenizer tokenizer = Tokenizer::load(folder / "tokenizer.json");
  write_sidecars(folder, tokenizer);
  constexpr double kDeviation =
      0.05;  // wider than the 0.02 of large models: these matrices have few columns
  auto model = random_model(
      parse_config(model_config(options, tokenizer).dump(2), "config.json of the new model"), seed,
      kDeviation);
  fill_dct_patch_embedding(model->vision.patch_embed);
  save_model(*model, folder, at::kFloat);
  return model;
}

}  // namespace juror
