"""Snippets of the template language, one construct each, for make_chat_templates.py."""

CONTEXT = {
    "name": "World", "text": "  Hello, World!\n\tBye  ", "number": 7, "half": 2.5, "yes": True, "nothing": None, "empty": "",
    "words": ["b", "A", "c", "a"], "numbers": [3, 1, 2, 3], "nested": {"a": {"b": [1, 2, {"c": "deep"}]}, "items": "own", "z": 1},
    "people": [{"name": "Ann", "age": 30, "on": True}, {"name": "bob", "age": 25, "on": False}, {"name": "Cid", "age": 30, "on": True}],
    "umlauts": "Äpfel & „Öl“ 🙂\u2028end", "quotes": "it's \"so\"", "path": "a/b/c", "lines": "one\n\n two\r\nthree\n",
}

SNIPPETS = r"""
{{ name }}|{{ number }}|{{ half }}|{{ yes }}|{{ nothing }}|{{ missing }}
{{ words }}|{{ nested }}|{{ (1, 'a') }}|{{ (1,) }}|{{ () }}|{{ [none, true, 1.0] }}
{{ quotes }}|{{ [quotes, umlauts, "a'b", 'tab\t', '\x7f', '\u00a0', '\\'] }}
{{ 1e3 }}|{{ 1e16 }}|{{ 1.5e-7 }}|{{ 123456789.125 }}|{{ 0.1 + 0.2 }}|{{ -0.0 }}|{{ 1e22 }}|{{ 1/3 }}|{{ 100000.0 }}
{{ 7 // 2 }}|{{ -7 // 2 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ 7 / 2 }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ -2 ** 2 }}|{{ 7.5 // 2 }}|{{ -7.5 % 2 }}
{{ 1 + 2 * 3 - 4 }}|{{ (1 + 2) * 3 }}|{{ 1 ~ 2 ~ 'a' ~ none ~ true }}|{{ 'a' ~ 1 + 1 }}
{{ 'ab' * 3 }}|{{ 3 * 'ab' }}|{{ [1] * 2 }}|{{ [1] + [2] }}|{{ 'a' + 'b' }}|{{ true + 1 }}
{{ 1 == 1.0 }}|{{ true == 1 }}|{{ 'a' == 'a' }}|{{ [1, 2] == [1, 2] }}|{{ (1, 2) == [1, 2] }}|{{ none == missing }}|{{ missing == other }}
{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}|{{ 3 > 2 >= 2 != 1 }}|{{ 'a' < 'b' }}|{{ 'Z' < 'a' }}|{{ [1, 2] < [1, 3] }}|{{ (1,) < (1, 0) }}
{{ 'a' in 'cat' }}|{{ 'x' not in words }}|{{ 'a' in nested }}|{{ 3 in numbers }}|{{ 1 in missing }}|{{ not 'a' in 'b' }}
{{ yes and number }}|{{ empty or 'else' }}|{{ not yes }}|{{ nothing and 1 }}|{{ missing or words[0] }}|{{ not missing }}
{{ 'a' if yes else 'b' }}|{{ 'a' if not yes }}|{{ 'x' if empty else 'y' if nothing else 'z' }}
{{ words[0] }}|{{ words[-1] }}|{{ words[9] }}|{{ name[1] }}|{{ name[-1] }}|{{ nested['a']['b'][2].c }}|{{ nested.a.b.2.c }}
{{ words[1:] }}|{{ words[:-1] }}|{{ words[::-1] }}|{{ words[::2] }}|{{ name[1:3] }}|{{ name[::-1] }}|{{ name[5:] }}|{{ umlauts[:5] }}|{{ numbers[-2:] }}|{{ numbers[3:0:-2] }}
{{ nested.items is string }}|{{ nested['items'] }}|{{ nested.z }}|{{ nested.get('z') }}|{{ nested.get('q') }}|{{ nested.get('q', 'd') }}|{{ nested['q'] is defined }}
{{ {'a': 1, 'b': [2]} }}|{{ {'a': 1}.a }}|{{ {} }}|{{ {1: 'x', 'k': none} }}|{{ {'a': 1, 'a': 2} }}
{{ dict(a=1, b='x') }}|{{ dict({'z': 0}, a=1) }}
{{ range(3) | list }}|{{ range(1, 8, 3) | list }}|{{ range(3, 0, -1) | list }}|{{ range(0) | list }}|{{ range(5)[2] }}|{{ range(4) | length }}
{% for i in range(3) %}{{ loop.index }}/{{ loop.index0 }}/{{ loop.revindex }}/{{ loop.revindex0 }}/{{ loop.first }}/{{ loop.last }}/{{ loop.length }}/{{ loop.depth }};{% endfor %}
{% for w in words %}{{ loop.previtem }}<{{ w }}>{{ loop.nextitem }} {{ loop.previtem is defined }}{% endfor %}
{% for w in words %}{{ loop.cycle('odd', 'even') }} {% endfor %}
{% for a in [] %}x{% else %}none{% endfor %}|{% for a in missing %}x{% else %}none{% endfor %}
{% for w in words if w != 'A' %}{{ loop.index }}{{ w }}{{ loop.last }} {% endfor %}
{% for k, v in nested.items() %}{{ k }}={{ v }};{% endfor %}|{% for k in nested %}{{ k }}{% endfor %}
{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }} {% endfor %}|{% for (a, b) in [(1, 2)] %}{{ a }}{% endfor %}
{% for c in 'häß' %}{{ c }}.{% endfor %}
{% for i in range(5) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for a in [1, 2] %}{% for b in [1, 2] %}{{ loop.index }}{{ a }}{{ b }}{% if b == a %}{% break %}{% endif %} {% endfor %}|{{ loop.index }}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}
{% set ns = namespace(x=0, y='a') %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% set ns.z = i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.z }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a + ns.b }}{{ ns['a'] }}{{ ns.q is defined }}
{% if yes %}{% set inside = 5 %}{% endif %}{{ inside }}
{% set a, b = 1, 'x' %}{{ a }}{{ b }}{% set t = 1, 2 %}{{ t }}
{% set block %}<{{ name }}>{% endset %}{{ block }}{{ block | length }}
{% set block | upper | replace('O', '0') %}hello {{ name }}{% endset %}{{ block }}
{% macro m(a, b='d', c=none) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(a=3, c=4) }}{{ m() }}{{ m(missing, missing) }}
{% macro fact(n) %}{% if n <= 1 %}1{% else %}{{ n * fact(n - 1) | int }}{% endif %}{% endmacro %}{{ fact(5) }}
{% macro outer() %}{{ name }}{{ late }}{% endmacro %}{% set late = 'L' %}{{ outer() }}{% set late = 'M' %}{{ outer() }}
{% macro m() %}{{ caller() }}-{{ caller() }}{% endmacro %}{% call m() %}<{{ name }}>{% endcall %}
{% macro m(x) %}{{ caller(x, 2) }}{% endmacro %}{% call(a, b=3) m('q') %}{{ a }}{{ b }}{{ name }}{% endcall %}
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
{% filter upper %}abc {{ name }}{% endfilter %}
{% with a = 1, b = name %}{{ a }}{{ b }}{% set q = 2 %}{{ q }}{% endwith %}{{ a }}{{ q }}
{% generation %}{{ name }}{% set inner = 1 %}{% endgeneration %}{{ inner }}
{% raw %}{{ not }} {% this %}{% endraw %}|{%- raw -%} x {%- endraw -%} |
a {#- note -#} b {# other #} c {# {{ name }} #}d
  {% if yes %}  kept  {% endif %}  |  {%- if yes -%}  gone  {%- endif -%}  |
{%+ if yes +%} a {%+ endif +%} b
{{- name -}} {{ name }} {{- name }}
a
  {% set x = 1 %}
  b
	{% if x %}
c
    {#- c -#}
  d
  {# e #}
  {% endif %}

end
{{ text | trim }}|{{ text.strip() }}|{{ text.lstrip() }}|{{ text.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'xyaxy' | trim('yx') }}|{{ 'abc'.strip('') }}
{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c'.split(' ', 1) }}|{{ 'a b c'.rsplit(' ', 1) }}|{{ 'a  b c'.split(none, 1) }}|{{ ''.split() }}|{{ ''.split(',') }}|{{ ' a b '.rsplit(none, 1) }}
{{ lines.splitlines() }}|{{ lines.splitlines(true) }}|{{ lines.split('\n') }}
{{ path.partition('/') }}|{{ path.rpartition('/') }}|{{ path.partition('x') }}|{{ path.rpartition('x') }}
{{ name.startswith('Wo') }}|{{ name.endswith(('x', 'ld')) }}|{{ name.startswith('o') }}|{{ name.find('o') }}|{{ name.rfind('l') }}|{{ name.find('q') }}|{{ name.count('l') }}|{{ umlauts.find('Ö') }}|{{ name.index('r') }}
{{ name.replace('o', '0') }}|{{ 'aaa'.replace('a', 'b', 2) }}|{{ 'aaa' | replace('a', 'b', 1) }}|{{ 7 | replace(7, 8) }}
{{ name.upper() }}|{{ name.lower() }}|{{ 'hELLO wORLD'.capitalize() }}|{{ "they're bill's".title() }}|{{ "they're bill's (now)-a" | title }}|{{ umlauts | upper }}|{{ umlauts.lower() }}
{{ 'pre-x'.removeprefix('pre-') }}|{{ 'x.jinja'.removesuffix('.jinja') }}|{{ ', '.join(words) }}|{{ ' '.isspace() }}|{{ 'a1'.isalnum() }}|{{ '12'.isdigit() }}|{{ 'ab'.isalpha() }}|{{ ''.isdigit() }}|{{ 'ab'.islower() }}|{{ 'AB1'.isupper() }}
{{ words | join }}|{{ words | join(', ') }}|{{ people | join('/', attribute='name') }}|{{ numbers | join('-') }}|{{ missing | join }}
{{ words | first }}|{{ words | last }}|{{ [] | first }}|{{ name | first }}|{{ name | last }}|{{ missing | first }}
{{ words | length }}|{{ name | length }}|{{ umlauts | count }}|{{ nested | length }}|{{ missing | length }}
{{ words | sort }}|{{ words | sort(case_sensitive=true) }}|{{ numbers | sort(reverse=true) }}|{{ people | sort(attribute='age') | map(attribute='name') | list }}
{{ numbers | unique | list }}|{{ words | unique | list }}|{{ numbers | sum }}|{{ people | sum(attribute='age') }}|{{ numbers | max }}|{{ words | min }}|{{ [] | max }}
{{ words | reverse | list }}|{{ name | reverse }}|{{ words | map('upper') | list }}|{{ numbers | map('string') | join('+') }}|{{ people | map(attribute='name', default='?') | list }}|{{ [{}] | map(attribute='x', default=0) | list }}
{{ people | selectattr('on') | map(attribute='name') | list }}|{{ people | rejectattr('on') | list | length }}|{{ people | selectattr('age', 'equalto', 30) | map(attribute='name') | join(',') }}|{{ people | selectattr('name', 'in', ['Ann']) | list | length }}|{{ people | rejectattr('age', 'gt', 26) | map(attribute='name') | first }}
{{ numbers | select('odd') | list }}|{{ numbers | reject('divisibleby', 3) | list }}|{{ [0, 1, '', none] | select | list }}|{{ ['a', 1] | select('string') | list }}
{{ nested | dictsort | map('first') | join }}|{{ {'b': 1, 'A': 2} | dictsort }}|{{ {'b': 1, 'A': 2} | dictsort(true) }}|{{ {'b': 1, 'A': 2} | dictsort(by='value', reverse=true) }}|{{ {'a': 1} | items | list }}|{{ missing | items | list }}
{{ missing | default('d') }}|{{ empty | default('d') }}|{{ empty | default('d', true) }}|{{ nothing | d('x') }}|{{ nothing | default('x', boolean=true) }}|{{ missing | default }}
{{ '42' | int }}|{{ '42.9' | int }}|{{ 'x' | int }}|{{ 'x' | int(5) }}|{{ 2.9 | int }}|{{ -2.9 | int }}|{{ ' 7 ' | int }}|{{ '1_000' | int }}|{{ true | int }}|{{ '3' | float }}|{{ 'x' | float }}|{{ '1e3' | float }}|{{ none | int }}
{{ 2.5 | round }}|{{ 3.5 | round }}|{{ 2.1 | round(method='ceil') }}|{{ 2.9 | round(0, 'floor') }}|{{ 7 | round }}|{{ -3 | abs }}|{{ -2.5 | abs }}
{{ 1 | string }}|{{ none | string }}|{{ words | string }}|{{ 'x' | safe }}|{{ name | lower | capitalize }}|{{ name | list }}|{{ nested | list }}
{{ lines | indent }}|{{ lines | indent(2, true) }}|{{ lines | indent(1, blank=true) }}|{{ 'a\nb' | indent('> ') }}
{{ nested | tojson }}|{{ people | tojson }}|{{ umlauts | tojson }}|{{ quotes | tojson }}|{{ none | tojson }}|{{ 1.0 | tojson }}|{{ [] | tojson }}|{{ {} | tojson }}|{{ '</script>&' | tojson }}|{{ '\x01\x7f' | tojson }}
{{ nested | tojson(indent=2) }}|{{ [1, []] | tojson(indent=4) }}|{{ umlauts | tojson(ensure_ascii=true) }}|{{ nested | tojson(separators=(',', ':')) }}|{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }}|{{ {1: 2, none: 3, true: 4} | tojson }}|{{ (1, 2) | tojson }}|{{ 1e20 | tojson }}|{{ {'a': 1} | tojson(indent='--') }}
{{ name is defined }}|{{ missing is defined }}|{{ missing is undefined }}|{{ nothing is none }}|{{ nothing is not none }}|{{ missing is none }}|{{ yes is boolean }}|{{ yes is true }}|{{ 1 is true }}|{{ false is false }}
{{ name is string }}|{{ words is string }}|{{ words is sequence }}|{{ name is sequence }}|{{ nested is sequence }}|{{ 1 is sequence }}|{{ nested is mapping }}|{{ words is mapping }}|{{ words is iterable }}|{{ name is iterable }}|{{ 1 is iterable }}|{{ missing is iterable }}|{{ missing is sequence }}
{{ 1 is number }}|{{ 1.5 is number }}|{{ true is number }}|{{ '1' is number }}|{{ 1 is integer }}|{{ true is integer }}|{{ 1.0 is integer }}|{{ 1.0 is float }}|{{ 2 is even }}|{{ 3 is odd }}|{{ 9 is divisibleby 3 }}|{{ 9 is divisibleby(2) }}
{{ 1 is eq 1 }}|{{ 1 is equalto(2) }}|{{ 1 is ne 2 }}|{{ 1 is lt 2 }}|{{ 2 is ge 2 }}|{{ 'a' is in 'abc' }}|{{ 'a' is in(['a']) }}|{{ nothing is sameas none }}|{{ 'abc' is lower }}|{{ 'ABC' is upper }}|{{ name.upper is callable }}|{{ range is callable }}|{{ name is not string }}|{{ not name is string }}
{{ 'x' if name is defined and name is string and name | length > 3 else 'y' }}|{{ (name is string) and (words is not string) }}|{{ 1 if missing is not defined }}
{{ 'a' 'b' "c" }}|{{ 'line\nend' }}|{{ "q\"q" }}|{{ 'q\'q' }}|{{ '\u00e9\x41\101' }}|{{ '\d\(' }}|{{ '🙂' }}|{{ '\U0001F642' }}
{{ words | map('lower') | sort | join(' ') | upper | replace('A', 'x') | trim }}|{{ (words + ['z']) | length }}|{{ ('a' ~ 'b') | upper }}|{{ 'a' ~ 'b' | upper }}
{{ -number }}|{{ +number }}|{{ - 3 | abs }}|{{ (-3) | abs }}|{{ 2 - -2 }}|{{ not not yes }}
{{ [1, 2,] }}|{{ {'a': 1,} }}|{{ range(2,) | list }}|{{ [[1, 2], [3]] | map('length') | list }}|{{ [[3, 1], [2]] | map('sum') | list }}
{{ nested.keys() | list }}|{{ nested.values() | list | length }}|{{ {'a': 1}.items() | list }}|{{ 'a' in nested.keys() }}|{{ nested.keys() | length }}|{% if {}.items() %}x{% else %}y{% endif %}
{{ words.index('A') }}|{{ numbers.count(3) }}|{{ (1, 2, 1).count(1) }}|{{ words.copy() }}
{{ missing.attr }}
{{ missing['x'] }}
{{ missing() }}
{{ nothing.x is defined }}|{{ 5 .x is defined }}|{{ name.foo is defined }}
{{ nothing.x.y }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ missing + 1 }}
{{ none | length }}
{{ 1 < 'a' }}
{{ 1 in 5 }}
{{ 5 in 'a' }}
{% for x in 5 %}{% endfor %}
{% for x in none %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{{ missing | tojson }}
{{ 1 / 0 }}
{{ words.append('x') }}
{{ nested.update({'a': 1}) }}
{{ raise_exception('own words: ' ~ name) }}
{{ nonfunction(1) }}
{{ name(1) }}
{{ name | nofilter }}
{{ name is notest }}
{% unknown %}
{% if yes %}
{% for x in y %}{% endif %}
{{ name
{{ (1 }}
{{ 'open }}
{{ 1 | }}
{% endif %}
{% set x %}
{% break %}
{# open
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% set name.x = 1 %}
{% set ns = namespace(_x=1) %}
{{ ''.split('') }}
{{ [1, 2] | first | upper }}|{{ 5 | upper }}|{{ none | trim }}|{{ missing | upper }}x|{{ words | trim }}
{{ 'a{}b{}{{}}'.format(1, name) }}|{{ '{1}{0}{x}'.format(1, 2, x=none) }}
{{ '{}'.format() }}
{{ ('<' | safe) + 'a' }}|{{ '<\'"&>' + ('<' | safe) + '<' }}|{{ ('<' | safe) ~ '<' }}|{% set s = 'a' | safe %}{{ s + quotes }}
{% for a in [] %}{% else %}{% set leak = 1 %}{{ leak }}{% endfor %}|{{ leak }}
{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}|{% set q = 1 %}{% filter trim %}{% set q = 2 %}{{ q }}{% endfilter %}{{ q }}{% set z %}{% set q = 3 %}{% endset %}{{ q }}
{% macro m() %}{{ item }}{{ loop is defined }}{% endmacro %}{% for item in [1] %}{{ m() }}{% endfor %}
{{ '{0'.format(1) }}
{% if missing %}{{ 1 | nofilter }}{{ 1 is notest }}{% endif %}ok
{{ nothing | selectattr('x') | list }}|{{ nothing | map('upper') | list }}|{{ missing | reject('odd') | list }}
""".strip("\n").split("\n")

# Snippets of several lines.
SNIPPETS += [
    "a\n  {% if yes %}\n  b\n  {% endif %}\nc\n", "{% for i in [1, 2] %}\n{{ i }}\n{% endfor %}\n", "x\n\n", "x\r\ny\rz\r\n", "\n{{ name }}\n\n",
    "  {% if yes %}x{% endif %}\n  y", "{{ name }}\n  {# c #}\nz", "{%- if yes %}\n  a\n{%- endif %}\n\nb", "a  \n  {%- set x = 1 %}\n  {{- x }}  \n  {{ x -}}  \n  b",
    "{% raw %}\n  {{ x }}\n{% endraw %}\n  tail", "  {%+ if yes %}a{%+ endif %}\nb", "a{% if yes -%}\n\n  b  \n\n{%- endif %}\n\nc", "{% if yes +%}\nx\n{% endif %}",
    "{% set long = [\n  1,\n  2\n] %}{{ long\n  | join }}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': {}}}.a.b }}", "{{ \"}}\" }}{{ '%}' }}", "{ {{ 1 }} } {%% {#}#}", "{{ 1 }}}",
    "{%\nif yes\n%}x{%\nendif\n%}", "a\u2003{%- if yes %}b{% endif %}", "{{ 'multi\nline' }}", "{{ 'joined\\\nline' }}",
]
