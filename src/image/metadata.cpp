// Walks of the three containers. Every length in them is checked against the bytes that are there.
#include "image/metadata.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>

namespace juror {
namespace {

using Bytes = std::span<const std::uint8_t>;
using std::string_view_literals::operator""sv;

constexpr std::size_t kMostBytes = 1 << 20;  // a JPEG has room for 64 KiB; the rest are thumbnails
constexpr int kMostTexts = 8;  // each may take a millisecond to unpack, however short it is
constexpr std::string_view kExifHeader = "Exif\0\0"sv;
constexpr std::string_view kXmpHeader = "http://ns.adobe.com/xap/1.0/\0"sv;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t big_endian(Bytes bytes, std::size_t at, int count) {
  std::size_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

std::size_t little_endian32(Bytes bytes, std::size_t at) {
  return std::size_t{bytes[at]} | std::size_t{bytes[at + 1]} << 8 |
         std::size_t{bytes[at + 2]} << 16 | std::size_t{bytes[at + 3]} << 24;
}

void keep_first(std::string& kept, std::string_view block) {
  if (kept.empty()) kept = block.substr(0, kMostBytes);
}

void keep_exif(Metadata& metadata, std::string_view block) {
  while (block.starts_with(kExifHeader)) block.remove_prefix(kExifHeader.size());
  keep_first(metadata.exif, block);
}

/// What stands in an APP1 segment, in a JPEG or copied out of one.
void keep_app1(Metadata& metadata, std::string_view body) {
  if (body.starts_with(kExifHeader)) keep_exif(metadata, body);
  if (body.starts_with(kXmpHeader)) keep_first(metadata.xmp, body.substr(kXmpHeader.size()));
}

Metadata find_in_jpeg(Bytes file) {
  Metadata metadata;
  std::size_t at = 2;
  while (at + 4 <= file.size() && file[at] == 0xff) {
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;
    const std::size_t length = big_endian(file, at + 2, 2);
    if (length < 2 || at + 2 + length > file.size()) break;
    if (marker == 0xe1) keep_app1(metadata, text_of(file.subspan(at + 4, length - 2)));
    at += 2 + length;
  }
  return metadata;
}

/// The first megabyte of what zlib packed; what came before a fault, where there is one.
std::string inflated(std::string_view packed) {
  std::string out(kMostBytes, '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads only
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

/// ImageMagick's profile in words: a line end, the name, the length, then the bytes in hexadecimal.
std::string raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) continue;
    if (high >= 0) bytes += static_cast<char>(high << 4 | value);
    high = high < 0 ? value : -1;
  }
  return bytes;
}

/// A PNG text chunk: its keyword, and where its words begin.
struct TextChunk {
  std::string_view keyword, words;
  bool packed = false;

  std::string text() const { return packed ? inflated(words) : std::string(words); }
};

TextChunk parse_text(std::string_view kind, std::string_view body) {
  const std::size_t end = body.find('\0');
  if (end == std::string_view::npos || end > 79) return {};
  TextChunk chunk{.keyword = body.substr(0, end), .words = body.substr(end + 1), .packed = false};
  if (kind == "tEXt") return chunk;
  if (chunk.words.size() < 2) return {};
  chunk.packed = kind == "zTXt" || chunk.words[0] != 0;
  chunk.words.remove_prefix(kind == "zTXt" ? 1 : 2);
  for (int name = 0; kind == "iTXt" && name < 2; ++name) {  // language, translated keyword
    const std::size_t zero = chunk.words.find('\0');
    if (zero == std::string_view::npos) return {};
    chunk.words.remove_prefix(zero + 1);
  }
  return chunk;
}

/// Whether the chunk was one of those that may say something.
bool keep_text(Metadata& metadata, const TextChunk& chunk) {
  if (chunk.keyword == "XML:com.adobe.xmp") {
    keep_first(metadata.xmp, chunk.text());
  } else if (chunk.keyword == "Raw profile type xmp") {
    keep_first(metadata.xmp, raw_profile(chunk.text()));
  } else if (chunk.keyword == "Raw profile type exif") {
    keep_exif(metadata, raw_profile(chunk.text()));
  } else if (chunk.keyword == "Raw profile type APP1") {
    keep_app1(metadata, raw_profile(chunk.text()));
  } else {
    return false;
  }
  return true;
}

Metadata find_in_png(Bytes file) {
  Metadata metadata;
  int texts_left = kMostTexts;
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::size_t length = big_endian(file, at, 4);
    if (length > file.size() - at - 12) break;
    const std::string_view kind = text_of(file.subspan(at + 4, 4));
    const std::string_view body = text_of(file.subspan(at + 8, length));
    if (kind == "eXIf") keep_exif(metadata, body);
    const bool is_text = kind == "tEXt" || kind == "zTXt" || kind == "iTXt";
    if (is_text && texts_left > 0) texts_left -= keep_text(metadata, parse_text(kind, body));
    at += 12 + length;
  }
  return metadata;
}

Metadata find_in_webp(Bytes file) {
  Metadata metadata;
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::size_t length = little_endian32(file, at + 4);
    if (length > file.size() - at - 8) break;
    const std::string_view body = text_of(file.subspan(at + 8, length));
    const std::string_view kind = text_of(file.subspan(at, 4));
    if (kind == "EXIF") keep_exif(metadata, body);  // some writers keep JPEG's header
    if (kind == "XMP ") keep_first(metadata.xmp, body);
    at += 8 + length + length % 2;
  }
  return metadata;
}

}  // namespace

Metadata find_metadata(Bytes file) {
  const std::string_view start = text_of(file.first(std::min<std::size_t>(file.size(), 4)));
  if (start.starts_with("\xff\xd8")) return find_in_jpeg(file);
  if (start == "\x89PNG") return find_in_png(file);
  if (start == "RIFF") return find_in_webp(file);
  if (start.starts_with("II") || start.starts_with("MM")) {  // a camera raw is a TIFF itself
    Metadata metadata;
    keep_first(metadata.exif, text_of(file));
    return metadata;
  }
  return {};
}

}  // namespace juror
