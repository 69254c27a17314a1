#include "cli/serve/serve.h"

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/model_folder.h"
#include "cli/judge/judging.h"
#include "judge/template.h"
#include "serve/gate.h"
#include "serve/serve_app.h"

namespace juror {
namespace {

struct ServeCommandOptions : ServeOptions {
  std::vector<std::string> model = {"mini"};
  std::string prompt_template;
  ComputeOptions compute;
  std::string calibration = "auto";
  std::int64_t cache_mb = 0;
  JudgeOptions judge;
  SessionOptions session;
  RankingOptions ranking;
  RemoteOptions remote;

  template <class Field>
  void fields(Field&& field) {
    field(
        "model", model,
        "Models: folders, names in the Hugging Face cache, or mini; NAME=FOLDER gives one a name. "
        "The first is loaded at once, others when they are asked");
    field("prompt_template", prompt_template,
          "Prompt template: a file, or a name in prompts/; empty: the model's own");
    compute.fields(field);
    ServeOptions::fields(field);
    field("calibration", calibration,
          "Temperature and tie band (juror eval calibrate): auto takes calibration.json in the "
          "model's folder; none; or a file");
    field("cache_mb", cache_mb,
          "Megabytes that each model may keep of what it has read (keys, values, features of "
          "pictures), those of requests under way included; 0: about 3000",
          Range{0, 1 << 24});
    judge.fields(field);
    session.fields(field);
    ranking.fields(field);
    remote.fields(field);
  }
};

/// "a=DIR" -> a, DIR; without a name the last part of the folder.
std::pair<std::string, std::string> name_and_folder(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != std::string::npos && text.find('/') > equals) {
    require(equals > 0 && equals + 1 < text.size(),
            "--model '{}' is not NAME=FOLDER with both of them.", text);
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  std::error_code unknown;
  if (!std::filesystem::is_directory(text, unknown)) return {text, text};
  const std::filesystem::path folder = std::filesystem::path(text).lexically_normal();
  return {(folder.has_filename() ? folder : folder.parent_path()).filename().string(), text};
}

JudgingOptions judging_of(const ServeCommandOptions& options, const std::string& folder) {
  return {.model = folder,
          .prompt_template = options.prompt_template,
          .compute = options.compute,
          .calibration = options.calibration,
          .judge = options.judge,
          .remote = options.remote};
}

/// Memory of a model's weights as they are computed with: at most four bytes for each of the file's
/// two.
std::uint64_t weight_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code unknown;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unknown))
    if (entry.path().extension() == ".safetensors") bytes += 2 * entry.file_size(unknown);
  return bytes;
}

ModelSource remote_source(const ServeCommandOptions& options, Context& context) {
  const JudgingOptions judging = judging_of(options, JudgingOptions().model);
  auto first = std::make_shared<LoadedJudge>(load_judge(judging, nullptr, context));
  return {.name = first->model.empty() ? "remote" : first->model,
          .prompt_template = first->judge->prompt_template(),
          .calibration = find_calibration(judging, *first, context),
          .load = [first] { return ServedModel{.judge = std::move(first->judge)}; }};
}

/// A model of this machine, which is loaded when it is asked.
ModelSource engine_source(const ServeCommandOptions& options, const ServeLoaders& loaders,
                          Context& context, const std::string& name, const std::string& folder) {
  const JudgingOptions judging = judging_of(options, folder);
  require_thoughts_to_check(judging.judge);
  const std::filesystem::path found = find_model(folder);
  PromptTemplate prompt_template = loaders.prompt_template(found, options.prompt_template);
  require_template_can(judging.judge, prompt_template.format());
  const LoadedJudge place{.judge = nullptr, .model = name, .folder = found};
  return {.name = name,
          .prompt_template = std::move(prompt_template),
          .calibration = find_calibration(judging, place, context),
          .bytes = weight_bytes(found),
          .load = [judging, load = loaders.model, cache = options.cache_mb, &context] {
            return load(judging, cache, context);
          }};
}

std::vector<ModelSource> sources_of(const ServeCommandOptions& options, const ServeLoaders& loaders,
                                    Context& context) {
  std::vector<ModelSource> sources;
  if (!options.remote.judge_url.empty()) {
    sources.push_back(remote_source(options, context));
    return sources;
  }
  for (const std::string& text : options.model) {
    const auto [name, folder] = name_and_folder(text);
    sources.push_back(engine_source(options, loaders, context, name, folder));
  }
  return sources;
}

/// What teaching by votes needs: nothing where a server votes, or the program lacks libtorch.
LearnParts learn_parts(const ServeCommandOptions& options, const ServeLoaders& loaders,
                       Context& context) {
  LearnParts parts;
  if (loaders.model == nullptr || !options.remote.judge_url.empty()) return parts;
  parts.program = std::filesystem::read_symlink("/proc/self/exe");
  for (const std::string& text : options.model) {
    const auto [name, folder] = name_and_folder(text);
    const std::filesystem::path found = find_model(folder);
    if (std::filesystem::exists(found / "config.json")) parts.bases[name] = found;  // no adapter
  }
  if (!options.prompt_template.empty())
    parts.settings.push_back("prompt_template=" + options.prompt_template);
  parts.settings.push_back("device=" + options.compute.device);
  parts.settings.push_back(fmt::format("seed={}", context.global.seed));
  parts.source = [&options, loaders, &context](const std::string& name,
                                               const std::filesystem::path& folder) {
    return engine_source(options, loaders, context, name, folder.string());
  };
  return parts;
}

/// $XDG_DATA_HOME/juror/votes, else ~/.local/share/juror/votes; "" where there is no home.
std::string default_votes_folder() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data != '\0') return std::string(data) + "/juror/votes";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.local/share/juror/votes" : "";
}

int serve(ServeCommandOptions& options, const ServeLoaders& loaders, Context& context) {
  options.judge.seed = options.ranking.seed = context.global.seed;
  require(options.session.budget != 0,
          "A budget of 0 comparisons ranks nothing. Give 1 or more, or leave --budget out.");
  if (options.votes_folder.empty()) options.votes_folder = default_votes_folder();
  ServeApp app(options, sources_of(options, loaders, context),
               {.judge = options.judge, .session = options.session, .ranking = options.ranking},
               learn_parts(options, loaders, context));
  context.terminal.say(LogLevel::kInfo,
                       fmt::format("Listening at http://{}:{} (Ctrl-C finishes what is under way "
                                   "and stops)",
                                   options.http.host, app.port()));
  if (options.votes_folder.empty())
    context.terminal.say(LogLevel::kWarning,
                         "There is no home folder: votes are not kept "
                         "(--votes-folder).");
  if (!is_loopback_host(options.http.host) && options.api_key_file.empty())
    context.terminal.say(LogLevel::kWarning,
                         "Whoever reaches this address may ask: --api-key-file asks for a key.");
  app.run([&] { return !context.interrupted(); });
  return kExitOk;
}

}  // namespace

Command serve_command(ServeLoaders loaders) {
  return make_command<ServeCommandOptions>(
      {.name = "serve",
       .summary = "Judge over HTTP: a page for people, endpoints for trainers and clients",
       .examples = {{"juror serve", "mini at http://127.0.0.1:8080"},
                    {"juror serve --model Qwen/Qwen2.5-VL-3B-Instruct --port 9000",
                     "another judge"},
                    {"juror serve --model mini --model big=models/big --model-memory-mb 8000",
                     "several by name"},
                    {"juror serve --judge-url http://localhost:8000", "in front of a server"}},
       .formats = {},
       .notes = "docs/serve.md lists the endpoints. SIGTERM and Ctrl-C let requests under way come "
                "to their end."},
      [loaders](ServeCommandOptions& options, Context& context) {
        return serve(options, loaders, context);
      },
      loaders.model != nullptr
          ? nullptr
          : +[](const ServeCommandOptions& options) { return options.remote.judge_url.empty(); });
}

}  // namespace juror
