// juror inspect image: what the model would see of pictures, without running it. A picture becomes
// views, pixels and tokens by the very function that `rank` uses, so both refuse the same.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "cli/rows.h"
#include "cli/table.h"
#include "image/decode.h"
#include "judge/engine/prompt.h"
#include "model/config.h"
#include "model/lora_folder.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

struct InspectImageOptions {
  std::string model = "mini";
  std::string prompt_template;
  std::vector<std::string> images;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("IMAGE", images, "Pictures: JPEG, PNG or WebP");
  }
  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
    field("prompt_template", prompt_template,
          "Prompt template, which says in what views a picture is shown: a file, or a name in "
          "prompts/; empty: the model's own");
    image.fields(field);
  }
};

/// What decides how pictures are shown.
struct Eyes {
  PatchOptions patches;
  PromptTemplate prompt_template;
  ImageReader reader;
};

Json size_json(Size size) { return Json::array({size.width, size.height}); }

Json view_json(const Candidate& candidate, std::size_t index, const PatchOptions& patches) {
  const auto& shown = candidate.views[index]->grid;
  const Grid grid{shown.t, shown.h, shown.w};
  const Rect& source = candidate.sources[index];
  return {{"view", index == 0 ? "whole" : "detail"},
          {"source", {source.x, source.y, source.width, source.height}},
          {"resized_size", {grid.w * patches.patch, grid.h * patches.patch}},
          {"grid_thw", {grid.t, grid.h, grid.w}},
          {"patches", grid.patches()},
          {"tokens", image_tokens(grid, patches)}};
}

/// Decodes in full, so that a picture that is cut short is found here and not later.
Json inspect_one(const std::string& path, const Eyes& eyes) {
  const std::string file = read_file(path);  // as rank reads: '-' is the standard input
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const ImageInfo info = probe_image(bytes, path);
  const Image image = eyes.reader.decode(bytes, path);
  const Candidate candidate = prepare_candidate(image, eyes.prompt_template, eyes.patches);
  Json views = Json::array();
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < candidate.views.size(); ++i) {
    views.push_back(view_json(candidate, i, eyes.patches));
    tokens += views.back()["tokens"].get<std::int64_t>();
  }
  return {{"image", path},
          {"format", info.format},
          {"stored_size", size_json(info.stored)},
          {"orientation", info.orientation},
          {"decoded_size", size_json(image.size())},
          {"transparent", image.shows_background},
          {"resized_size", views[0]["resized_size"]},  // of the whole picture, the first view
          {"grid_thw", views[0]["grid_thw"]},
          {"patches", views[0]["patches"]},
          {"views", views},
          {"tokens", tokens}};
}

/// A row a view, each with its picture.
Json view_rows(const Json& images) {
  Json rows = Json::array();
  for (const Json& one : images) {
    for (const Json& view : one["views"]) {
      rows.push_back({{"image", one["image"]},
                      {"format", one["format"]},
                      {"orientation", one["orientation"]},
                      {"decoded_size", one["decoded_size"]},
                      {"transparent", one["transparent"]}});
      rows.back().update(view);
    }
  }
  return rows;
}

std::string size_text(const Json& size) {
  return fmt::format("{}×{}", size[0].get<int>(), size[1].get<int>());
}

/// A line a view; what the picture itself is stands on its first.
std::string views_table(const Json& images, bool color) {
  Table table{.columns = {{"image"},
                          {"format"},
                          {"decoded", Align::kRight},
                          {"orientation", Align::kRight},
                          {"view"},
                          {"of pixels"},
                          {"resized", Align::kRight},
                          {"patches", Align::kRight},
                          {"tokens", Align::kRight}},
              .rows = {}};
  for (const Json& one : images) {
    for (const Json& view : one["views"]) {
      const bool first = &view == &one["views"][0];
      const Json& source = view["source"];
      table.rows.push_back(
          {first ? one["image"].get<std::string>() : "",
           first ? one["format"].get<std::string>() : "",
           first ? size_text(one["decoded_size"]) : "",
           first ? one["orientation"].dump() : "",
           view["view"].get<std::string>(),
           fmt::format("{}×{} at {}, {}", source[2].get<int>(), source[3].get<int>(),
                       source[0].get<int>(), source[1].get<int>()),
           size_text(view["resized_size"]),
           view["patches"].dump(),
           {view["tokens"].dump(), Style::kBold}});
    }
  }
  return table.text(color);
}

Eyes load_eyes(const InspectImageOptions& options, const std::filesystem::path& folder) {
  const std::filesystem::path base = base_folder(folder);
  const bool has_template = std::filesystem::is_regular_file(folder / "juror_template.toml");
  return {.patches = load_processor(base, load_config(base)).patches,
          .prompt_template = find_template(has_template ? folder : base, options.prompt_template),
          .reader = ImageReader(options.image)};
}

int inspect_image(InspectImageOptions& options, Context& context) {
  const std::filesystem::path folder = find_model(options.model);
  const Eyes eyes = load_eyes(options, folder);
  Json images = Json::array(), errors = Json::array();
  for (const std::string& path : options.images) {
    try {
      images.push_back(inspect_one(path, eyes));
    } catch (const Error& error) {
      log_warning(error.what());
      errors.push_back({{"image", path}, {"message", error.what()}});
    }
  }
  if (is_rows(context.out.format())) {
    print_rows(context.out, view_rows(images));
  } else if (context.out.json()) {
    context.out.print_json({{"model", folder.string()},
                            {"background", options.image.background},
                            {"images", images},
                            {"errors", errors}});
  } else if (!images.empty()) {
    context.out.print(views_table(images, context.color()));
  }
  if (errors.empty()) return kExitOk;
  return images.empty() ? kExitUsage : kExitSomeFailed;
}

}  // namespace

Command inspect_image_command() {
  return make_command<InspectImageOptions>(
      {.name = "inspect image",
       .summary = "Show what the model would see of pictures: views, sizes, patches, tokens",
       .examples = {{"juror inspect image photo.jpg", "for mini"},
                    {"juror inspect image --model DIR *.jpg --json",
                     "for another model, for a program"}},
       .formats = kListFormats,
       .notes =
           "Sizes are width × height. The orientation that the metadata name is applied in the "
           "decoded size. A view shows the whole picture or a detail of it; where it was taken "
           "from is in pixels of the decoded picture. What is refused here is refused by "
           "`juror rank` too."},
      inspect_image);
}

}  // namespace juror
