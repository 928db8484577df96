"""An example's words in; whether they hold somebody's number or address, or a site's advertising, out."""

import re

from warehouse.quality.words import RulesConfig, Words

_PHONE = re.compile(r"(?<![\d.\w])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?![\d.]*\d|\w)")
_MADE_UP = re.compile(r"(\d)\1{5}|12345|23456|34567|45678|56789|00138000")  # numbers that only stand for one
_EMAIL = re.compile(r"(?<![\w.])([\w.+-]{2,40})@([\w-]{2,40}(?:\.[\w-]{2,20})+)(?!\w)", re.ASCII)
_ANYBODY = re.compile(
    r"example|sample|test|demo|x{2,}|email|e-mail|user|name|your|my|company|domain|address|abc|123|someone|info|support|"
    r"service|contact|admin|help|hello|hr$|sales|zhang|wang|li\b|john|jane|doe|smith",
    re.I,
)
_ACCOUNT = re.compile(
    r"(?:QQ|扣扣|企鹅)\s*(?:群|号|号码)?\s*(?:[:：]|是|为)?\s*(?<!\d)([1-9]\d{5,10})(?!\d)"
    r"|(?:微信|vx|v信|wechat|weixin)\s*(?:号|id)?\s*[:：]\s*([a-z][\w-]{5,19})"
    r"|(?:加|添加)(?:我|客服|老师|小编|助理)?的?(?:微信|vx|qq|企鹅)(?:好友|群)?[:：]?\s*[\w-]{5,}",
    re.I | re.ASCII,
)
_ADVERT = re.compile(
    r"(?:关注|搜索|回复)[^。！？\n]{0,12}(?:公众号|订阅号|服务号)|(?:公众号|订阅号)[:：]\s*\S+"
    r"|(?:扫码|扫一扫|扫描)[^。！？\n]{0,10}(?:二维码|关注|进群|领取)|加(?:入)?[^。！？\n]{0,8}(?:QQ群|微信群|交流群|粉丝群)"
    r"|免费(?:领取|下载)[^。！？\n]{0,12}(?:资料|课件|答案|试卷)|本章未完|(?:收藏|记住|访问)本(?:站|书网|网站)"
    r"|最新(?:章节|网址|域名)(?:请|[:：])|(?:手机|电脑)(?:用户|版)请?(?:到|访问|浏览)|无弹窗|全文免费阅读|全集下载|(?:txt|TXT)下载"
    r"|(?:www\.[\w.-]+|https?://\S+)\s*(?:首发|提供|整理|收集)|更多[^。！？\n]{0,15}(?:尽在|请(?:登录|登陆|访问|关注))"
    r"|转载请(?:注明|联系)|版权归[^。\n]{1,12}所有|版权所有[^。\n]{0,4}(?:翻印|侵权)必究"
)
_SHORT_OF = re.compile(r"[\w@.+-]{5}", re.ASCII)  # of which a number or an address has more
_ASKS_FOR_IT = re.compile(
    r"广告|宣传|推广|推文|文案|营销|促销|海报|公众号|微信|二维码|标语|口号|粉丝|活动|通知|邀请|邮件|邮箱|email|信件|联系|简历|名片|电话|号码|客服|"
    r"版权|转载|网站|提取|抽取|识别|脱敏|隐私|正则|地址",
    re.I,
)


def contact(words: Words, config: RulesConfig) -> str:
    """Whether a person's telephone number, e-mail address or account is in it, or a site's advertising.

    What only stands for a number (13812345678, name@example.com) is none. Advertising that a prompt asks for is an answer.
    """
    if _SHORT_OF.search(words.whole) and (reason := _reached(words.whole)):
        return reason
    found = _ADVERT.search(words.whole)
    if found and not _ASKS_FOR_IT.search(words.prompt.replace(found[0], "")):
        return f"advertising: {found[0]!r}"
    return ""


def _reached(text: str) -> str:
    """What of somebody's stands in the text by which they could be reached."""
    for found in _PHONE.finditer(text):
        if not _MADE_UP.search(re.sub(r"\D", "", found[1])):
            return f"telephone number {found[1][:3]}…{found[1][-2:]}"
    for found in _EMAIL.finditer(text):
        if not _ANYBODY.search(found[0]):
            return f"e-mail address …@{found[2]}"
    account = _ACCOUNT.search(text)
    return f"account {account[0][:6]}…" if account and not _MADE_UP.search(account[0]) else ""
