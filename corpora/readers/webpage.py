"""A web page's bytes in, its content as lines out: no navigation, scripts, comments, advertisements or related links.

Hidden blocks stay, because that is where pages keep their answers. <ol> gives its numbers, a table row is a line with
tabs, <u>&nbsp;</u> is ____, a radio button its letter. Of a paper's layout <u>underlined</u> and <b>stressed</b> words
and "# " before a heading are kept where they are asked for (`underlines`). Parsed with selectolax (Lexbor, the HTML standard's own rules).
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpora.decode import decode
from corpora.errors import BadInput
from corpora.readers.webpage_parts import (
    CELL,
    NUMBERED,
    carry_down,
    input_text,
    is_stressed,
    list_item,
    page_lines,
    row_lines,
    summary_text,
)

CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([\w-]+)", re.I)
DEEPEST = 2000  # open elements; Lexbor's time grows with the square, 20,000 take a second
SELF_CLOSING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td th tr dd dt option".split()
)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>")
DROPPED = frozenset(
    "script style noscript template iframe object embed svg canvas nav footer aside head select button audio video rt rp".split()
)
BLOCKS = frozenset(
    "address article blockquote body center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li main "
    "ol p pre section summary table tbody tfoot thead tr ul".split()
)
JUNK = frozenset(
    "nav navbar navigation menu foot footer sidebar side related relate rel recommend recommended ad ads adv advert adbox banner share "
    "comment comments reply breadcrumb breadcrumbs crumb crumbs position pager pagination pagenav copyright hot login search toolbar "
    "friendlink friendlinks prevnext bdshare qrcode popup cookie topbar toplink sitenav subnav tagcloud".split()
)
BLANK_CLASS = re.compile(r"\b(?:blank|underline|tiankong|kong|gap|fill|cloze)\b", re.I)
UNDERLINED = re.compile(r"text-decoration[^;]*underline|border-bottom\s*:(?!\s*(?:0|none))", re.I)
ASKS = re.compile(r"[（(]\s*[）)]|_{2,}|答案\s*[:：】]|(?:^|\s)[A-DＡ-Ｄ]\s*[.．、]")


@dataclass(slots=True)
class _Frame:
    """An open element: what has been gathered of it so far."""

    node: LexborNode
    tag: str
    parts: list[str] = field(default_factory=list)
    characters: int = 0
    linked: int = 0
    links: int = 0
    counter: int = 0  # of a list
    depth: int = 0  # of lists
    spans: list[int] = field(default_factory=list)  # of a row: how many rows each of its cells fills
    carried: dict[int, tuple[int, str]] = field(default_factory=dict)  # of a table: rows left and text, by column


def decode_page(raw: bytes, declared: str, where: str) -> tuple[str, str]:
    """The page's source text and its codec: as given, else as the page declares, else as the bytes read.

    A page that declares wrongly is common, and so is one with a broken byte or two: these become U+FFFD.
    Raises BadInput as `decode` does, and when more than one character in a thousand is broken.
    """
    if declared:
        return decode(raw, declared, where)
    found = CHARSET.search(raw[:4096])
    charset = (found[1] or found[2]).decode("ascii") if found else ""
    try:
        return decode(raw, charset, where)
    except BadInput as refusal:
        try:
            return decode(raw, "", where)
        except BadInput:
            loose = _loosely(raw, charset)
            if loose.count("\ufffd") * 1000 > len(loose) or not loose:
                raise refusal from None
            return loose, charset.lower()


def _loosely(raw: bytes, charset: str) -> str:
    name = {"gb2312": "gb18030", "gbk": "gb18030"}.get(charset.lower(), charset or "utf-8")
    try:
        return raw.decode(name, "replace")
    except LookupError:
        return ""


def page_text(source: str, where: str = "page", *, underlines: bool = False, whole: bool = False) -> str:
    """The content's lines. With `whole` nothing is taken for navigation, as in the chapters of a book.

    `underlines` keeps what a paper's layout says: <u>, <b> and "# "; `where` names the page in messages.
    Raises BadInput where elements are nested thousands deep.
    """
    check_depth(source, where)
    root = LexborHTMLParser(source).root
    if root is None:
        return ""
    stack = [_Frame(root, "html")]
    pending = [root.child]
    buttons: dict[str, int] = {}
    while stack:
        node = pending[-1]
        if node is None:
            pending.pop()
            done = stack.pop()
            if stack:
                _close(done, stack, buttons, underlines, whole)
            else:
                return page_lines("".join(done.parts))
            continue
        pending[-1] = node.next
        tag = node.tag or ""
        if tag == "-text":
            _add_text(stack, node.text_content or "")
        elif not tag.startswith(("-", "!")) and tag not in DROPPED:
            stack.append(_Frame(node, tag, depth=stack[-1].depth + (tag in ("ol", "ul"))))
            if tag == "ol":
                start = (node.attributes.get("start") or "").strip()
                stack[-1].counter = int(start) - 1 if re.fullmatch(r"\d{1,4}", start) else 0
            pending.append(node.child)
    return ""


def check_depth(source: str, where: str) -> None:
    """Raises BadInput where elements are nested thousands deep, before a parser meets them."""
    depth = 0
    for found in TAG.finditer(source):
        if found[2].lower() in SELF_CLOSING or found[3]:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > DEEPEST:
            line = source.count("\n", 0, found.start()) + 1
            raise BadInput(
                f"{where}: line {line}: elements are nested more than {DEEPEST} deep; this is no page to read"
            )


def _add_text(stack: list[_Frame], text: str) -> None:
    frame = stack[-1]
    if not any(open_frame.tag == "pre" for open_frame in stack[-3:]):
        text = re.sub(r"[ \t\r\n\f]+", " ", text)
    frame.parts.append(text)
    length = len(text.strip())
    frame.characters += length
    if frame.tag == "a":
        frame.linked += length


def _close(done: _Frame, stack: list[_Frame], buttons: dict[str, int], underlines: bool, whole: bool) -> None:
    """Adds the closed element's text to the one around it, unless it is no content."""
    around = stack[-1]
    attributes = done.node.attributes
    text = "".join(done.parts)
    tag = done.tag
    if not whole and (_is_junk(attributes, text) or _is_links(done, text)):
        return
    if tag == "a":
        around.links += 1
        around.linked += done.characters
    else:
        around.links += done.links
        around.linked += done.linked
    around.characters += done.characters
    style = f"{attributes.get('style') or ''}"
    said = text.strip(" \n\xa0")
    if underlines and said and not re.search(f"\n|{CELL}|<b>|^# ", said) and is_stressed(tag, attributes):
        text = text.replace(said, f"<b>{said}</b>")
    if tag == "br":
        text = "\n"
    elif tag == "input":
        text = input_text(attributes, buttons)
    elif tag in ("u", "ins") or (tag in ("span", "i", "em", "b", "font") and _is_blank_like(attributes, style)):
        hollow = not re.sub(r"[\s_]", "", text) and (text or tag not in ("u", "ins"))
        text = "____" if hollow else f"<u>{text}</u>" if underlines and text.strip() else text
    elif tag == "summary":
        text = summary_text(text)
    elif tag in ("td", "th"):
        text = text.strip(" \n") + CELL
        if "\n" in text:
            text = re.sub(r"[ ]*\n\s*", "\n", text)
        span = attributes.get("rowspan") or ""
        around.spans.append(int(span) if re.fullmatch(r"\d{1,3}", span) else 1)
    elif tag == "tr":
        table = next((frame for frame in reversed(stack) if frame.tag == "table"), around)
        text = row_lines(carry_down(text, done.spans, table.carried))
    elif tag == "li":
        around.counter += 1
        text = list_item(text, around.tag, around.node.attributes, around.counter, around.depth, bullets=underlines)
    if tag in BLOCKS:
        answer = next(
            (attributes[name] for name in attributes if re.fullmatch(r"data-(?:answer|key|correct)", name)), None
        )
        if answer and answer.lower() not in ("true", "false", "0", "1"):
            text += f"\n答案：{answer}"
        if underlines and re.fullmatch("h[1-6]", tag) and said and "\n" not in said:
            text = f"# {text.strip()}"
        text = f"\n{text}\n"
    around.parts.append(text)


def _is_junk(attributes: dict[str, str | None], text: str) -> bool:
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('role') or ''}".lower()
    return bool(names.strip() and JUNK & set(re.split(r"[\s_\-\d]+", names)) and len(ASKS.findall(text)) < 3)


def _is_links(done: _Frame, text: str) -> bool:
    """Whether a block is hardly more than links: two or more that hold most of its text, or a short line of one."""
    if done.tag not in BLOCKS or not done.links or done.tag in ("body", "html", "li"):
        return False
    if done.links == 1:
        return done.linked == done.characters <= 16 and not NUMBERED.match(text) and not ASKS.search(text)
    return done.linked > 0.5 * max(1, done.characters) and len(ASKS.findall(text)) < 3


def _is_blank_like(attributes: dict[str, str | None], style: str) -> bool:
    return bool(UNDERLINED.search(style) or BLANK_CLASS.search(attributes.get("class") or ""))
