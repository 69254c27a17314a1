#include "bench/random_model.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/parse_json.h"
#include "base/random.h"
#include "bench/model.h"
#include "model/weights.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kDeviation = 0.02;
constexpr std::int64_t kChunk = 1 << 20;  // values of one stream of randomness

struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// Fills chunks first, first + step, … of a tensor.
void fill_chunks(float* values, std::int64_t count, std::uint64_t seed, std::uint64_t index,
                 std::pair<std::int64_t, std::int64_t> first_and_step) {
  const auto [first, step] = first_and_step;
  for (std::int64_t chunk = first; chunk * kChunk < count; chunk += step) {
    Random random{seed, index, static_cast<std::uint64_t>(chunk)};
    const std::int64_t end = std::min(count, (chunk + 1) * kChunk);
    for (std::int64_t i = chunk * kChunk; i < end; ++i)
      values[i] = static_cast<float>(kDeviation * random.normal());
  }
}

/// Norms 1, biases 0, the rest from N(0, kDeviation).
Tensor random_parameter(const Parameter& parameter, std::uint64_t index,
                        const RandomModelOptions& options) {
  const bool is_vector = parameter.shape.size() == 1;
  if (is_vector) {
    const bool is_norm = parameter.name.find("bias") == std::string::npos;
    return at::full(parameter.shape, is_norm ? 1.0 : 0.0, options.dtype);
  }
  Tensor values = at::empty(parameter.shape, at::kFloat);
  const auto threads = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  std::vector<std::jthread> workers;
  for (std::int64_t t = 0; t < threads; ++t) {
    workers.emplace_back(fill_chunks, values.mutable_data_ptr<float>(), values.numel(),
                         options.seed, index, std::pair(t, threads));
  }
  workers.clear();  // waits
  return values.to(options.dtype);
}

/// The config with the tokenizer's ids, wherever the family writes them.
std::string with_ids(const std::string& config_json, const Tokenizer& tokenizer) {
  Json json = json_or_discarded<Json>(config_json);
  require(json.is_object(), "The config of a random model is not a JSON object.");
  const std::vector<std::pair<const char*, const char*>> ids = {
      {"image_token_id", "<|image_pad|>"},
      {"video_token_id", "<|video_pad|>"},
      {"vision_start_token_id", "<|vision_start|>"},
      {"vision_end_token_id", "<|vision_end|>"},
      {"bos_token_id", "<|endoftext|>"},
      {"eos_token_id", "<|im_end|>"}};
  for (const auto& [key, token] : ids) json[key] = tokenizer.id_of(token);
  return json.dump(2) + "\n";
}

/// The parameters in shards of at most `shard_bytes`.
std::vector<std::vector<Parameter>> shards_of(Model& model, const RandomModelOptions& options) {
  std::vector<std::vector<Parameter>> shards(1);
  std::uint64_t filled = 0;
  model.visit([&](const std::string& name, Tensor&, const std::vector<std::int64_t>& shape) {
    std::uint64_t bytes = at::elementSize(options.dtype);
    for (const std::int64_t length : shape) bytes *= static_cast<std::uint64_t>(length);
    if (filled > 0 && filled + bytes > options.shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back({name, shape});
    filled += bytes;
  });
  return shards;
}

}  // namespace

std::int64_t write_random_model(const std::string& config_json, const fs::path& folder,
                                const RandomModelOptions& options) {
  const Tokenizer tokenizer = write_bench_sidecars(folder);
  const std::string text = with_ids(config_json, tokenizer);
  Model model(parse_config(text, "the config of a random model"));
  const auto shards = shards_of(model, options);
  Json index = {{"metadata", Json::object()}, {"weight_map", Json::object()}};
  std::uint64_t number = 0, bytes = 0;
  std::int64_t parameters = 0;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const std::string file = fmt::format("model-{:05}-of-{:05}.safetensors", s + 1, shards.size());
    NamedTensors tensors;
    for (const Parameter& parameter : shards[s]) {
      tensors.emplace_back(parameter.name, random_parameter(parameter, number++, options));
      index["weight_map"][parameter.name] = file;
      bytes += tensors.back().second.nbytes();
      parameters += tensors.back().second.numel();
    }
    save_safetensors(folder / file, tensors);
  }
  index["metadata"]["total_size"] = bytes;
  write_file_atomic(folder / "model.safetensors.index.json", index.dump(2));
  write_file_atomic(folder / "config.json", text);
  return parameters;
}

}  // namespace juror
