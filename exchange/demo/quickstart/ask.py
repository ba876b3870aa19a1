"""Sends one query to the node of this folder, and saves the evidence."""

import asyncio
import tomllib
from pathlib import Path

from exchange.client import Basis, Claim, Client, Operator, Subject, SubjectKind

HERE = Path(__file__).parent
BASIS = Basis(
    matter="counter-service", case="2026-0001", legal_basis="《中华人民共和国户口登记条例》第十条", officer="李晓雯"
)
SUBJECT = Subject(SubjectKind.CITIZEN_ID, "110105194912310011")
CLAIMS = [Claim("name", Operator.EQ, ("张三",)), Claim("status", Operator.EQ, ("normal",))]


async def main() -> None:
    """Verify the claims, and save the evidence."""
    node = tomllib.loads((HERE / "yici.toml").read_text(encoding="utf-8"))["node"]
    desk = HERE / "departments" / "desk"
    chain, key = (desk / "chain.pem").read_bytes(), (desk / "desk.key.pem").read_bytes()
    async with Client(f"{node['host']}:{node['port']}", chain, key, HERE / "trust") as client:
        found = await client.verify(BASIS, "residents", SUBJECT, CLAIMS)
    for claim, finding in zip(CLAIMS, found.findings, strict=True):
        print(f"{claim.field}: {finding.outcome}")
    found.save_evidence(HERE / "evidence")


if __name__ == "__main__":
    asyncio.run(main())
