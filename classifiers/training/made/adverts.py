"""Advertising that nobody asked for, and notices of shops that customers want."""

# frames are longer than lines of code

from __future__ import annotations

import random
from collections.abc import Sequence

from classifiers.training.made.drawing import digits, filled

SPAM_ZH = (
    "加微{sep}信{id}，{deal}，名额有限！",
    "{deal}，日入{n}元，手机就能做，详情加{id}",
    "【{shop}】{deal}，点击链接领取，退订回T",
    "内部渠道{deal}，稳赚不赔，扫码进群",
    "兼职刷单，{n}元一天，当天结算，联系{id}",
    "{deal}！最后{n}个名额，私信我拉你进群",
    "专业{trade}，量大从优，支持货到付款，电话{id}",
    "无抵押贷款，秒到账{n}万，征信黑户也能办，加{id}",
    "免费领取{shop}会员，转发三个群即可，链接在下方",
    "想赚钱的看过来，{deal}，跟着老师操作，包教包会",
)

DEAL_ZH = (
    "清仓甩卖全场一折",
    "带你躺赚",
    "注册就送现金",
    "免费送手机",
    "限时秒杀",
    "推广返利百分之五十",
)

TRADE_ZH = ("代开发票", "刻章办证", "代写论文", "刷粉刷赞", "出售账号", "高仿名牌包")

SPAM_EN = (
    "CONGRATULATIONS!!! You have won {n} dollars, click the link to claim NOW",
    "Earn ${n} a day from home, no experience, message {id}",
    "{deal}!!! Limited offer, only {n} left, order today at {shop}",
    "Get {n} followers instantly, cheap and safe, contact {id}",
    "Hot deal: {deal}. Reply STOP to opt out. {shop}",
    "Make money fast with this one simple trick, join our group {id}",
    "Cheap replica watches, best quality, free shipping, {shop}",
    "No credit check loans up to {n}, approved in minutes, apply at {shop}",
)

DEAL_EN = (
    "90% off everything",
    "Buy one get five free",
    "Double your coins in a week",
    "Free phone",
)

HAM_ZH = (
    "帮我给新开的{shop}写一条朋友圈文案，语气亲切。",
    "超市满100减20，周末和家人去逛了逛，挺划算的。",
    "怎样识别刷单兼职骗局？我妈收到了这样的短信。",
    "请比较一下三款扫地机器人的优缺点。",
    "公司开增值税发票需要准备哪些材料？",
    "您的快递已放在{shop}驿站，请凭取件码领取。",
    "同学聚会定在周六晚上，位置发群里了，记得来。",
    "花呗和信用卡的利息分别怎么算？",
    "写一段双十一活动的主持词，不要太夸张。",
    "老师建了一个学习群，大家扫码进群交作业。",
)

HAM_EN = (
    "Write a friendly newsletter for our bakery's summer sale.",
    "How do I recognise a lottery scam text message?",
    "Your parcel is waiting at the {shop} counter, bring your ID.",
    "Compare three robot vacuum cleaners for a small flat.",
    "The meeting moved to Friday at three, link is in the calendar.",
    "How is credit-card interest calculated?",
    "Draft a product description for a wooden toy, no exaggeration.",
    "What should a landing page for a charity run say?",
)

SHOPS = ("某某商城", "幸福里", "ShopName", "StoreX", "花语", "小站", "BrandY")


def _slots(rng: random.Random) -> dict[str, Sequence[str]]:
    return {
        "n": digits(rng, 3, 900),
        "id": [f"{rng.choice(('vx', 'QQ', 'tg'))}{rng.randrange(10**4, 10**6)}", "下方名片"],
        "shop": SHOPS,
        "sep": ("", "", "*", " "),
        "trade": TRADE_ZH,
    }


def spam(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return filled(SPAM_ZH, rng, deal=DEAL_ZH, **_slots(rng))
    return filled(SPAM_EN, rng, deal=DEAL_EN, **_slots(rng))


def ham(rng: random.Random) -> str:
    return filled(HAM_ZH if rng.random() < 0.5 else HAM_EN, rng, **_slots(rng))
