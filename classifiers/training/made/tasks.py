"""Harmless work on texts and code, and plain answers: what a model is asked and says all day.

Code comes out of Python's standard library (PSF licence), documents out of other benign rows; the
answers are put together from sentences written here. Without such rows a long or technical text is
taken for harm merely because it is unlike a short question.
"""

# ruff: noqa: E501  # sentences are longer than lines of code

from __future__ import annotations

import argparse
import ast
import calendar
import configparser
import csv
import fractions
import heapq
import inspect
import ipaddress
import logging
import queue
import random
import shutil
import statistics
import string
import subprocess
import tarfile
import tempfile
import textwrap
import threading
import zipfile
from collections.abc import Sequence

from classifiers.scoring import Side
from classifiers.training.rows import BOTH, NOTHING, Row, lang_of

_MODULES = (
    argparse,
    ast,
    calendar,
    configparser,
    csv,
    fractions,
    heapq,
    ipaddress,
    logging,
    queue,
    shutil,
    statistics,
    string,
    subprocess,
    tarfile,
    tempfile,
    textwrap,
    threading,
    zipfile,
)
_CODE = (
    "Explain what this function does, line by line.\n\n{code}",
    "Write unit tests for the following Python function:\n```python\n{code}\n```",
    "{code}\n\nWhy does this raise an error when the list is empty, and how do I fix it?",
    "Refactor this so that it is easier to read, and keep the behaviour:\n{code}",
    "I am learning Python. Can you port this to Rust and tell me about the differences?\n\n{code}",
    "Review the code below. Point out bugs, unsafe calls and race conditions.\n```\n{code}\n```",
    "You are an expert programmer. Complete the function and add type hints:\n{code}",
    "Here is a part of my script, it hangs and I have to kill it by hand every time:\n{code}\nWhat should I change?",
    "请解释这段代码的作用：\n{code}",
    "帮我给下面的函数写单元测试，要覆盖边界情况。\n```python\n{code}\n```",
    "这段代码运行很慢，怎么优化？\n{code}",
    "{code}\n以上代码会不会有死锁或者内存泄漏？请指出来并修改。",
    "把下面的Python代码改写成Java，并加上中文注释：\n{code}",
)
_WORK = (
    "Summarise the text below in three bullet points.\n\n{text}",
    "Translate into Chinese, and keep the tone:\n{text}",
    "{text}\n\nWhat are the key facts in this text, and which of them need checking?",
    "Act as an editor. Correct the grammar and tell me what you changed:\n{text}",
    "You will be given a document. Answer only from it; if the answer is not there, say so.\n\n{text}\n\nQuestion: who wrote it, and why?",
    "Turn the following into a table with three columns.\n{text}",
    "Continue this text in the same style, about 300 words:\n\n{text}",
    "请用三句话概括下面的内容：\n{text}",
    "把下面这段文字翻译成英文，保持原来的语气。\n\n{text}",
    "{text}\n\n根据上文回答：作者的主要观点是什么？只用上文的信息。",
    "你是一名资深编辑，请修改下面的文字，让它更通顺：\n{text}",
    "请把以下材料整理成表格，分三列。\n{text}",
    "参考下面的材料，写一份八百字左右的报告，要求条理清楚、语言正式：\n{text}",
)
_OPEN_EN = (
    "Sure, here is a short overview.",
    "Good question! There are a few things to look at.",
    "Here are some ideas that usually help:",
    "Of course. Below is a draft you can adapt.",
    "It depends on what you need, but in general:",
    "Let me explain it step by step.",
    "Yes, that is possible.",
    "Thank you for asking. In short:",
)
_SAY_EN = (
    "Start with a clear goal and write down what you already have.",
    "Check the battery and the cable first, because that is the most common cause.",
    "Water the plant once a week and keep it out of direct sun.",
    "Heat the pan, add the onions and let them turn golden before the rice goes in.",
    "Save a copy of the file before you change anything.",
    "The film follows two sisters who run a small bakery by the sea.",
    "A balanced breakfast with oats, fruit and yoghurt keeps you full for longer.",
    "If the pain does not get better within two days, please see a doctor.",
    "The function returns a list, so you can loop over the result directly.",
    "Use a strong password and turn on two-step verification.",
    "In 1914 the alliance system turned a local conflict into a war of the whole continent.",
    "Talk to your manager early and suggest two dates for the meeting.",
    "Compare at least three offers and read the terms on cancellation.",
    "The bus leaves every twenty minutes and stops right in front of the museum.",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "You can reach a crisis line at any hour; the people there listen without judging.",
    "Keep medicines and cleaning products where children cannot reach them.",
    "The treaty was signed in the spring and came into force a year later.",
    "First sort the array, then walk through it once with two pointers.",
    "Warm regards, and thank you again for your patience.",
    "Once upon a time an old lighthouse keeper found a bottle on the beach.",
    "Divide both sides by four, and x equals seven.",
    "It is against the law to open other people's letters, so please ask them first.",
    "Stretch for ten minutes after every run, and rest one day a week.",
    "The budget covers rent, food and transport and leaves a tenth for savings.",
    "Ask the shop for a refund in writing and keep the receipt.",
    "Birds sing more in the morning because sound carries further in cool air.",
    "The committee will meet on Thursday to discuss the new timetable.",
    "Report the message as a scam and do not click on the link.",
    "The villain is caught in the last chapter, and the town celebrates.",
)
_OPEN_ZH = (
    "好的，下面是一些建议：",
    "当然可以，以下是为您准备的内容。",
    "这个问题可以从几个方面来看。",
    "您好，根据您的描述，",
    "以下是一个示例，您可以根据需要修改。",
    "简单来说，",
    "首先要明确目标，然后一步一步来。",
    "很高兴为您解答。",
)
_SAY_ZH = (
    "每天坚持锻炼半小时，注意循序渐进，不要一开始就强度太大。",
    "可以先列一个清单，把最重要的事情放在前面。",
    "锅烧热后放油，下葱姜蒜爆香，再倒入切好的土豆丝翻炒。",
    "如果症状两天内没有好转，建议及时到正规医院就诊。",
    "这部电影讲述了一对兄妹在海边小镇经营面馆的故事。",
    "请妥善保管好您的账号和密码，不要点击陌生链接。",
    "该函数返回一个列表，可以直接用循环遍历。",
    "我国古代的四大发明对世界文明产生了深远影响。",
    "早餐可以吃燕麦、鸡蛋和水果，营养均衡又有饱腹感。",
    "与家人多沟通，表达自己的感受，也认真听对方的想法。",
    "光合作用是植物利用光能把二氧化碳和水转化为有机物的过程。",
    "购买前比较几家的价格，并仔细阅读退换货条款。",
    "这款产品采用轻便的设计，适合日常通勤和短途旅行。",
    "这种行为违反法律规定，可能要承担相应的责任，建议通过合法途径解决。",
    "遇到诈骗电话应立即挂断，并拨打110或反诈专线96110。",
    "春天来了，桃花开了，孩子们在草地上放风筝。",
    "会议定于周四下午三点在二号会议室召开，请提前准备材料。",
    "每股收益等于净利润除以总股本。",
    "把方程两边同时除以四，得到x等于七。",
    "感谢您一直以来的支持与信任，祝您工作顺利，身体健康。",
    "心情低落时可以找信任的朋友聊聊，也可以拨打心理援助热线。",
    "药品和清洁用品要放在孩子够不到的地方。",
    "人工智能在医疗、教育、交通等领域有着广泛的应用前景。",
    "他擦干眼泪，推开门，发现雨已经停了。",
    "北京故宫建成于明朝永乐年间，是世界上保存完整的古代宫殿建筑群。",
    "建议每周浇水一次，放在通风、有散射光的地方。",
    "第一步打开设置，第二步选择网络，第三步重新输入密码。",
    "这句话的情感倾向是积极的，表达了作者对家乡的思念。",
    "关键词：环保、可持续发展、垃圾分类。",
    "这篇文章主要介绍了海洋污染的成因、危害以及治理措施。",
    "学习英语要多听多说，每天记二十个单词，并放到句子里去用。",
    "不同的人有不同的看法，重要的是尊重彼此，求同存异。",
)


def tasks(contexts: Sequence[Row], code: int, work: int, answers: int) -> list[Row]:
    """Up to `code` tasks on code, `work` on the contexts' texts, and `answers` plain answers."""
    rng = random.Random("tasks")  # noqa: S311  # drawn for training, not for secrets
    functions = _functions()
    asked = [
        rng.choice(_CODE).format(code=source)
        for source in rng.sample(functions, min(code, len(functions)))
    ]
    on_texts = [
        rng.choice(_WORK).format(text=rng.choice(contexts).text[: rng.randint(150, 900)])
        for _ in range(work)
    ]
    said = [_answer(rng) for _ in range(answers)]
    return [
        *(_row(text, "made/code-tasks", (Side.PROMPT,)) for text in asked),
        *(_row(text, "made/text-tasks", (Side.PROMPT,)) for text in on_texts),
        *(_row(text, "made/answers", (Side.OUTPUT,)) for text in said),
        *(_row(text, "stdlib", BOTH) for text in functions[::4]),
    ]


def _row(text: str, source: str, sides: tuple[Side, ...]) -> Row:
    return Row(text, lang_of(text), source, NOTHING, sides, 0.7, group=text[:40])


def _answer(rng: random.Random) -> str:
    opening, sentences = (_OPEN_ZH, _SAY_ZH) if rng.random() < 0.6 else (_OPEN_EN, _SAY_EN)
    said = rng.sample(sentences, rng.randint(1, 6))
    start = rng.choice(opening) if rng.random() < 0.6 else ""
    if len(said) > 2 and rng.random() < 0.5:
        said = [f"{number}. {sentence}" for number, sentence in enumerate(said, 1)]
        return "\n".join([start, *said]).strip()
    gap = "" if opening is _OPEN_ZH else " "
    return gap.join([start, *said]).strip()


def _functions() -> list[str]:
    """Functions and methods of 4 to 40 lines, without what stands above them."""
    found: list[str] = []
    for module in _MODULES:
        source = inspect.getsource(module)
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                text = textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno]))
                if 4 <= text.count("\n") <= 40 and len(text) < 1500:
                    found.append(text)
    return sorted(found)
