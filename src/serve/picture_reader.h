// Pictures of requests: from what clients write (data URIs, base64, files of --media-path, raw
// bytes) to views as the judge shows them. Content decides, never a name or a type that was given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "judge/question.h"
#include "serve/byte_budget.h"

namespace juror {

struct ServedPictureOptions {
  std::int64_t max_image_pixels = 50'000'000;
  std::int64_t max_pictures_mb = 2048;
  std::int64_t picture_cache_mb = 256;
  std::string media_path;
  std::vector<std::string> fetch_hosts;
  std::string background = "white";
  std::int64_t decoders = 4;  ///< pictures decoded at once

  template <class Field>
  void fields(Field&& field) {
    field("max_image_pixels", max_image_pixels, "Most pixels of one picture", Range{1, 4.0e9});
    field("max_pictures_mb", max_pictures_mb,
          "Most megabytes of decoded pictures held together; more is put off by 503",
          Range{1, 1 << 20});
    field("picture_cache_mb", picture_cache_mb,
          "Megabytes of pictures kept ready for the next request that shows them",
          Range{0, 1 << 20});
    field("media_path", media_path,
          "Folder whose pictures requests may name as file:PATH; empty: none may");
    field("fetch_hosts", fetch_hosts,
          "Hosts whose links to pictures are followed: example.com, .example.com, 10.0.0.7:9000; "
          "empty: none is");
    field("background", background,
          "Colour that transparent pictures are shown on: white, black or #rrggbb");
  }
};

/// A picture of a request, ready to be shown to one judge's template.
struct ServedPicture {
  std::string hash;  ///< SHA-256 of its file's bytes
  Size size;         ///< upright
  CandidateImage candidate;
  ByteBudget::Share held;
};

/// The bytes that a client's words mean: "data:image/png;base64,…", base64 alone, "file:PATH" of a
/// file in `media_path`, or a link to one of `fetch_hosts`. Throws HttpError (422) for anything
/// else.
std::string picture_bytes(std::string_view text, const ServedPictureOptions& options);

/// Whether the text is a picture by its form (a data URI, a link, a file: or long base64), not
/// words.
bool looks_like_picture(std::string_view text);

/// Decodes, and keeps what was shown of late. Safe to use from many threads.
class PictureReader {
 public:
  explicit PictureReader(const ServedPictureOptions& options);

  /// Throws HttpError: 422 for what is no picture Juror reads, 413 for too many pixels, 503 when
  /// there is no memory for it now.
  std::shared_ptr<const ServedPicture> read(std::string_view bytes, const std::string& name,
                                            const PromptTemplate& prompt_template);
  /// The same for the words of a client.
  std::shared_ptr<const ServedPicture> read_text(std::string_view text, const std::string& name,
                                                 const PromptTemplate& prompt_template) {
    return read(picture_bytes(text, options_), name, prompt_template);
  }

  const ServedPictureOptions& options() const { return options_; }
  std::uint64_t decoded() const { return decoded_; }
  std::uint64_t found() const { return found_; }
  std::uint64_t bytes_held() const { return budget_.used(); }

 private:
  std::shared_ptr<const ServedPicture> find(const std::string& key);
  void keep(const std::string& key, const std::shared_ptr<const ServedPicture>& picture);

  ServedPictureOptions options_;
  ByteBudget budget_;
  std::counting_semaphore<> decoders_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const ServedPicture>> known_;
  struct Kept {
    std::string key;
    std::shared_ptr<const ServedPicture> picture;
    std::uint64_t bytes = 0;
  };
  std::list<Kept> kept_;  // used last in front
  std::uint64_t kept_bytes_ = 0;
  std::atomic<std::uint64_t> decoded_{0}, found_{0};
};

}  // namespace juror
