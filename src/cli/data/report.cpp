// juror report: the page of a training run or an evaluation.
#include "report/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/data/pictures.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/resize.h"

namespace juror {
namespace {

struct ReportOptions {
  std::string folder;
  std::int64_t picture_pixels = 360;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("FOLDER", folder,
             "Folder of a training run (metrics.jsonl) or of an evaluation (summary.json)");
  }
  template <class Field>
  void fields(Field&& field) {
    field("picture_pixels", picture_pixels, "Longer side of the pictures in the page",
          Range{16, 4096});
    image.fields(field);
  }
};

/// A JPEG whose longer side is at most `picture_pixels`.
std::string shrink_picture(const std::string& bytes, const std::string& name,
                           const ReportOptions& options) {
  const auto longest = static_cast<int>(options.picture_pixels);
  const std::span data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const Image image = decode_image(data, name, options.image);
  const Size size = image.size();
  const int longer = std::max(size.width, size.height);
  if (longer <= longest) return encode_jpeg(image, 85);
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::int64_t{side} * longest / longer));
  };
  return encode_jpeg(resize_bicubic(image, {scaled(size.width), scaled(size.height)}), 85);
}

int report(ReportOptions& options, Context& context) {
  const std::filesystem::path folder = options.folder;
  const ReportKind kind = report_kind(folder);
  const auto shrink = [&](const std::string& bytes, const std::string& picture) {
    return shrink_picture(bytes, picture, options);
  };
  const std::string html = report_html(folder, {.shrink = shrink, .read = pictures_of_data});
  if (!context.global.output.empty() && !context.out.json()) {  // -o FILE: the page is the result
    context.out.print(html);
    log_info("wrote " + context.global.output);
    return kExitOk;
  }
  const std::filesystem::path page = folder / "report.html";
  write_file_atomic(page, html);
  if (context.out.json()) {
    context.out.print_json(
        {{"report", page.string()}, {"kind", name(kind)}, {"bytes", html.size()}});
  } else {
    context.out.print(page.string() + "\n");
  }
  return kExitOk;
}

}  // namespace

Command report_command() {
  return make_command<ReportOptions>(
      {.name = "report",
       .summary = "Make one HTML page of a training run or an evaluation",
       .examples = {{"juror report runs/grpo",
                     "writes runs/grpo/report.html: curves, thoughts over training"},
                    {"juror report runs/eval -o page.html",
                     "an evaluation: tables, calibration, mistakes"}},
       .notes = "The page needs no network and no server: open it from the disk, send it, keep it. "
                "Pictures are small copies."},
      report);
}

}  // namespace juror
