"""Realistic names: one- and two-syllable surnames, several ethnic groups, characters outside the BMP."""

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_DOUBLE = ("欧阳", "司马", "上官", "诸葛", "慕容", "尉迟", "皇甫", "端木")
_GIVEN = "伟芳娜敏静强磊军洋勇艳杰涛明超霞平刚桂英华玉兰丽红建国志文秀珍海燕鹏宇浩欣怡梓涵子轩雨泽思远嘉诚晨曦若雪博文"
_RARE = ("𬭎", "𬱖", "㛃", "䶮", "𫖯", "𬍛", "𡭐", "翀", "喆", "昇")
_PEOPLES = {
    "维吾尔族": (
        ("阿依努尔", "古丽娜尔", "麦麦提", "阿卜杜拉", "帕提古丽", "艾尔肯"),
        ("买买提", "依明", "热合曼", "吐尔逊", "艾买提"),
    ),
    "哈萨克族": (("叶尔江", "阿依古丽", "巴哈提", "古丽扎"), ("赛力克", "努尔兰", "哈力木")),
    "藏族": (("扎西", "卓玛", "次仁", "央金", "多吉"), ("顿珠", "拉姆", "旺堆", "德吉")),
}
_DOTLESS = ("藏族",)
_HAN_SHARE, _DOUBLE_SHARE, _RARE_SHARE = 0.93, 0.01, 0.01


def make_name(random: Random) -> tuple[str, str]:
    """Return a name and its ethnic group."""
    if random.random() > _HAN_SHARE:
        people = random.choice(tuple(_PEOPLES))
        given, second = _PEOPLES[people]
        joint = "" if people in _DOTLESS else "·"
        return f"{random.choice(given)}{joint}{random.choice(second)}", people
    surname = random.choice(_DOUBLE) if random.random() < _DOUBLE_SHARE else random.choice(_SURNAMES)
    given_name = "".join(random.choices(_GIVEN, k=random.choice((1, 2, 2))))
    if random.random() < _RARE_SHARE:
        given_name = given_name[:-1] + random.choice(_RARE)
    return surname + given_name, "汉族"
