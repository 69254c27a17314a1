// llama.cpp on the job of bench/peers/transformers_generate.py, through its libraries llama and
// mtmd: each picture is encoded once for both orders, each prompt read once, and its cells of the
// cache are shared by the completions behind it, which are decoded together, one row each. Made and
// run by llama_cpp.py.
//
//     llama_thinking MODEL.gguf MMPROJ.gguf THOUGHTS TOKENS REPEATS UNIFIED FLASH REPACKED
//     llama_thinking quantize MODEL.gguf OUT.gguf q8_0|q4_0|q4_k
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "llama.h"
#include "mtmd-helper.h"
#include "mtmd.h"

namespace {

constexpr int kSide = 448, kBatch = 2048;
constexpr llama_token kVisionStart = 4, kBefore = 5, kBehindImage = 7, kAfter = 9;  // any ids do
constexpr int kTextBefore = 19, kTextAfter = 40;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "llama_thinking: %s\n", what);
  std::exit(1);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int quantize(const char* in, const char* out, const std::string& type) {
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.nthread = 1;
  params.ftype = type == "q8_0"   ? LLAMA_FTYPE_MOSTLY_Q8_0
                 : type == "q4_0" ? LLAMA_FTYPE_MOSTLY_Q4_0
                                  : LLAMA_FTYPE_MOSTLY_Q4_K_S;
  return static_cast<int>(llama_model_quantize(in, out, &params));
}

struct Peer {
  llama_model* model;
  llama_context* context;
  mtmd_context* vision;
};

struct Seconds {
  double vision, prefill, decode;
};

/// A picture of noise as the model's library cuts it, and its embeddings.
struct Picture {
  mtmd_input_chunks* chunks;
  const mtmd_input_chunk* image;
  std::vector<float> embeddings;
};

Picture encode(const Peer& peer) {
  static std::mt19937 random(1);
  std::vector<unsigned char> pixels(3 * kSide * kSide);
  for (unsigned char& pixel : pixels) pixel = static_cast<unsigned char>(random());
  mtmd_bitmap* bitmap = mtmd_bitmap_init(kSide, kSide, pixels.data());
  Picture picture{.chunks = mtmd_input_chunks_init(), .image = nullptr, .embeddings = {}};
  const std::string marker = mtmd_default_marker();
  const mtmd_input_text text{marker.c_str(), marker.size(), false, true};
  const mtmd_bitmap* bitmaps[] = {bitmap};
  require(mtmd_tokenize(peer.vision, picture.chunks, &text, bitmaps, 1) == 0, "no picture");
  for (std::size_t i = 0; i < mtmd_input_chunks_size(picture.chunks); ++i) {
    const mtmd_input_chunk* chunk = mtmd_input_chunks_get(picture.chunks, i);
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE) picture.image = chunk;
  }
  require(picture.image && mtmd_input_chunk_get_n_tokens(picture.image) == 256,
          "a picture is not 256 tokens");
  require(mtmd_encode_chunk(peer.vision, picture.image) == 0, "the tower failed");
  const float* from = mtmd_get_output_embd(peer.vision);
  picture.embeddings.assign(from, from + 256L * llama_model_n_embd_inp(peer.model));
  mtmd_bitmap_free(bitmap);
  return picture;
}

/// A batch of text, all of whose rows or the last one alone give logits.
class Batch {
 public:
  explicit Batch(int rows) : batch_(llama_batch_init(rows, 0, 1)) {}
  ~Batch() { llama_batch_free(batch_); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  void add(llama_token token, llama_pos position, llama_seq_id sequence, bool has_logits) {
    const int i = batch_.n_tokens++;
    batch_.token[i] = token;
    batch_.pos[i] = position;
    batch_.n_seq_id[i] = 1;
    batch_.seq_id[i][0] = sequence;
    batch_.logits[i] = has_logits;
  }
  void decode(const Peer& peer) {
    require(llama_decode(peer.context, batch_) == 0, "decoding failed");
    batch_.n_tokens = 0;
  }

 private:
  llama_batch batch_;
};

/// Reads the prompt of two pictures. Returns the position behind it; its logits are row −1.
llama_pos prefill(const Peer& peer, Picture& first, Picture& second, llama_seq_id sequence) {
  Batch batch(64);
  llama_pos position = 0;
  const auto image = [&](Picture& picture) {
    batch.add(kVisionStart, position++, sequence, false);
    batch.decode(peer);
    require(mtmd_helper_decode_image_chunk(peer.vision, peer.context, picture.image,
                                           picture.embeddings.data(), position, sequence, kBatch,
                                           &position, nullptr, nullptr) == 0,
            "a picture was not read");
    batch.add(kBehindImage, position++, sequence, false);
  };
  for (int i = 0; i < kTextBefore; ++i) batch.add(kBefore, position++, sequence, false);
  image(first);
  image(second);
  for (int i = 0; i < kTextAfter; ++i) batch.add(kAfter, position++, sequence, i + 1 == kTextAfter);
  batch.decode(peer);
  return position;
}

llama_token greatest(const Peer& peer, int row) {
  const float* logits = llama_get_logits_ith(peer.context, row);
  const int count = llama_vocab_n_tokens(llama_model_get_vocab(peer.model));
  return static_cast<llama_token>(std::max_element(logits, logits + count) - logits);
}

Seconds think(const Peer& peer, int thoughts, int tokens) {
  llama_memory_t memory = llama_get_memory(peer.context);
  llama_memory_clear(memory, false);
  const double begin = cpu_seconds();
  Picture pictures[] = {encode(peer), encode(peer)};
  const double seen = cpu_seconds();
  std::vector<llama_pos> positions;
  std::vector<llama_token> next;
  for (int order = 0; order < 2; ++order) {
    const llama_seq_id from = order * thoughts;
    const llama_pos position = prefill(peer, pictures[order], pictures[1 - order], from);
    for (int i = 0; i < thoughts; ++i) {
      if (i > 0) llama_memory_seq_cp(memory, from, from + i, -1, -1);
      positions.push_back(position);
      next.push_back((greatest(peer, -1) + i) % 256);  // thoughts that differ
    }
  }
  const double read = cpu_seconds();
  Batch batch(2 * thoughts);
  for (int step = 1; step < tokens; ++step) {  // the first token is the prompt's
    for (int row = 0; row < 2 * thoughts; ++row)
      batch.add(next[static_cast<std::size_t>(row)], positions[static_cast<std::size_t>(row)]++,
                row, true);
    batch.decode(peer);
    for (int row = 0; row < 2 * thoughts; ++row)
      next[static_cast<std::size_t>(row)] = greatest(peer, row);
  }
  const double end = cpu_seconds();
  for (Picture& picture : pictures) mtmd_input_chunks_free(picture.chunks);
  return {.vision = seen - begin, .prefill = read - seen, .decode = end - read};
}

struct Settings {
  bool is_unified;   ///< one cache for all rows, in which prompts stand once
  bool has_flash;    ///< the decoder's attention; the tower's always
  bool is_repacked;  ///< weights are laid out for the CPU where llama.cpp can
};

Peer load(const char* text, const char* mmproj, int rows, const Settings& settings) {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  mtmd_helper_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  Peer peer{};
  llama_model_params how = llama_model_default_params();
  how.use_extra_bufts = settings.is_repacked;
  peer.model = llama_model_load_from_file(text, how);
  require(peer.model, "no model");
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(settings.is_unified ? 2304 : rows * 768);
  params.n_batch = kBatch;
  params.n_ubatch = 512;
  params.n_seq_max = static_cast<std::uint32_t>(rows);
  params.n_threads = params.n_threads_batch = 1;
  params.kv_unified = settings.is_unified;
  params.flash_attn_type =
      settings.has_flash ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  peer.context = llama_init_from_model(peer.model, params);
  require(peer.context, "no context");
  mtmd_context_params vision = mtmd_context_params_default();
  vision.use_gpu = false;
  vision.n_threads = 1;
  vision.print_timings = false;
  vision.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
  peer.vision = mtmd_init_from_file(mmproj, peer.model, vision);
  require(peer.vision, "no tower");
  return peer;
}

}  // namespace

int main(int count, char** words) {
  if (count == 5 && std::strcmp(words[1], "quantize") == 0)
    return quantize(words[2], words[3], words[4]);
  require(count == 9, "MODEL MMPROJ THOUGHTS TOKENS REPEATS UNIFIED FLASH REPACKED are expected");
  const int thoughts = std::atoi(words[3]), tokens = std::atoi(words[4]),
            repeats = std::atoi(words[5]);
  const Peer peer = load(words[1], words[2], 2 * thoughts,
                         {.is_unified = std::atoi(words[6]) != 0,
                          .has_flash = std::atoi(words[7]) != 0,
                          .is_repacked = std::atoi(words[8]) != 0});
  for (int i = -1; i < repeats; ++i) {
    const Seconds s = think(peer, thoughts, tokens);
    if (i < 0) continue;  // which warms up
    std::printf("%.3f %.3f %.3f\n", s.vision, s.prefill, s.decode);
    std::fflush(stdout);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak %ld\n", usage.ru_maxrss * 1024L);
  std::fflush(stdout);
  std::_Exit(0);  // what was loaded goes with the process
}
