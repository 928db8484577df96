"""Speech, thought, writing, verse, quotation and name told apart."""

import pytest

from extractors.kind import classify
from extractors.lead_in import parse_lead_in
from extractors.mentions import MentionFinder

FINDER = MentionFinder(["曹操", "操", "刘表", "表", "朵思", "芳官", "智深", "梁中书"])


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
        ("操唱个大喏道：", "多谢厚意。", "", "speech"),
        ("操思：", "此计可行。", "", "thought"),
        ("操暗暗使人去说：", "明日便回。", "", "speech"),
        ("操降诏曰：", "明日出兵！", "言未毕，", "speech"),
        ("石上有六个大字，乃是：", "青溪山，白鹿洞", "。", "name"),
        ("下有十个小字，乃", "清风八百里，明月一千年", "。", "name"),
        ("驱民在前，名曰", "先登军", "，", "name"),
        ("操听说", "退兵", "二字，", "name"),
        ("众人只说", "罢了", "二字，", "speech"),
        ("岂不闻古人有言：", "水至清则无鱼。", "", "quotation"),
        ("梁中书道：", "此言有理。", "", "speech"),
        ("操想：", "此人面善。", "", "thought"),
        ("操又自己后悔：", "不该放他。", "", "thought"),
        ("众人一想：", "这话有理。", "操道", "speech"),
        ("操点头道：", "此计甚妙。", "想毕，便去了。", "thought"),
        ("智深寻思一计，", "若无盘缠，如何去得", "，", "thought"),
        ("忽又想起芳官说的，", "花开得早，谢得也早", "，", "speech"),
        ("芳官答应着", "是", "，退了出去", "speech"),
        ("后来贼首造反，自称", "青天皇帝", "，聚众", "name"),
        ("一彪军打着", "先锋周彦", "旗号，", "name"),
        ("要问他个", "私通贼寇，图谋不轨", "的死罪。", "name"),
        ("见古人诗中，有", "落花无言，流水有意", "之句，", "quotation"),
        ("窃闻", "树欲静而风不止", "，今", "quotation"),
        ("那秦生写的", "云来山更佳，云去山如画", "的对联，", "writing"),
        ("石上写着", "周彦大王，到此一游", "，下面", "name"),
        ("传旨出榜，于各处张挂：", "不许擅自入城。", "差人", "writing"),
        ("操开读圣旨：", "敕赐御酒十瓶。", "众人", "writing"),
        ("操连连答应了几个", "是", "。", "speech"),
        ("山门上有", "慈云寺", "三字", "name"),
        ("", "好。", "", "speech"),
    ],
)
def test_kind(before: str, inner: str, after: str, kind: str) -> None:
    assert classify(inner, parse_lead_in(before, FINDER), before, after)[0] == kind
