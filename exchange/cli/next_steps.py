"""What a node still needs before it answers a question, as the commands that do it."""

from pathlib import Path

from exchange.cli.texts import DEFAULT_DATA, console, say
from registry.register import Register

_SHOWN = 3


def tell_next_steps(register: Register, data: Path) -> None:
    """Print the next three commands, where a register that a node answers from is still empty."""
    steps = [step for empty, *step in _steps(register) if empty]
    if not steps:
        return
    where = "" if data == DEFAULT_DATA else f" --data {data}"
    out = console(stderr=True)
    out.print(say("This node answers nothing yet. Next:", "本节点尚不能答复查询。下一步："))
    for command, english, chinese in steps[:_SHOWN]:
        out.print(f"  [bold]yici {command}{where}[/]\n      {say(english, chinese)}", soft_wrap=True)
    if not register.datasets:
        out.print(say("An example that runs: yici quickstart", "可运行的示例：yici quickstart"))


def _steps(register: Register) -> tuple[tuple[bool, str, str, str], ...]:
    """Whether each is still to be done, the command, and what it is for."""
    return (
        (not register.datasets, "catalog load registers.yaml datasets/*.yaml",
         "agencies, systems, datasets and matters (docs/registers.md)", "机构、系统、数据资源与事项（docs/registers.md）"),
        (not register.grants, "grant add grants.yaml",
         "who may use which fields, for which matters (docs/registers.md)", "谁可用哪些信息项、用于哪些事项（docs/registers.md）"),
        (not register.seals_made, "seal apply USCC --kind exchange --officer NAME --custodian NAME",
         "the seal of an agency that answers; then yici seal approve, yici seal make (docs/seals.md)",
         "数源部门的印章；之后 yici seal approve、yici seal make（docs/seals.md）"),
        (not register.certificates, "system enrol SYSTEM --csr SYSTEM.csr.pem --out chain.pem",
         "the certificate of a system that asks; its request comes from yici system request (docs/operate.md)",
         "查询系统的证书；证书请求由 yici system request 生成（docs/operate.md）"),
    )  # fmt: skip
