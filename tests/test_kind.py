"""Speech, thought, writing, verse, quotation and name told apart."""

import pytest

from extractors.kind import classify
from extractors.lead_in import parse_lead_in
from extractors.mentions import MentionFinder

FINDER = MentionFinder(["曹操", "操", "刘表", "表", "朵思", "芳官", "智深"])


@pytest.mark.parametrize(
    ("before", "inner", "after", "kind"),
    [
        ("操曰：", "马羸行迟耳。", "卓", "speech"),
        ("操暗忖曰：", "此贼合死！", "即", "thought"),
        ("操心中暗喜，道：", "此人可用。", "", "thought"),
        ("操见了，心中大喜道：", "来得好！", "", "speech"),
        ("朵思曰：", "若兵败，吾休矣。", "", "speech"),
        ("表曰：", "吾有心事。", "", "speech"),
        ("二人拆开视之，内书云：", "若兵来，可分两路。", "二人", "writing"),
        ("旗上大书：", "右护卫使虎翼将军张苞", "。", "name"),
        ("州官出榜：", "如有祈雨者，给赏。", "", "writing"),
        ("芳官便唱：", "寿筵开处风光好……", "众人", "verse"),
        ("智深唱个喏道：", "小人谨参。", "", "speech"),
        ("正是：", "福无双至，祸不单行。", "", "quotation"),
        ("《易》曰：", "大哉乾元。", "", "quotation"),
        ("号为", "十常侍", "。", "name"),
        ("西门角上有一", "义", "字白旗", "name"),
        ("操连连答应了几个", "是", "。", "speech"),
        ("山门上有", "慈云寺", "三字", "name"),
        ("", "好。", "", "speech"),
    ],
)
def test_kind(before: str, inner: str, after: str, kind: str) -> None:
    assert classify(inner, parse_lead_in(before, FINDER), before, after)[0] == kind
