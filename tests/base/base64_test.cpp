#include "base/base64.h"

#include <gtest/gtest.h>

namespace juror {
namespace {

TEST(Base64, EqualsTheExamplesOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(Base64, IsReadWithAndWithoutPaddingInBothAlphabets) {
  EXPECT_EQ(from_base64(""), "");
  EXPECT_EQ(from_base64("Zg=="), "f");
  EXPECT_EQ(from_base64("Zg"), "f");
  EXPECT_EQ(from_base64("Zm8="), "fo");
  EXPECT_EQ(from_base64("Zm\r\n9vYg=="), "foob");
  EXPECT_EQ(from_base64("//79"), "\xff\xfe\xfd");
  EXPECT_EQ(from_base64("__79"), "\xff\xfe\xfd");
}

TEST(Base64, ThatIsBrokenIsNothing) {
  for (const char* text : {"Z", "Zg=", "Zg===", "Z=g=", "====", "Zm9v!", "Zm9vY", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Base64, ComesBackAsItWent) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

}  // namespace
}  // namespace juror
