#include "serve/picture_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "image/decode.h"
#include "judge/template_hash.h"
#include "serve/http/message.h"
#include "serve/sha256.h"
#include "serve/url_fetch.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostFileBytes = 256ULL << 20;

[[noreturn]] void refuse(const std::string& message) { throw HttpError(422, "bad_image", message); }

std::string decoded_base64(std::string_view text) {
  std::optional<std::string> bytes = from_base64(text);
  if (!bytes) refuse("A picture is no base64: a letter outside its alphabet, or it is cut short.");
  return std::move(*bytes);
}

/// "data:[type][;base64],…"
std::string data_uri_bytes(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos || comma > 256) refuse("A data URI has no comma.");
  if (!text.substr(0, comma).ends_with(";base64"))
    refuse("A data URI of a picture must be base64: data:image/png;base64,…");
  return decoded_base64(text.substr(comma + 1));
}

std::string media_bytes(std::string_view name, const fs::path& media_path) {
  if (media_path.empty())
    refuse("Files of the server are not read: it was started without --media-path.");
  if (name.starts_with("//")) name.remove_prefix(2);  // file:///… is of the folder all the same
  std::error_code unknown;
  const fs::path folder = fs::canonical(media_path, unknown);
  const fs::path file = fs::canonical(folder / fs::path(name).relative_path(), unknown);
  const bool is_inside =
      !unknown &&
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
  // Whether a file outside exists is nobody's affair: one sentence for both.
  if (!is_inside || !fs::is_regular_file(file, unknown))
    refuse(fmt::format("There is no file '{}' in --media-path.", name));
  if (fs::file_size(file, unknown) > kMostFileBytes)
    throw HttpError(413, "image_too_large", fmt::format("'{}' is too large a file.", name));
  return read_file(file);
}

std::uint64_t view_bytes(const CandidateImage& candidate) {
  std::uint64_t bytes = 0;
  for (const auto& view : candidate.views) bytes += view->image.rgb.size();
  return bytes;
}

}  // namespace

std::string picture_bytes(std::string_view text, const ServedPictureOptions& options) {
  if (text.starts_with("data:")) return data_uri_bytes(text);
  if (text.starts_with("file:")) return media_bytes(text.substr(5), options.media_path);
  if (!options.fetch_hosts.empty() && is_web_link(text))
    return fetch_picture(std::string(text), options.fetch_hosts);
  if (text.substr(0, 16).find("://") != std::string_view::npos)
    refuse("Links are not followed by this server. Send the picture itself, as a data URI.");
  return decoded_base64(text);
}

bool looks_like_picture(std::string_view text) {
  if (text.starts_with("data:") || text.starts_with("file:") || text.starts_with("http://") ||
      text.starts_with("https://"))
    return true;
  constexpr std::size_t kShortest = 64;  // no file of a picture is shorter than this base64
  return text.size() >= kShortest && text.find(' ') == std::string_view::npos &&
         from_base64(text.substr(0, kShortest)).has_value();
}

PictureReader::PictureReader(const ServedPictureOptions& options)
    : options_(options),
      budget_(static_cast<std::uint64_t>(options.max_pictures_mb) << 20),
      decoders_(options.decoders) {
  parse_color(options.background);
}

std::shared_ptr<const ServedPicture> PictureReader::read(std::string_view bytes,
                                                         const std::string& name,
                                                         const PromptTemplate& prompt_template) {
  const std::string hash = sha256(bytes);
  const std::string key = hash + template_hash(prompt_template);
  if (auto known = find(key)) return known;
  const std::span<const std::uint8_t> file(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                           bytes.size());
  try {
    const Size size = probe_image(file, name).upright();
    const auto pixels =
        static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height);
    if (pixels > static_cast<std::uint64_t>(options_.max_image_pixels))
      throw HttpError(413, "image_too_large",
                      fmt::format("{}: {} × {} pixels, and this server reads at most {} "
                                  "(--max-image-pixels).",
                                  name, size.width, size.height, options_.max_image_pixels));
    auto whole = budget_.take(8 * pixels);  // while it is decoded (image/decode.h)
    if (!whole) throw HttpError(503, "busy", "The pictures under way fill the memory set aside.");
    decoders_.acquire();
    struct Release {
      std::counting_semaphore<>& decoders;
      ~Release() { decoders.release(); }
    } release{decoders_};
    const Image image = decode_image(
        file, name,
        {.background = options_.background, .max_image_pixels = options_.max_image_pixels});
    auto picture = std::make_shared<ServedPicture>();
    picture->hash = hash;
    picture->size = image.size();
    picture->candidate = cut_views(image, prompt_template);
    picture->held = budget_.take(view_bytes(picture->candidate));
    if (!picture->held)
      throw HttpError(503, "busy", "The pictures under way fill the memory set aside.");
    ++decoded_;
    keep(key, picture);
    return picture;
  } catch (const Error& error) {
    refuse(error.what());
  }
}

std::shared_ptr<const ServedPicture> PictureReader::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(key);
  if (known == known_.end()) return nullptr;
  auto picture = known->second.lock();
  if (!picture) return nullptr;
  ++found_;
  const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                 [&](const Kept& one) { return one.picture == picture; });
  if (kept != kept_.end()) kept_.splice(kept_.begin(), kept_, kept);
  return picture;
}

void PictureReader::keep(const std::string& key,
                         const std::shared_ptr<const ServedPicture>& picture) {
  const std::uint64_t bytes = view_bytes(picture->candidate);
  const std::uint64_t most = static_cast<std::uint64_t>(options_.picture_cache_mb) << 20;
  const std::lock_guard lock(mutex_);
  known_[key] = picture;
  kept_.push_front({key, picture, bytes});
  kept_bytes_ += bytes;
  while (kept_bytes_ > most && !kept_.empty()) {
    kept_bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
  std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace juror
