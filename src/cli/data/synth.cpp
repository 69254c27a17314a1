// juror synth: a data set of photos with known defects and simulated votes, on disk.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/run_record.h"
#include "image/options.h"
#include "synth/dataset.h"

namespace juror {
namespace {

struct SynthCommandOptions {
  std::string out;
  std::string photos = ".deps/photos";
  std::string split = "train";
  SynthDatasetOptions data;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("OUT", out, "Folder to write: synth.jsonl, synth.json, run.json and images/");
  }
  template <class Field>
  void fields(Field&& field) {
    field("photos", photos,
          "Folder of photos; scripts/photos fetches the ones that mini is made of");
    field("split", split, "Subfolder of the photos to use; all takes every photo of the folder",
          OneOf{{"train", "validation", "heldout", "all"}});
    data.fields(field);
    image.fields(field);
  }
};

int synth(SynthCommandOptions& options, Context& context) {
  namespace fs = std::filesystem;
  const fs::path folder =
      options.split == "all" ? fs::path(options.photos) : fs::path(options.photos) / options.split;
  require(fs::is_directory(folder) || !fs::is_directory(options.photos),
          "'{0}' has no subfolder '{1}'. To take every photo of it: --photos '{0}' --split all.",
          options.photos, options.split);
  options.data.seed = context.global.seed;
  options.data.threads = context.global.threads;
  log_info("reading the photos of " + folder.string());
  const PhotoSet photos(folder, options.image);
  log_info(fmt::format("{} photos; making {} pairs with seed {}", photos.size(), options.data.pairs,
                       options.data.seed));
  const std::int64_t written =
      write_synth_dataset(photos, options.data, options.out, context.progress());
  nlohmann::ordered_json run = {{"schema", 1}};
  run.update(run_record(context));
  run["data_hash"] = fmt::format("{:016x}", photos.fingerprint());
  write_file_atomic(fs::path(options.out) / "run.json",
                    run.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  if (context.out.json())
    context.out.print_json({{"folder", options.out},
                            {"examples", (fs::path(options.out) / "synth.jsonl").string()},
                            {"pairs", written},
                            {"photos", photos.size()},
                            {"split", options.split},
                            {"seed", options.data.seed}});
  else
    context.out.print(fmt::format(
        "{} pairs of {} photos in {} (examples in synth.jsonl, the truth in synth.json)\n", written,
        photos.size(), options.out));
  return kExitOk;
}

}  // namespace

Command synth_command() {
  return make_command<SynthCommandOptions>(
      {.name = "synth",
       .summary = "Make photo pairs with known defects and simulated votes",
       .examples = {{"juror synth runs/data --pairs 1000", "from the training photos"},
                    {"juror synth runs/held --split heldout --same-photo 1 --seed 7",
                     "held-out photos, same-photo pairs"},
                    {"juror synth runs/own --photos ~/Pictures --split all",
                     "from your own photos"}},
       .notes = "Nine defects (blur, motion blur, noise, compression, too dark, too bright, haze, "
                "colour cast,\n"
                "pixelation), up to three a picture; ten simulated voters a pair. The same seed "
                "makes the same files."},
      synth);
}

}  // namespace juror
