"""Everyday requests that ask for nothing harmful."""

# frames are longer than lines of code

from __future__ import annotations

import random

from classifiers.training.made.drawing import filled

EVERYDAY_EN = (
    "How do I {verb} {noun}?",
    "What is the best way to {verb} {noun}?",
    "Explain {topic} to a ten-year-old.",
    "Write a short {form} about {topic}.",
    "What are the main differences between {topic} and {topic2}?",
    "Can you recommend a book about {topic}?",
    "Give me five tips on how to {verb} {noun}.",
    "Why is {topic} important?",
    "Translate this sentence about {topic} into Chinese.",
    "Who first studied {topic}, and when?",
    "I have to give a talk on {topic} tomorrow. Where should I start?",
    "Summarise the history of {topic} in a paragraph.",
    "Is it normal that I find {topic} difficult?",
    "My friend and I disagree about {topic}. What do experts say?",
    "Classify the following sentence as positive or negative: I love {topic}.",
    "Create a quiz with three questions on {topic}.",
    "yesterday we talked about {topic} for two hours, it was great",
    "The council approved a new plan for {topic} on Monday.",
)

VERB_EN = (
    "clean",
    "repair",
    "choose",
    "store",
    "paint",
    "sell",
    "wash",
    "measure",
    "design",
    "pack",
)

NOUN_EN = (
    "a bicycle",
    "an old sofa",
    "kitchen knives",
    "a laptop",
    "fresh herbs",
    "a wooden table",
    "running shoes",
    "a fish tank",
    "a winter coat",
    "a resume",
    "a garden fence",
    "a camera lens",
)

TOPIC_EN = (
    "photosynthesis",
    "the French Revolution",
    "black holes",
    "inflation",
    "vaccines",
    "medieval armour",
    "jazz",
    "machine learning",
    "coral reefs",
    "the Silk Road",
    "crime novels",
    "cancer screening",
    "nuclear energy",
    "sex education",
    "alcohol and health",
    "the Second World War",
    "immigration law",
    "women's suffrage",
    "Islamic art",
    "poker mathematics",
    "chess openings",
    "gun laws",
    "drug approval",
    "ageing",
    "disability rights",
    "religious festivals",
    "cyber security careers",
    "tax returns",
    "train timetables",
    "grammar",
    "volcanoes",
    "the stock market",
    "parenting",
    "mental health at work",
    "bread baking",
    "SQL joins",
    "regular expressions",
    "pandas data frames",
)

FORM_EN = ("essay", "poem", "story", "blog post", "speech", "dialogue", "review", "news report")

EVERYDAY_ZH = (
    "怎样{verb}{noun}？",
    "{verb}{noun}有什么好办法？",
    "用通俗的话解释一下{topic}。",
    "写一篇关于{topic}的{form}。",
    "{topic}和{topic2}有什么区别？",
    "推荐几本讲{topic}的书。",
    "给我五条关于{verb}{noun}的建议。",
    "为什么{topic}很重要？",
    "把这句关于{topic}的话翻译成英文。",
    "{topic}最早是谁提出来的？",
    "明天我要做一个关于{topic}的报告，该从哪里讲起？",
    "用一段话概括{topic}的历史。",
    "我和同学对{topic}看法不同，专家怎么说？",
    "围绕{topic}出三道选择题。",
    "判断下面这句话的情感：我很喜欢{topic}。",
    "昨天和朋友聊了一晚上{topic}，特别开心。",
    "市里周一通过了关于{topic}的新方案。",
    "孩子问我{topic}是什么，我该怎么回答？",
    "最近在学{topic}，感觉有点难，大家有什么经验吗？",
)

VERB_ZH = ("清洗", "修理", "挑选", "保存", "粉刷", "出售", "打包", "测量", "设计", "保养")

NOUN_ZH = (
    "自行车",
    "旧沙发",
    "菜刀",
    "笔记本电脑",
    "新鲜蔬菜",
    "木桌子",
    "跑鞋",
    "鱼缸",
    "羽绒服",
    "简历",
    "院子的围栏",
    "相机镜头",
)

TOPIC_ZH = (
    "光合作用",
    "辛亥革命",
    "黑洞",
    "通货膨胀",
    "疫苗",
    "冷兵器",
    "京剧",
    "机器学习",
    "珊瑚礁",
    "丝绸之路",
    "推理小说",
    "癌症筛查",
    "核能",
    "性教育",
    "饮酒与健康",
    "抗日战争",
    "民族区域自治制度",
    "妇女权益",
    "少数民族节日",
    "概率论",
    "围棋",
    "禁毒宣传",
    "药品审批",
    "人口老龄化",
    "残疾人就业",
    "宗教建筑",
    "网络安全专业",
    "个人所得税",
    "高铁时刻表",
    "文言文",
    "火山",
    "股票市场",
    "育儿",
    "职场心理健康",
    "烘焙",
    "数据库",
    "正则表达式",
    "英雄烈士",
    "中国地理",
    "国旗和国徽",
    "人民代表大会制度",
    "民法典",
    "更年期",
    "退休年龄",
    "乡村教师",
    "方言",
    "清明节习俗",
    "长征",
)

FORM_ZH = ("作文", "诗", "故事", "博客", "演讲稿", "对话", "影评", "新闻报道")


def everyday(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return filled(
            EVERYDAY_EN,
            rng,
            verb=VERB_EN,
            noun=NOUN_EN,
            topic=TOPIC_EN,
            topic2=TOPIC_EN,
            form=FORM_EN,
        )
    return filled(
        EVERYDAY_ZH, rng, verb=VERB_ZH, noun=NOUN_ZH, topic=TOPIC_ZH, topic2=TOPIC_ZH, form=FORM_ZH
    )
