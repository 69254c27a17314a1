// juror inspect image: what the model would see of pictures, without running it.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "image/decode.h"
#include "image/patches.h"
#include "model/config.h"
#include "model/processor.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

struct InspectImageOptions {
  std::string model = "mini";
  std::vector<std::string> images;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("IMAGE", images, "Pictures: JPEG, PNG or WebP");
  }
  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
  }
};

Json size_json(Size size) { return Json::array({size.width, size.height}); }

/// Decodes in full, so that a picture that is cut short is found here and not later.
Json inspect_one(const std::string& path, const PatchOptions& patches) {
  const MappedFile file(path);
  const ImageInfo info = probe_image(file.bytes(), path);
  const Image image = decode_image(file.bytes(), path);
  const Grid grid = patch_grid(image.size(), patches);
  const Size resized{static_cast<int>(grid.w) * patches.patch,
                     static_cast<int>(grid.h) * patches.patch};
  return {{"image", path},
          {"format", info.format},
          {"stored_size", size_json(info.stored)},
          {"orientation", info.orientation},
          {"decoded_size", size_json(image.size())},
          {"resized_size", size_json(resized)},
          {"grid_thw", {grid.t, grid.h, grid.w}},
          {"patches", grid.patches()},
          {"tokens", image_tokens(grid, patches)}};
}

std::string size_text(const Json& size) {
  return fmt::format("{}×{}", size[0].get<int>(), size[1].get<int>());
}

std::string table_text(const Json& images, bool color) {
  Table table{.columns = {{"image"},
                          {"format"},
                          {"decoded", Align::kRight},
                          {"orientation", Align::kRight},
                          {"resized", Align::kRight},
                          {"patches", Align::kRight},
                          {"tokens", Align::kRight}},
              .rows = {}};
  for (const Json& one : images) {
    table.rows.push_back({one["image"].get<std::string>(),
                          one["format"].get<std::string>(),
                          size_text(one["decoded_size"]),
                          one["orientation"].dump(),
                          size_text(one["resized_size"]),
                          one["patches"].dump(),
                          {one["tokens"].dump(), Style::kBold}});
  }
  return table.text(color);
}

int inspect_image(InspectImageOptions& options, Context& context) {
  const std::filesystem::path folder = find_model(options.model);
  const PatchOptions patches = load_processor(folder, load_config(folder)).patches;
  Json images = Json::array(), errors = Json::array();
  for (const std::string& path : options.images) {
    try {
      images.push_back(inspect_one(path, patches));
    } catch (const Error& error) {
      log_warning(error.what());
      errors.push_back({{"image", path}, {"message", error.what()}});
    }
  }
  if (context.out.json()) {
    context.out.print_json({{"model", folder.string()}, {"images", images}, {"errors", errors}});
  } else if (!images.empty()) {
    context.out.print(table_text(images, context.color()));
  }
  if (errors.empty()) return kExitOk;
  return images.empty() ? kExitUsage : kExitSomeFailed;
}

}  // namespace

Command inspect_image_command() {
  return make_command<InspectImageOptions>(
      {.name = "inspect image",
       .summary = "Show what the model would see of pictures: sizes, patches, tokens",
       .examples = {{"juror inspect image photo.jpg", "for mini"},
                    {"juror inspect image --model DIR *.jpg --json",
                     "for another model, for a program"}},
       .notes = "Sizes are width × height. The orientation is Exif's and is applied in the decoded "
                "size."},
      inspect_image);
}

}  // namespace juror
