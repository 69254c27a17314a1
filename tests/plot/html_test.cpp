#include "plot/html.h"

#include <gtest/gtest.h>

namespace juror {
namespace {

TEST(Text, IsEscapedWhereHtmlWouldReadIt) {
  EXPECT_EQ(text("a < b & \"c\" > 'd'").html(), "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(text("<script>alert(1)</script>").html(), "&lt;script&gt;alert(1)&lt;/script&gt;");
}

TEST(Text, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(text("ä 日 😀").html(), "ä 日 😀");
  EXPECT_EQ(text("a\xff"
                 "b\xc3")
                .html(),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
  EXPECT_EQ(text("\xc0\xaf").html(),
            "\xef\xbf\xbd\xef\xbf\xbd");  // '/' in two bytes: not the shortest form
  EXPECT_EQ(text("\xed\xa0\x80").html(),
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a lone surrogate
}

TEST(Text, ReplacesControlCharactersButKeepsLineEnds) {
  EXPECT_EQ(text(std::string_view("a\0b\nc\td\x1b", 8)).html(),
            "a\xef\xbf\xbd"
            "b\nc\td\xef\xbf\xbd");
}

TEST(Element, EscapesAttributesAndNestsContent) {
  const Markup link = element_of("a", {{"href", "#x\" onclick=\"y"}}, "1 < 2");
  EXPECT_EQ(link.html(), "<a href=\"#x&quot; onclick=&quot;y\">1 &lt; 2</a>");
  EXPECT_EQ(element("p", link + text("!")).html(), "<p>" + link.html() + "!</p>");
}

TEST(Element, VoidElementsHaveNoEndTag) {
  EXPECT_EQ(element("img", Attributes{{"alt", "a&b"}}).html(), "<img alt=\"a&amp;b\">");
  EXPECT_EQ(element("td", Attributes{}).html(), "<td></td>");
}

}  // namespace
}  // namespace juror
