"""The licence goes, the work stays."""

import pytest

from corpora.gutenberg import strip_gutenberg

HEADER = (
    "The Project Gutenberg eBook of 紅樓夢\n\nThis ebook is for the use of anyone anywhere.\n\n"
    "Title: 紅樓夢\n\nLanguage: Chinese\n\n"
)
WORK = "第一回　甄士隱夢幻識通靈\n\n此開卷第一回也．"
FOOTER = "\n\nUpdated editions will replace the previous one.\n"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("*** START OF THE PROJECT GUTENBERG EBOOK 紅樓夢 ***\n", "*** END OF THE PROJECT GUTENBERG EBOOK 紅樓夢 ***"),
        (
            "*** START OF THIS PROJECT GUTENBERG EBOOK HONG LOU\nMENG ***\n",
            "*** END OF THIS PROJECT GUTENBERG EBOOK X ***",
        ),
        ("***START OF THE PROJECT GUTENBERG EBOOK X***\n", "End of the Project Gutenberg EBook of X, by Y"),
        (
            "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n\nProduced by Wei-yi Kao\n",
            "End of Project Gutenberg's X, by Y\n\n*** END OF THE PROJECT GUTENBERG EBOOK X ***",
        ),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_strips(start: str, end: str, line_end: str) -> None:
    text = f"{HEADER}{start}\n\n{WORK}\n\n\n{end}{FOOTER}".replace("\n", line_end)
    assert strip_gutenberg(text) == WORK.replace("\n", line_end)


def test_indented_first_line_keeps_its_indent() -> None:
    text = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n　　詩云\n"
    assert strip_gutenberg(text) == "　　詩云"


def test_text_without_markers_is_left_alone() -> None:
    assert strip_gutenberg(WORK + "\n") == WORK + "\n"
