"""What is wrong with a store, in the language of the reader: the rules of ``adapters`` in Chinese."""

import re

from exchange.cli.texts import chinese

_RULES = (
    (r"the column is missing in row (\d+) of (.+)", r"\2 第 \1 行没有这一列"),
    (r"the column is there twice in row (\d+) of (.+)", r"\2 第 \1 行有两个同名列"),
    (r"\(of the rows read: (.+)\)", r"（已读行中：\1）"),
    (r"no key", "没有主键"),
    (r"not of the field's type \((.+)\)", r"不符合字段类型（\1）"),
    (r"the source's value is not of the field's type", "不符合字段类型"),
    (r"not shown", "不显示内容"),
    (r"characters that the store could not hold", "库中无法保存的字符"),
    (r"texts that were stored in another encoding", "以其他编码存入的文字"),
    (r"the store keeps no Chinese as such: (.+)", r"该编码不支持汉字：\1"),
    (r"refused for rows that do not fit", "整批拒收，因有不合格行"),
    (r"set aside", "已搁置的行"),
    (r"more or fewer columns than the header", "列数与表头不符"),
    (r"a sum of other rows", "合计行（可设 skip_totals）"),
    (r"a cell that is merged with others, in rows (\d+) to (\d+)", r"合并单元格，第 \1 至 \2 行"),
    (r"a number of more than 15 digits in a number cell; write it as text", "数字单元格超过 15 位，应存为文本"),
    (r"a number that a spreadsheet has shortened", "被电子表格缩写的数字"),
    (r"a formula instead of a value", "是公式而不是值"),
    (r"cell (\w+) holds an error instead of a value", r"单元格 \1 是错误值"),
    (r"cell (\w+) holds a formula whose value was never saved", r"单元格 \1 是公式，未保存计算结果"),
    (r"an id that a spreadsheet may have cut to 15 digits", "可能被电子表格截断为 15 位有效数字的号码"),
    (r"more than one record for a subject that can have only one", "同一主体有多条记录，而只应有一条"),
    (r"(.+): holds no row", r"\1：没有数据行"),
    (r"(.+): holds no row that fits", r"\1：没有一行合格"),
    (r"a citizen id has 17 digits and a check character, or 15 digits \(GB 11643\)", "应为 17 位数字加校验码，或 15 位数字（GB 11643）"),
    (r"positions 7 to 14 must be a date of birth, from 1850 to today \(GB 11643\)", "第 7 至 14 位应为出生日期，1850 年至今（GB 11643）"),
    (r"positions 8 to 13 must be a date of birth, YYMMDD", "第 8 至 13 位应为出生日期（YYMMDD）"),
    (r"positions 1 and 2 must be a province's code \(GB/T 2260\)", "第 1、2 位应为省级行政区划代码（GB/T 2260）"),
    (r"the check character, position 18, is wrong \((.+)\)", r"第 18 位校验码有误（\1）"),
    (r"its kind must be sql, rest or file", "种类（kind）应为 sql、rest 或 file"),
    (r"no such setting", "没有这个设置项"),
    (r"is missing", "缺少此项"),
    (r"no such key is known here", "没有这个设置项"),
    (r"must be a text; .+", "应为文本；形似数字、日期或 yes/no 的须加引号"),
    (r"must be true or false", "应为 true 或 false"),
    (r"must be a whole number", "应为整数"),
    (r"must be keys with values", "应为“键: 值”的形式"),
    (r"is no field of the catalogue; .+", "目录（catalogue）中没有此字段；两处字段须一致"),
    (r"has no column here; .+", "目录（catalogue）中的此字段没有对应的列；两处字段须一致"),
    (r"(.+) stands twice, in lines (\d+) and (\d+)", r"\1 重复，见第 \2 行和第 \3 行"),
    (r"not YAML, line (\d+)", r"不符合 YAML 格式，第 \1 行"),
    (r"must be a readable UTF-8 file", "应为可读的 UTF-8 文件"),
    (r"Input should be ('.+') or ('.+')", r"应为 \1 或 \2"),
    (r"a code is not in the catalogue", "有代码不在目录（catalogue）中"),
    (r"another file describes the same dataset", "另一个文件描述了同一数据资源"),
    (r"only files that end in \.yaml are read", "只读取扩展名为 .yaml 的文件"),
    (r"no connection (\S+) in the settings", r"yici.toml 中没有连接 \1"),
    (r"no drop (\S+) \(\.csv, \.xlsx or \.parquet\) in its folder", r"文件夹中没有 \1（.csv、.xlsx 或 .parquet）"),
    (r"(.+): not a readable CSV file: up to line (\d+) .+", r"\1 不是可读的 CSV 文件：第 \2 行或之前有多余的引号，或分隔符不对"),
    (r"(.+): not a readable (\w+) file", r"\1 不是可读的 \2 文件"),
    (r"(.+): not in (\S+), as its description says", r"\1 的编码不是描述文件所写的 \2"),
    (r"the folder of its connection is not there", "连接（yici.toml 中的 folder）所指的文件夹不存在"),
    (r"the source's table is not as described \((.+)\)", r"表与描述不符（\1）"),
    (r"the source's database does not answer \((.+)\)", r"数据库无应答（\1）"),
    (r"the source's database did not answer in time", "数据库未及时应答"),
    (r"the source's database refuses this account(?: \((.+)\))?", r"数据库拒绝该账号（\1）"),
    (r"the connection is refused", "连接被拒绝"),
    (r"no such table", "没有这个表"),
    (r"no such column", "没有这一列"),
)  # fmt: skip
_COMPILED = [(re.compile(rule), text) for rule, text in _RULES]
_PARTS = {
    "blanks around": "前后有空白", "full width": "全角", "15 digits": "15 位", "several in one cell": "一格多个", "no identifier": "不是有效号码",
    "no key": "空白", "the user is not let in": "用户未获准登录", "no such database, or no right to it": "没有这个数据库或无权访问",
    "no right to the table": "无权读取该表", "no right to a column": "无权读取某列", "a right is missing": "缺少权限", "ConnectionRefusedError": "连接被拒绝", ", ": "、",
    "no such table": "没有这个表", "no such column": "没有这一列",
}  # fmt: skip


def rule_text(rule: str) -> str:
    """A rule in the language of the reader; one without a Chinese text stays English."""
    if not chinese():
        return rule
    for pattern, text in _COMPILED:
        if found := pattern.fullmatch(rule):
            said = found.expand(text).replace("（）", "")
            for english, words in _PARTS.items():
                said = said.replace(english, words)
            return said
    place, separator, rest = rule.partition(": ")
    return f"{place}：{rule_text(rest)}" if separator else rule
