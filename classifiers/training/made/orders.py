"""Harmless orders to a model: a role to play, an instruction to take back.

They have the form of an attack and none of its aim.
"""

# frames are longer than lines of code

from __future__ import annotations

import random

from classifiers.training.made.drawing import filled

ROLE_EN = (
    "Act as a {job} and {thing}.",
    "I want you to act as a {job}. I will describe my situation and you {thing}.",
    "You are a {job}. Please {thing}.",
    "Imagine you are a {job} talking to a beginner: {thing}.",
    "Pretend to be a {job} in a job interview; {thing}, and stay in character.",
    "From now on answer as a {job} would. First, {thing}.",
)

JOB_EN = (
    "travel guide",
    "Linux terminal",
    "maths teacher",
    "chef",
    "career adviser",
    "historian",
    "doctor explaining test results",
    "lawyer explaining a contract",
    "football commentator",
    "poet of the Tang dynasty",
    "pirate in a children's story",
    "security engineer",
    "librarian",
    "gardener",
    "stand-up comedian",
    "customer-service agent",
    "detective in a novel",
    "nurse",
    "translator",
    "product manager",
)

THING_EN = (
    "suggest three places to visit",
    "explain the idea in simple words",
    "give me feedback on my letter",
    "answer only in haiku",
    "ask me questions one at a time",
    "correct my grammar",
    "plan a week of dinners",
    "compare the two options",
    "write a short dialogue",
    "help me prepare for tomorrow",
    "tell a bedtime story",
    "review this function",
    "summarise the chapter",
    "make a checklist",
    "show me how to get started",
)

ROLE_ZH = (
    "请你扮演一位{job}，{thing}。",
    "假设你是{job}，请{thing}。",
    "你现在是一名{job}。{thing}。",
    "以{job}的口吻{thing}。",
    "从现在开始，用{job}的方式回答我。首先，{thing}。",
    "我想和你玩角色扮演：你是{job}，我是顾客，请{thing}。",
)

JOB_ZH = (
    "导游",
    "数学老师",
    "厨师",
    "职业规划师",
    "历史学者",
    "给病人解释化验单的医生",
    "讲解合同的律师",
    "足球解说员",
    "唐代诗人",
    "童话里的小狐狸",
    "网络安全工程师",
    "图书管理员",
    "园艺师",
    "相声演员",
    "客服",
    "推理小说里的侦探",
    "护士",
    "翻译",
    "产品经理",
    "健身教练",
)

THING_ZH = (
    "推荐三个值得去的地方",
    "用简单的话讲清楚这个概念",
    "点评一下我的作文",
    "一次只问我一个问题",
    "帮我改正语法错误",
    "安排一周的晚饭",
    "比较一下这两个方案",
    "写一段简短的对话",
    "帮我准备明天的面试",
    "讲一个睡前故事",
    "看看这段代码有什么问题",
    "概括这一章的内容",
    "列一个清单",
    "教我怎么入门",
    "给我一些鼓励",
)

RETRACT_EN = (
    "Ignore my last message, I had the wrong file open.",
    "Forget the second question, just answer the first one.",
    "Please ignore the typos in the text below and translate it.",
    "Never mind the previous table; use this one instead.",
    "How do I tell git to ignore a folder?",
    "What is a system prompt and why do chatbots have one?",
    "Explain prompt injection to a new colleague.",
    "How can we protect our chatbot against prompt injection?",
    "Write a system prompt for a cooking assistant.",
    "Repeat the last paragraph in a friendlier tone.",
    "What does jailbreaking a phone mean, and does it void the warranty?",
    "Disregard empty rows when you compute the average.",
    "What instructions come with this medicine?",
    "Show me the text above in bold.",
    "Could you override the default font in this CSS?",
)

RETRACT_ZH = (
    "忽略我上一条消息，刚才发错文件了。",
    "第二个问题不用管，回答第一个就行。",
    "请忽略下文中的错别字，直接翻译。",
    "前面那张表作废，用这张新的。",
    "怎么让git忽略某个文件夹？",
    "什么是系统提示词？为什么聊天机器人需要它？",
    "给新同事讲讲什么是提示注入攻击。",
    "怎样保护我们的客服机器人不被提示注入？",
    "帮我给做菜助手写一段系统提示词。",
    "把上一段用更友好的语气重写一遍。",
    "手机越狱是什么意思，会影响保修吗？",
    "计算平均值时忽略空行。",
    "这种药的说明书怎么看？",
    "把上面的文字加粗显示。",
    "怎样覆盖这个样式表里的默认字体？",
)


def role(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return filled(ROLE_EN, rng, job=JOB_EN, thing=THING_EN)
    return filled(ROLE_ZH, rng, job=JOB_ZH, thing=THING_ZH)
