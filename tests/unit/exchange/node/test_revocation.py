"""Tests of CRLs: a recorded revocation is published, also by concurrent publishers."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from exchange.demo.city import City
from exchange.node.wiring.postgres import embedded_url
from exchange.node.wiring.registers import make_registrar, publish_revocations
from exchange.pki.key_vault import KeyVault
from keys.authority import Holder
from keys.certificates import Use, fingerprint, now_utc
from keys.suites import SUITES
from registry.database import Database
from registry.registrar import Registrar


async def test_lists_are_published_one_at_a_time_and_only_when_they_are_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = City(tmp_path / "data", 10)
    held, hold = asyncio.Event(), [True]
    read = Registrar.revocations

    async def slowly(self: Registrar, issuer: str) -> dict[int, datetime]:
        found = await read(self, issuer)
        if hold.pop() if hold else False:
            await held.wait()  # between reading and writing
        return found

    async def run() -> None:
        await town.make_node()
        settings = town.settings
        url, vault = embedded_url(settings, "yici"), KeyVault.of(settings)

        def listed() -> x509.CertificateRevocationList:
            issuer = vault.certificate("issuing").subject
            return next(item for item in vault.revocation_lists() if item.issuer == issuer)

        key = SUITES["ES256"].generate()
        holder = Holder("desk", "局", "113205000000140157")
        certificate = vault.issuing().issue(Use.SYSTEM, holder, key.verifier.spki, timedelta(days=9), now_utc())
        database = Database(url)
        registrar = await make_registrar(settings, database, "tester")
        await registrar.add_certificate(certificate, Use.SYSTEM, "desk")
        monkeypatch.setattr(Registrar, "revocations", slowly)
        turn = asyncio.create_task(publish_revocations(settings, url))
        await asyncio.sleep(0.5)
        await registrar.revoke_certificate(fingerprint(certificate), now_utc(), "私钥丢失")
        at_once = asyncio.create_task(publish_revocations(settings, url))
        await asyncio.sleep(0.3)
        assert not at_once.done()  # an older reading must not replace its list
        held.set()
        await asyncio.gather(turn, at_once)
        last = listed()
        assert last.get_revoked_certificate_by_serial_number(certificate.serial_number)
        await publish_revocations(settings, url, only_due=True)
        assert listed() == last
        vault.write_revocation_lists({})  # as if a disk had been full when the revocation was published
        await publish_revocations(settings, url, only_due=True)
        assert listed().get_revoked_certificate_by_serial_number(certificate.serial_number)
        numbers = [
            item.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for item in (last, listed())
        ]
        assert numbers[0] < numbers[1]
        await database.close()

    try:
        await run()
    finally:
        await town.stop()
