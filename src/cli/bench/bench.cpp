// juror bench: how fast the engine is here, how much memory it takes, and how that compares with
// transformers.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/model_folder.h"
#include "bench/memory.h"
#include "bench/model.h"
#include "bench/product.h"
#include "bench/speed.h"
#include "cli/bench/bench_result.h"
#include "cli/bench/child_process.h"
#include "cli/engine/commands.h"
#include "model/weights.h"
#include "tensor/device.h"
#include "train/part_clock.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kOwnModel = "runs/bench-100m";

struct BenchOptions {
  std::string model;
  ComputeOptions compute;
  std::int64_t repeats = 5, warm_up = 1;
  std::int64_t thoughts = BenchShape{}.thoughts, tokens = BenchShape{}.tokens;
  std::vector<std::string> jobs = {"read", "thinking", "start-up"};
  std::string peer;
  std::string peer_script = "bench/peers/transformers_generate.py";
  std::int64_t peer_repeats = 1;

  template <class Field>
  void fields(Field&& field) {
    field("model", model,
          "Model to measure; empty: one of random weights, written once to runs/bench-100m");
    compute.fields(field);
    field("jobs", jobs, "Which to measure beside loading: read, thinking, start-up");
    field("repeats", repeats, "Measurements of each job", Range{1, 1000});
    field("warm_up", warm_up, "Runs of each job before those, which do not count", Range{0, 100});
    field("thoughts", thoughts, "Thoughts sampled in each order", Range{1, 1024});
    field("tokens", tokens, "Tokens of every thought", Range{1, 1 << 16});
    field("peer", peer,
          "Python with torch and transformers: measure it on the same folder too, one thread each");
    field("peer_script", peer_script, "What that Python runs");
    field("peer_repeats", peer_repeats, "Runs of that script", Range{1, 100});
  }
  BenchShape shape() const { return {.thoughts = thoughts, .tokens = tokens}; }
  bool has(const char* job) const { return std::find(jobs.begin(), jobs.end(), job) != jobs.end(); }
};

fs::path bench_folder(const BenchOptions& options, Context& context) {
  if (!options.model.empty()) return find_model(options.model);
  if (make_bench_model({}, kOwnModel))
    context.terminal.say(LogLevel::kInfo, fmt::format("Wrote {}", kOwnModel));
  return kOwnModel;
}

/// What is measured is what a large model would compute in, however small this one is.
Compute compute_of(const ComputeOptions& options) {
  return choose_compute(options, std::numeric_limits<std::int64_t>::max());
}

/// The process begins anew after the model was written, which takes several times the memory of
/// running it.
BenchMemory memory_before() {
  reset_peak();
  return {.program = resident_bytes()};
}

std::int64_t laid_out_head(const Model& model) {
  const Tensor& strips = model.decoder.head_strips;
  return strips.defined() ? static_cast<std::int64_t>(strips.nbytes()) : 0;
}

std::int64_t weights_bytes(Model& model) {
  std::int64_t bytes = laid_out_head(model);
  for (const auto& [name, parameter] : named_parameters(model))
    bytes += static_cast<std::int64_t>(parameter.nbytes());
  model.visit_linears([&](const std::string&, Linear& linear, const LinearShape&) {
    if (linear.is_packed()) bytes += linear.weight_bytes();
  });
  return bytes;
}

/// Bytes of the weights that a step of decoding reads: the language model's layers and its head.
std::int64_t step_bytes(Model& model) {
  const auto plain =
      static_cast<std::int64_t>(model.decoder.head.defined() ? model.decoder.head.nbytes() : 0);
  std::int64_t bytes = laid_out_head(model) + plain;
  model.visit_linears([&](const std::string& name, Linear& linear, const LinearShape&) {
    if (!is_of_tower(name)) bytes += linear.weight_bytes();
  });
  return bytes;
}

/// What decoding reads, and what the machine can.
struct Reading {
  std::int64_t step_bytes = 0;
  double bandwidth = 0;  ///< bytes a second; 0: not known
};

/// Seconds until the command has run; the first run, which reads the files from disk, does not
/// count.
BenchRow start_up(const std::string& name, const std::vector<std::string>& words,
                  std::int64_t repeats) {
  BenchRow row{name, "ms", {}};
  for (std::int64_t i = 0; i <= repeats; ++i) {
    const ChildResult result = run_child(words);
    require(result.exit_code == 0,
            "'{}' ended with exit code {}; the start-up time needs it to succeed.", name,
            result.exit_code);
    if (i > 0) row.values.push_back(1e3 * result.seconds);
  }
  return row;
}

/// Runs `job` for nothing, as often as it warms up, and then as often as it counts; false once a
/// signal asked to stop.
template <class Job>
bool repeat(const char* stage, const BenchOptions& options, const Progress& progress, Job&& job) {
  progress(stage, 0, options.repeats);
  for (std::int64_t i = 0; i < options.warm_up; ++i) job(true);
  for (std::int64_t i = 0; i < options.repeats; ++i) {
    job(false);
    if (!progress(stage, i + 1, options.repeats)) return false;
  }
  return true;
}

std::vector<BenchRow> measure_jobs(const Model& model, const BenchOptions& options,
                                   const Progress& progress, const Reading& reading,
                                   BenchMemory& memory) {
  BenchRow pairs{"one forward read of a pair", "pairs/s", {}},
      total{fmt::format("{} thoughts x 2 orders x {} tokens: a pair", options.thoughts,
                        options.tokens),
            "s",
            {}},
      cpu{"  of the CPU", "CPU s", {}}, vision{"  vision", "s", {}}, prefill{"  prefill", "s", {}},
      decode{"  decode", "s", {}}, speed{"  decode", "tokens/s", {}},
      read{"  weights read in decoding", "GB/s", {}}, share{"  of what memory gives", "%", {}};
  const auto read_pair = [&](bool is_first) {
    const double seconds = time_read(model, options.shape());
    if (!is_first) pairs.values.push_back(1 / seconds);
  };
  if (options.has("read") && !repeat("forward reads", options, progress, read_pair)) return {};
  const auto think = [&](bool is_first) {
    const ThinkingTime time = time_thinking(model, options.shape());
    memory.cache = time.cache_bytes;
    if (is_first) return;
    cpu.values.push_back(time.cpu_s);
    total.values.push_back(time.total_s());
    vision.values.push_back(time.vision_s);
    prefill.values.push_back(time.prefill_s);
    decode.values.push_back(time.decode_s);
    speed.values.push_back(static_cast<double>(time.tokens) / time.decode_s);
    const auto steps = static_cast<double>(options.tokens - 1);  // the first token is the prompt's
    const double bytes_per_s = steps * static_cast<double>(reading.step_bytes) / time.decode_s;
    if (steps == 0 || reading.bandwidth == 0) return;
    read.values.push_back(bytes_per_s / 1e9);
    share.values.push_back(100 * bytes_per_s / reading.bandwidth);
  };
  if (options.has("thinking") && !repeat("thinking", options, progress, think)) return {};
  std::vector<BenchRow> rows = {pairs, total, cpu, vision, prefill, decode, speed, read, share};
  std::erase_if(rows, [](const BenchRow& row) { return row.values.empty(); });
  return rows;
}

/// Ours and the peer's, each alone on one thread, in CPU seconds: other work on the machine
/// disturbs them least.
std::optional<BenchPeer> measure_peer(const Model& model, const fs::path& folder,
                                      const BenchOptions& options, const Progress& progress) {
  BenchPeer peer;
  at::set_num_threads(1);
  if (!repeat("thinking, one thread", options, progress, [&](bool is_first) {
        const double seconds = time_thinking(model, options.shape()).cpu_s;
        if (!is_first) peer.ours.push_back(seconds);
      }))
    return {};
  progress("transformers", 0, options.peer_repeats);
  for (std::int64_t i = 0; i < options.peer_repeats; ++i) {
    const ChildResult result =
        run_child({options.peer, options.peer_script, folder.string(), dtype_name(model.dtype()),
                   std::to_string(options.thoughts), std::to_string(options.tokens)});
    require(result.exit_code == 0,
            "'{} {}' ended with exit code {}. It needs torch and transformers 5.", options.peer,
            options.peer_script, result.exit_code);
    const auto seconds = read_peer_output(result.output, {"plain", "reuse"});
    peer.plain.push_back(seconds.at("plain"));
    peer.reuse.push_back(seconds.at("reuse"));
    if (!progress("transformers", i + 1, options.peer_repeats)) return {};
  }
  return peer;
}

int bench(BenchOptions& options, Context& context) {
  for (const std::string& job : options.jobs) {
    require(job == "read" || job == "thinking" || job == "start-up",
            "The job is '{}', and read, thinking or start-up is expected.", job);
  }
  require(options.peer.empty() || fs::is_regular_file(options.peer_script),
          "'{}' is not there. Start `juror bench --peer` in the folder of the sources, or give "
          "--peer-script.",
          options.peer_script);
  const fs::path folder = bench_folder(options, context);
  const Compute compute = compute_of(options.compute);
  Reading reading;
  if (options.has("thinking") && compute.device.is_cpu())
    reading.bandwidth = read_bandwidth(options.repeats + 2);
  BenchMemory memory = memory_before();
  PartClock clock;
  const auto model = load_model(folder, judging_options(compute));
  const PartTime load = clock.lap();
  memory.weights = weights_bytes(*model);
  reading.step_bytes = step_bytes(*model);
  const std::int64_t parameters =
      memory.weights / static_cast<std::int64_t>(c10::elementSize(model->dtype()));
  const std::int64_t peak_to_load = peak_bytes();
  if (options.has("thinking")) memory.vision = image_memory(*model, {});
  const Progress progress = context.progress();
  const int threads = at::get_num_threads();
  std::vector<BenchRow> rows = measure_jobs(*model, options, progress, reading, memory);
  rows.insert(rows.begin(), BenchRow{"loading", "s", {load.wall_s}});
  memory.peak = std::max(peak_to_load, peak_bytes());
  if (context.interrupted()) return kExitOk;
  if (options.has("start-up")) {
    const std::string juror = (fs::read_symlink("/proc/self/exe").parent_path() / "juror").string();
    rows.push_back(start_up("start-up of juror --help", {juror, "--help"}, options.repeats));
  }
  std::optional<BenchPeer> peer;
  if (!options.peer.empty()) peer = measure_peer(*model, folder, options, progress);
  context.terminal.end_progress();

  if (context.out.json()) {
    Json jobs = Json::array();
    for (const BenchRow& row : rows) jobs.push_back(row.json());
    context.out.print_json(
        {{"model", folder.string()},
         {"parameters", parameters},
         {"dtype", dtype_name(model->dtype())},
         {"threads", threads},
         {"backend", backend_description()},
         {"repeats", options.repeats},
         {"load", {{"wall_s", load.wall_s}, {"cpu_s", load.cpu_s}, {"peak_bytes", peak_to_load}}},
         {"jobs", jobs},
         {"memory", memory.json()},
         {"peer", peer ? peer->json() : Json(nullptr)}});
    return kExitOk;
  }
  context.out.print(
      fmt::format(
          "{}: {:.0f} M parameters, {}, {} threads, {} repeats, two pictures of 448 x 448\n\n",
          folder.string(), static_cast<double>(parameters) / 1e6, dtype_name(model->dtype()),
          threads, options.repeats) +
      medians_table(rows, context.color()) + memory_text(memory) +
      (peer ? peer_text(*peer, context.color()) : ""));
  return kExitOk;
}

}  // namespace

Command bench_command() {
  return make_command<BenchOptions>(
      {.name = "bench",
       .summary = "Measure the engine's speed and memory here, and transformers' beside it",
       .examples = {{"juror bench", "on a model of random weights, about 100 M parameters"},
                    {"juror bench --peer python3 --json",
                     "against transformers on the same folder"}},
       .notes = "Wall-clock times, but for --peer: CPU time on one thread. Pictures are noise; "
                "every repeat shows new ones."},
      bench);
}

}  // namespace juror
