// The template language: bounds, lines in errors, and what is refused although Jinja knows it. What
// it renders is compared with Jinja in chat_golden_test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_folder.h"
#include "text/jinja/template.h"

namespace juror {
namespace {

using jinja::Template;
using testing::HasSubstr;

std::string rendered(const std::string& source) {
  return Template::parse(source, "t").render({}).bytes;
}
std::string refusal(const std::string& source) {
  return refusal_of([&] { rendered(source); });
}

TEST(Jinja, NamesTheLineWhereverTheFaultIs) {
  EXPECT_EQ(refusal("a\nb\n{{ x.y }}"), "t:3: 'x' is undefined");
  EXPECT_THAT(refusal("{% if true %}\n{{ 1 }}\n{{ 1 +\n 'a' }}{% endif %}"), HasSubstr("t:3: "));
  EXPECT_THAT(refusal("{{ 1 }}\n{# \n\n #}\n{{ 'a\nb' }}\n{{ 1 / 0 }}"),
              HasSubstr("t:7: division by zero"));
  EXPECT_THAT(refusal("{%- if 1 -%}\n\n\n{% raw %}\n{% endraw %}\n{{ none.x.y }}{% endif %}"),
              HasSubstr("t:6: "));
  EXPECT_THAT(refusal("\n\n{% for x in [1] %}"), HasSubstr("{% endfor %} is missing"));
}

TEST(Jinja, EndsTemplatesThatWouldRunOn) {
  const std::string wide = "{% for a in range(9999) %}";
  EXPECT_THAT(refusal(wide + wide + "{% endfor %}{% endfor %}"), HasSubstr("too many steps"));
  EXPECT_THAT(refusal("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
              HasSubstr("calls itself too deeply"));
  EXPECT_THAT(refusal("{{ range(100001) }}"), HasSubstr("a range of over 100000 numbers"));
  EXPECT_THAT(refusal("{{ range(100000) | list | unique | list }}"), HasSubstr("too many steps"));
}

TEST(Jinja, BoundsWhatATemplateMakes) {
  EXPECT_THAT(refusal("{{ 'abc' * 999999999 }}"), HasSubstr("the most is 4194304"));
  EXPECT_THAT(refusal("{{ [1] * 999999999 }}"), HasSubstr("a list of over"));
  EXPECT_THAT(refusal("{% set ns = namespace(x='ab') %}{% for i in range(40) %}"
                      "{% set ns.x = ns.x ~ ns.x %}{% endfor %}"),
              HasSubstr("the most is 4194304"));
  EXPECT_THAT(refusal("{% set ns = namespace(x=[1]) %}{% for i in range(40) %}"
                      "{% set ns.x = [ns.x, ns.x] %}{% endfor %}"),
              HasSubstr("a list of over 1000000 values"));
  EXPECT_THAT(refusal("{% set ns = namespace(x=[1]) %}{% for i in range(400) %}"
                      "{% set ns.x = [ns.x] %}{% endfor %}"),
              HasSubstr("100 deep"));
  EXPECT_THAT(refusal("{% for i in range(5000) %}" + std::string(1000, 'x') + "{% endfor %}"),
              HasSubstr("the most is 4194304"));
}

TEST(Jinja, BoundsHowDeepATemplateIsNested) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_THAT(refusal("{{ " + repeated("(", 5000) + "1" + repeated(")", 5000) + "}}"),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal("{{ " + repeated("not ", 5000) + "1 }}"), HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal("{{ 1" + repeated(" + 1", 5000) + " }}"), HasSubstr("nested over 150 deep"));
  EXPECT_THAT(refusal("{{ x" + repeated(".x", 5000) + " }}"), HasSubstr("nested over 150 deep"));
  EXPECT_THAT(refusal("{{ x" + repeated("|trim", 5000) + " }}"), HasSubstr("nested over 150 deep"));
  EXPECT_THAT(refusal(repeated("{% if 1 %}", 5000)), HasSubstr("nested too deeply"));
}

TEST(Jinja, RefusesWhatItWouldRenderOtherwiseThanJinja) {
  EXPECT_THAT(refusal("{{ 2 ** 64 }}"), HasSubstr("beyond 64 bits"));
  EXPECT_THAT(refusal("{{ 'straße' | upper }}"), HasSubstr("other case of 'ß'"));
  EXPECT_THAT(refusal("{{ [1] | map('string') }}"), HasSubstr("a generator is written out"));
  EXPECT_THAT(refusal("{% set g = [1] | map('string') %}{{ g | first }}{{ g | first }}"),
              HasSubstr("walked a second time"));
  EXPECT_EQ(rendered("{{ '<' | safe }}{{ ('<' | safe) ~ '>' }}"), "<<>");
  EXPECT_EQ(rendered("{{ ('<' | safe) + 'b' + ('>' | safe) }}"), "<b>");
  EXPECT_THAT(refusal("{{ ('a' | safe).replace('a', '<') }}"), HasSubstr("of the filter safe"));
  EXPECT_THAT(refusal("{{ 'é'.isalpha() }}"), HasSubstr("beyond ASCII"));
  EXPECT_THAT(refusal("{{ 1.25 | round(1) }}"), HasSubstr("round with a precision"));
  EXPECT_THAT(refusal("{{ f(*x) }}"), HasSubstr("arguments given by *"));
  EXPECT_THAT(refusal("{% for x in [] recursive %}{% endfor %}"), HasSubstr("recursive"));
  EXPECT_THAT(refusal("{% for x in [1] %}{% macro m() %}{% endmacro %}{% endfor %}"),
              HasSubstr("a macro inside a for"));
  EXPECT_THAT(refusal("{{ 'x'.center(9) }}"), HasSubstr("the method 'center' of a str"));
}

TEST(Jinja, RefusesAnUnknownFilterInsideAnIfOnlyWhenItIsReached) {
  EXPECT_EQ(rendered("{% if x %}{{ 1 | groupby }}{% endif %}a"), "a");
  EXPECT_EQ(refusal("{% if true %}\n{{ 1 | groupby }}{% endif %}"),
            "t:2: the filter 'groupby' is not known to Juror");
  EXPECT_THAT(refusal("{% if true %}{% if 1 is sparse %}{% endif %}{% endif %}"),
              HasSubstr("the test 'sparse' is not known to Juror"));
}

TEST(Jinja, TellsTheTimeItIsGiven) {
  const Template clock = Template::parse("{{ strftime_now('%Y') }}", "t");
  EXPECT_EQ(clock.render({.variables = {}, .now = 1'000'000'000}).bytes, "2001");
}

TEST(Jinja, KeepsTheOriginOfEveryByte) {
  const jinja::Context context{
      .variables = {{"word", jinja::text_value("ab", jinja::Origin::kMessage)}}, .now = 0};
  const auto text = Template::parse("x{{ word ~ 'y' }}{{ [word] | tojson }}", "t").render(context);
  EXPECT_EQ(text.bytes, "xaby[\"ab\"]");
  std::string marks;
  for (std::size_t i = 0; i < text.size(); ++i)
    marks += text.origin(i) == jinja::Origin::kMessage ? 'm' : '.';
  EXPECT_EQ(marks, ".mm...mm..");
}

}  // namespace
}  // namespace juror
