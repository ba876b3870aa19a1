"""The demo: one settlement case, narrated while each step is carried out."""

import asyncio
import base64
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from exchange.cli.entries import show_entries
from exchange.cli.evidence import show
from exchange.cli.evidence_files import check_file
from exchange.cli.ledger import verify_folder
from exchange.cli.opened import opened
from exchange.cli.steps import step
from exchange.cli.tables import Column, Row, Said, heading, show_rows
from exchange.cli.texts import console, say
from exchange.client import Client, ExchangeError, LicenseView, Requirement, Subject
from exchange.demo import letters, permits
from exchange.demo.city import City
from exchange.demo.population import Person, people
from exchange.demo.questioning import question
from exchange.demo.truth import known_truth, sheets
from exchange.node.connecting import load_descriptions
from keys.evidence import Verdict
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.ledger.leaf import Pseudonyms
from registry.ledger.search import Filter, search
from registry.outcomes import Resolution

CASE = "2026-RC-000117"
OFFICER = "李晓雯"
MATTER = "talent-settlement"
_IDENTITY_BASIS = "《中华人民共和国户口登记条例》第十条"
_QUESTIONS, _SUBJECTS_A_SHEET = 1_000, 20
_LOOKS = 14  # six answers twice, two refusals, and queries for issuing
_RESOLUTIONS = {
    Resolution.PROVEN: ("proven", "属实", "green"),
    Resolution.REFUTED: ("refuted", "不符", "red"),
    Resolution.UNKNOWN: ("unknown", "未知", "yellow"),
    Resolution.UNAVAILABLE: ("unavailable", "无法查询", "yellow"),
    Resolution.APPLICANT_MUST_SUPPLY: ("to bring", "申请人提交", "cyan"),
}
_SETTLED = (
    Column("proof", "paper once demanded", "原需证明"), Column("by", "answered by", "替代数据"),
    Column("answer", "answer", "答复"), Column("entry", "entry", "账本记录"),
)  # fmt: skip


async def tell(data: Path, count: int, seed: int, today: date, *, keep: bool = False) -> None:
    """Build the city in ``data``, run the case, check everything, and keep the evidence there.

    Raises:
        RuntimeError: a required check failed.
    """
    city = City(data, count, seed, today)
    applicant = next(people(1, seed, today))
    async with _running(city):
        _title(1, "The case", "办件")
        _papers(applicant)
        _title(2, "Licenses, issued once, from data already on record", "一次签发的电子证照，数据取自登记")
        permit, _ = await permits.issue(city, applicant)
        async with city.client() as client:
            await _resolve(city, client, applicant)
            await _refused(client, applicant)
        await _suspended(city, permit)
        await _letter(city)
        await _who_looked(city, applicant)
        await _tampered(city)
        await _ledger_clean(city)
        await _true(city)
        _left_behind(data)
        if keep:
            _say(f"Node on {city.address}; Ctrl-C ends it.", f"节点运行于 {city.address}；Ctrl-C 结束。")
            await asyncio.Event().wait()


@asynccontextmanager
async def _running(city: City) -> AsyncIterator[None]:
    """Build and start the city, and show each step."""
    try:
        with step("Clearing what an earlier run left", "清理上次运行"):
            await city.clear()
        with step("Making the node: keys, certificates, PostgreSQL", "建立节点：密钥、证书、PostgreSQL"):
            await city.make_node()
        started = time.monotonic()
        with step(
            f"Writing {city.people:,} people into the departments' own stores", f"将 {city.people:,} 人写入各部门自有库"
        ):
            records = await city.make_world()
        _say(f"  {records:,} records in {time.monotonic() - started:.1f} s: PostgreSQL, SQLite, a REST service, XLSX and CSV drops",
             f"  共 {records:,} 条记录，{time.monotonic() - started:.1f} 秒：PostgreSQL、SQLite、REST 服务、XLSX 与 CSV")  # fmt: skip
        with step(
            "Registering agencies, datasets, the matter, grants and seals", "登记部门、数据资源、事项、授权与印章"
        ):
            await city.register()
        with step("Starting the tax department's service and the node", "启动税务部门服务与交换节点"):
            city.start_tax_service()
            await city.start_node()
        yield
    finally:
        with step("Stopping", "停止"):
            await city.stop()


def _papers(applicant: Person) -> None:
    degree = applicant.degrees[0]
    _say(f"{applicant.name}, engineer, {degree.institution} {degree.awarded.year}, applies to settle in Suzhou (人才引进落户), case {CASE}.",
         f"{applicant.name}，{degree.institution} {degree.awarded.year} 届硕士，申请人才引进落户苏州，办件 {CASE}。")  # fmt: skip
    _say("Until now she carried five proofs from five offices:", "以往要跑五个部门开五份证明：")
    for line in (
        ("identity and household registration (public security)", "户籍与身份证明（公安）"),
        ("certified copy of the degree (education)", "学位证书复印件与认证（教育）"),
        ("social-insurance contributions (human resources)", "社会保险缴费证明（人社）"),
        ("income tax paid (taxation)", "个人所得税完税证明（税务）"),
        ("owning a home (natural resources)", "不动产权属证明（自然资源）"),
    ):
        console().print(f"  [strike]{say(*line)}[/]")


async def _resolve(city: City, client: Client, applicant: Person) -> None:
    _title(3, "The officer asks once; five departments and a license answer", "一次查询，五个部门与一份证照答复")
    basis = Basis(MATTER, CASE, "", OFFICER)
    started = time.monotonic()
    settled = await client.resolve(basis, {"applicant": _subject(applicant)}, {"name": applicant.name})
    elapsed = time.monotonic() - started
    show_rows(_SETTLED, map(_settled_row, settled))
    for item in settled:
        if item.evidence is not None:
            item.evidence.save(city.data / "evidence", item.id)
    _say(f"{elapsed * 1000:.0f} ms, every seal and receipt verified by the client. Only match or mismatch was handed over, no value.",
         f"用时 {elapsed * 1000:.0f} 毫秒，客户端已逐一验证印章与回执。只返回是否相符，不返回数据值。")  # fmt: skip
    _require(_all_proven(settled), "six requirements must be proven")


def _settled_row(item: Requirement) -> Row:
    english, chinese, colour = _RESOLUTIONS[item.resolution]
    return {
        "proof": say(item.proof_en, item.proof),
        "by": item.dataset or say(item.reason_en, item.reason),
        "answer": Said(item.resolution, say(english, chinese), colour),
        "entry": f"#{item.evidence.index}" if item.evidence else None,
    }


async def _refused(client: Client, applicant: Person) -> None:
    _title(4, "A question without a basis", "没有依据的查询")
    claims = [Claim("name", Operator.EQ, (applicant.name,))]
    try:
        await client.verify(Basis(MATTER, "", _IDENTITY_BASIS, OFFICER), "identity.person", _subject(applicant), claims)
    except ExchangeError as error:
        console().print(f"  [red]{error.status}[/] {error}")
    else:
        raise RuntimeError("a question without a case must be refused")
    try:
        await client.verify(
            Basis(MATTER, CASE, _IDENTITY_BASIS, OFFICER),
            "housing_fund.account",
            _subject(applicant),
            [Claim("balance", Operator.GT, ("1",))],
        )
    except ExchangeError as error:
        console().print(f"  [red]{error.status}[/] {error}")
    else:
        raise RuntimeError("a question that the matter does not need must be refused")
    _say("Both refusals are on the ledger too.", "两次拒绝同样记入账本。")


async def _suspended(city: City, permit: LicenseView) -> None:
    _title(
        5,
        "The permit is reported lost; every copy of it is caught a moment later",
        "居住证报失，所有副本随即核验不通过",
    )
    before, after = await permits.suspend(city, permit)
    _require(before is Verdict.VALID, "the permit must hold before it is suspended")
    _require(after is Verdict.INVALID, "the suspended permit must be caught")
    async with city.client() as client:
        settled = await client.resolve(Basis(MATTER, CASE, "", OFFICER), {"applicant": _holder(permit)}, _facts(permit))
    again = next(item for item in settled if item.id == "residence")
    _require(again.resolution is Resolution.REFUTED, "the case must see the suspension")
    _say("Asked again, the case no longer accepts it either. QR code, PDF and envelope are the same files as before.",
         "办件再次查询亦不再认可。二维码、PDF 与证照文件均为原件，未作改动。")  # fmt: skip


def _holder(permit: LicenseView) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, permit.holders[0].code)


def _facts(permit: LicenseView) -> dict[str, str]:
    return {"name": permit.holders[0].name}


async def _letter(city: City) -> None:
    _title(6, "An official document, sealed with SM2, from one agency to another", "公文用印（SM2）与部门间流转")
    document = await letters.send(city)
    good, bent = letters.check(city, document)
    _require(good is Verdict.VALID, "the seal must hold")
    _require(bent is Verdict.INVALID, "a changed document must be caught")
    _say("The second check was given the same document with one digit changed.", "第二次核验所给原文改动了一个数字。")


async def _who_looked(city: City, applicant: Person) -> None:
    _title(7, "The citizen sees who looked", "公民查看：谁查过我")
    async with opened(city.data) as (settings, database, _):
        pseudonyms = Pseudonyms((settings.data / "keys" / "pseudonym.secret").read_bytes())
        connection = await database.dedicated()
        try:
            found = await search(connection, Filter(pseudonym=pseudonyms.of(f"citizen_id:{applicant.id}")))
        finally:
            await connection.close()
    show_entries(found[::-1])
    _require(len(found) >= _LOOKS, "every look must be on the record")


async def _tampered(city: City) -> None:
    _title(8, "Evidence that anyone can check, and a forgery that is caught", "任何人可验证的凭证，与被识破的伪造")
    good = city.data / "evidence" / "degree.sd-jwt"
    show(good, check_file(good, city.trust))
    forged = city.data / "tampered" / "degree.sd-jwt"
    forged.parent.mkdir(exist_ok=True)
    shutil.copy(good.with_suffix(".tlog-proof"), forged.with_suffix(".tlog-proof"))
    head, payload, rest = good.read_text().split(".", 2)
    changed = base64.urlsafe_b64decode(payload + "==").replace(b'"kind":"verify"', b'"kind":"Verify"')
    forged.write_text(f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{rest}")
    found = check_file(forged, city.trust)
    show(forged, found)
    _require(check_file(good, city.trust).verdict is Verdict.VALID, "evidence must hold")
    _require(found.verdict is Verdict.INVALID, "a forgery must be caught")


async def _ledger_clean(city: City) -> None:
    _title(9, "The ledger, recomputed", "账本全量重算")
    verified = await verify_folder(city.data)
    _require(verified.clean, f"the ledger must be clean: {verified.wrong}")
    _say(
        f"[green]Clean[/]: {verified.size} entries, tiles and checkpoint agree.",
        f"[green]无误[/]：{verified.size} 条记录、树与检查点一致。",
    )


async def _true(city: City) -> None:
    _title(10, "The truth, for a thousand random questions", "一千个随机查询与事实对照")
    _say(
        "The departments' stores are dirty: blanks, full-width and 15-digit ids, GBK, summer time, lost characters, a key that no question reaches. The generator knows what they hold.",
        "各部门自有库带有真实的脏数据：空格、全角与 15 位号码、GBK、夏令时、丢失的字符、一个无法查到的号码。生成程序知道事实。",
    )
    truth = known_truth(city.people, city.seed, city.today)
    catalogue = {item.catalogue.id: item.catalogue for item in load_descriptions(city.data / "datasets")}
    async with city.client("data-quality") as client:
        tally = await question(client, sheets(truth, catalogue, city.seed, _SUBJECTS_A_SHEET), _QUESTIONS)
    told = ", ".join(f"{reason} {count:,}" for reason, count in tally.unknown.most_common()) or say("none", "无")
    _say(
        f"  {tally.asked:,} questions: [bold]{len(tally.wrong)}[/] sealed answers differ from the truth, {tally.right:,} agree, {tally.unknown.total():,} say that they cannot tell ({told}).",
        f"  共 {tally.asked:,} 次查询：已签章的答复与事实不符 [bold]{len(tally.wrong)}[/] 条，相符 {tally.right:,} 条，无法确定 {tally.unknown.total():,} 条（{told}）。",
    )
    _require(not tally.wrong, f"no sealed answer may differ from the truth: {tally.wrong[:1]}")


def _left_behind(data: Path) -> None:
    evidence, trust, seals = data / "evidence", data / "trust", data / "seals"
    console().print()
    heading(say("Left behind", "留存"))
    for line in (
        f"{say('Evidence', '凭证')}: {evidence}/*.sd-jwt, *.tlog-proof    {say('Trust', '信任')}: {trust}/",
        f"{say('Licenses', '证照')}: {data / 'licenses'}/*.sd-jwt, *.pdf, *.png, statuslist.jwt",
        f"{say('Seals', '印章')}: {seals}/seal.esl, signature.ses, document.bin, sealed.pdf",
        f"yici evidence check {evidence}/*.sd-jwt --trust {trust}",
        f"yici seal check {seals}/signature.ses --document {seals}/document.bin --data {data}",
        f"yici ledger search --data {data}",
        f"{say('Without our code', '不用我们的代码')}: docs/check-without-us.md",
    ):
        console().print(line, soft_wrap=True)  # not wrapped, so that commands can be copied


def _subject(person: Person) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, person.id)


def _all_proven(settled: list[Requirement]) -> bool:
    return all(item.resolution is Resolution.PROVEN for item in settled if item.dataset)


def _title(number: int, english: str, chinese: str) -> None:
    console().print()
    heading(f"{number}  {say(english, chinese)}")


def _say(english: str, chinese: str) -> None:
    console().print(say(english, chinese))


def _require(holds: bool, what: str) -> None:  # noqa: FBT001  # an assertion that is always active
    if not holds:
        raise RuntimeError(f"demo: {what}")
