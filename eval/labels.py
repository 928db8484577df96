"""The names of tasks, types, splits and measures in, the Chinese words that pages show for them out."""

LABELS = {
    "all": "全部", "roleplay": "角色扮演", "quiz": "问答题", "instruct": "指令", "single_choice": "单选",
    "multiple_choice": "多选", "true_false": "判断", "fill_blank": "填空", "short_answer": "简答",
    "single_turn": "单轮", "multi_turn": "多轮", "instruction": "单轮指令", "conversation": "多轮对话", "seed": "种子", "train": "训练",
    "valid": "验证", "test": "测试", "prompt": "提示", "answer": "回答", "both": "合计", "characters": "字",
    "tokens": "词元",
}  # fmt: skip
