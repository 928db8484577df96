"""A Project Gutenberg plain-text ebook in, the work alone out."""

import re

# "*** START OF THE PROJECT GUTENBERG EBOOK 紅樓夢 ***" since 2007, with THIS and double spaces in older files.
START = re.compile(r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK.*?\*{3}[ \t]*\r?$", re.M | re.S | re.I)
END = re.compile(r"^\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG EBOOK", re.M | re.I)
OLD_END = re.compile(r"^End of (?:the |this )?Project Gutenberg(?:'s)? .*$", re.M | re.I)
CREDITS = re.compile(r"\s*(?:Produced|Transcribed|E-text prepared) by\b[^\n]*\n(?:[^\s\n][^\n]*\n)*", re.I)


def strip_gutenberg(text: str) -> str:
    """What stands between the licence header and footer, without the credits line and the blank lines at both ends.

    A text without the markers comes back as it is: mirrors carry bare texts too.
    """
    start = START.search(text)
    begin = start.end() if start else 0
    end = END.search(text, begin) or (OLD_END.search(text, begin) if start else None)
    if not start and not end:
        return text
    body = text[begin : end.start() if end else len(text)]
    if old := OLD_END.search(body, max(0, len(body) - 500)):  # older footers say so twice
        body = body[: old.start()]
    if credit := CREDITS.match(body):
        body = body[credit.end() :]
    return re.sub(r"\A(?:[ \t\u3000]*\r?\n)+", "", body).rstrip()
