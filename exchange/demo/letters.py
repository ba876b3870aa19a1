"""The demo's e-seals: a document is sealed with SM2, sent, and checked unaltered and altered."""

from datetime import UTC, datetime
from pathlib import Path

from exchange.cli.sealed import show_steps
from exchange.cli.texts import console, say
from exchange.cli.times import shown_time
from exchange.client import DocumentView
from exchange.demo.city import City
from exchange.demo.seals import OFFICIAL
from exchange.sealing.checking import PresentedSeal, check_sealed
from keys.certificates import der
from keys.evidence import Verdict
from keys.ses.checking import CheckedSeal
from keys.ses.proof import Presented
from keys.ses.reading import read_signature
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.documents.document import DocumentDraft, File, Urgency
from registry.seals.kinds import SealKind

_BASIS = Basis("official-documents", "GW-2026-0031", "《党政机关公文处理工作条例》第三条", "沈科长")
_TEXT = """为落实“一次采集、多方使用”，减少群众重复提交证明材料，根据《政务数据共享条例》，现就开展公共数据共享核查有关事项通知如下。
一、核查范围
已编入政务数据目录的数据资源，以及2026年1月1日以来提供或者使用的共享数据。
二、核查内容
（一）目录是否准确。名称、信息项、共享类型和更新周期与实际不一致的，逐项填写核对表。
（二）数据是否可用。对缺失、不规范的数据提出校核意见，数源部门按期答复。
（三）使用是否规范。查询应当逐次注明事项、办件和依据，不得超出授权范围。
三、工作要求
自收到本通知之日起10个工作日内完成自查并报送核对表。凡能够通过共享获取的证明材料，不得要求申请人提交。"""


async def send(city: City) -> DocumentView:
    """Draft, seal and send a document, and have it received and acknowledged; save it in ``seals/``."""
    (sender, desk), (recipient, other) = OFFICIAL.items()
    draft = DocumentDraft(
        "苏数〔2026〕31号", "关于开展公共数据共享核查工作的通知", city.today, (recipient,), _TEXT, urgency=Urgency.URGENT,
        copies=("113205000000140157",),
        attachments=(File("核对表.csv", "text/csv", "数据资源,信息项,是否一致\n".encode()),),
    )  # fmt: skip
    seal = city.seals[sender, SealKind.OFFICIAL]
    async with city.document_client(desk) as client:
        document = await client.draft(_BASIS, draft)
        document = await client.seal(_BASIS, document, seal)
        document = await client.send(_BASIS, document)
    async with city.document_client(other) as client:
        received = await client.get(_BASIS, document.id)
        received = await client.acknowledge(_BASIS, document.id, "已收悉，转数据管理科办理")
    [delivery] = received.deliveries
    at = shown_time(delivery.acknowledged_at) if delivery.acknowledged_at else "—"
    console().print(
        say(
            f"  [green]✓[/] {received.number} {received.title}\n"
            f"    sealed with {seal}, sent, received and acknowledged {at}",
        ),
        soft_wrap=True,
    )
    leave(city.data / "seals", received, city.trust)
    return received


def check(city: City, document: DocumentView) -> tuple[Verdict, Verdict]:
    """Check the recipient's document, and a copy with one character changed."""
    bundle = TrustBundle.load(city.trust)
    good = _check(document, document.manifest, bundle)
    bent = _check(document, document.manifest.replace(b"2026", b"2025", 1), bundle)
    return good.verdict, bent.verdict


def _check(document: DocumentView, manifest: bytes, bundle: TrustBundle) -> CheckedSeal:
    presented = PresentedSeal("signature", document.signature, Presented(manifest, receipt=document.receipt))
    found = check_sealed(presented, bundle, datetime.now(UTC))
    show_steps("signature.ses", presented, found.steps)
    return found


def leave(folder: Path, document: DocumentView, trust: Path) -> None:
    """Write a sealed document, its seal and the certificates, for checks by others."""
    folder.mkdir(exist_ok=True)
    signature = read_signature(document.signature)
    for name, data in (
        ("seal.esl", signature.seal.raw),
        ("document.bin", document.manifest),
        ("signature.ses", document.signature),
        ("signature.tlog-proof", document.receipt.encode()),
        ("signer.der", signature.signer),
        ("maker.der", signature.seal.maker),
        ("root.der", der(TrustBundle.load(trust).seal_roots[0])),
        ("sealed.pdf", document.sealed_pdf),
    ):
        (folder / name).write_bytes(data)
