from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from celador.config.toml_lines import setting_lines

AWKWARD = """\
# line 1: a comment with [brackets]
a."b.c" = 1
text = '''
[not_a_table]
key = 1'''
list = [
  1, # ] and this is line 7
  2,
]
[ x . y ]  # line 10
inline = { p = 1, q = { r = 2 } }
[[d]]
id = 1
[d.polling]
s = 1
[[d]]
[[d.e]]
f = 1
[[d.e]]
f = 2
"""


def test_lines_of_awkward_but_legal_toml() -> None:
    assert tomllib.loads(AWKWARD)

    lines = setting_lines(AWKWARD)

    assert {path: lines[path] for path in lines if path[-1] not in {0, 1}} == {
        ("a",): 2,
        ("a", "b.c"): 2,
        ("text",): 3,
        ("list",): 6,
        ("x", "y"): 10,
        ("x", "y", "inline"): 11,
        ("x", "y", "inline", "p"): 11,
        ("x", "y", "inline", "q"): 11,
        ("x", "y", "inline", "q", "r"): 11,
        ("d", 0, "id"): 13,
        ("d", 0, "polling"): 14,
        ("d", 0, "polling", "s"): 15,
        ("d", 1, "e", 0, "f"): 18,
        ("d", 1, "e", 1, "f"): 20,
    }
    assert (lines["d", 0], lines["d", 1], lines["d", 1, "e", 0]) == (12, 16, 17)


def test_windows_line_ends_count_as_one() -> None:
    assert setting_lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}


@given(st.lists(st.integers(0, 3), max_size=20))
def test_blank_lines_between_settings_move_them_down(gaps: list[int]) -> None:
    text, line, expected = "", 1, {}
    for number, gap in enumerate(gaps):
        text += "\n" * gap + f"k{number} = {number}\n"
        expected[(f"k{number}",)] = line + gap
        line += gap + 1

    assert setting_lines(text) == expected
