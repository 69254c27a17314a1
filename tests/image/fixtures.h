// The golden pictures of tests/golden/images, and how two pictures differ.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "image/image.h"

namespace juror {

inline std::string golden_path(const std::string& file) {
  return std::string(JUROR_SOURCE_DIR) + "/tests/golden/images/" + file;
}

inline std::string golden_bytes(const std::string& file) { return read_file(golden_path(file)); }

inline std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One list of the manifest: "decode", "resize" or "reject".
inline nlohmann::json golden_list(const char* name) {
  return nlohmann::json::parse(golden_bytes("manifest.json")).at(name);
}

inline Image golden_rgb(const std::string& file, int width, int height) {
  Image image(width, height);
  const std::string bytes = golden_bytes(file);
  EXPECT_EQ(bytes.size(), image.rgb.size()) << file;
  image.rgb.assign(bytes.begin(), bytes.end());
  return image;
}

/// The largest difference of two samples, and how many differ at all.
struct Difference {
  int largest = 0;
  std::size_t count = 0;
};

inline Difference difference(const Image& a, const Image& b) {
  Difference out;
  if (a.size() != b.size()) return {256, a.rgb.size()};
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    const int d = std::abs(int{a.rgb[i]} - int{b.rgb[i]});
    out.largest = std::max(out.largest, d);
    out.count += d != 0;
  }
  return out;
}

/// A deterministic picture with gradients and fine texture.
inline Image texture(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.row(y) + x * 3;
      pixel[0] = static_cast<std::uint8_t>(255 * x / width);
      pixel[1] = static_cast<std::uint8_t>(255 * y / height);
      pixel[2] = static_cast<std::uint8_t>((x * 7919 + y * 104729) % 251);
    }
  }
  return image;
}

/// The message of the Error that `action` throws; a failed expectation when it throws none.
template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "expected an Error";
  return "";
}

}  // namespace juror
