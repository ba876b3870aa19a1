"""Facts of each family, for the vectors of docs/ledger-format."""

from datetime import UTC, datetime

from keys.leaf.facts import (
    ActFacts,
    AuditFacts,
    BurstFacts,
    CheckpointFacts,
    ClockFacts,
    LeafFacts,
    QueryFacts,
    RegisterFacts,
)

AT = datetime(2026, 3, 1, 8, 0, 0, 123000, UTC)
ASKING, SOURCE, DIGEST = "113205000000140157", "113205000000140825", "ab" * 32
ANSWERED = QueryFacts(
    "verify", "permit", "GRANTED", ASKING, "desk", SOURCE, "tax.paid", ("amount", "month"), "settlement", 1,
    "《税收征收管理法》第五十四条", 3, ("grant:tax.paid",), DIGEST, DIGEST,
)  # fmt: skip
EXAMPLES: dict[str, LeafFacts] = {
    "answer": ANSWERED,
    "refusal": QueryFacts("query", "deny", "NO_GRANT", ASKING, "desk", SOURCE, "tax.paid", ("amount",), "m", 1),
    "stranger": QueryFacts("verify", "deny", "CERTIFICATE_UNKNOWN", subjects=1),
    "act": ActFacts("license.issue", "permit", "ISSUED", ASKING, "desk", ASKING, "", "license.x", "m", 2, "l", DIGEST),
    "person": ActFacts(
        "application.submit",
        "permit",
        "SUBMITTED",
        ASKING,
        source=SOURCE,
        object="ap-mz4qk7w2xdtj3v5n",
        dataset="tax.paid",
        version=3,
        row_digest=DIGEST,
        person="certificate",
        policy=DIGEST,
        clock="start",
        limit="review",
        days=10,
        told=(SOURCE,),
    ),
    "unread": ActFacts("call.Verify", "deny", "INVALID_REQUEST", ASKING, "desk"),
    "burst": BurstFacts("call.burst", "deny", "RATE_EXCEEDED", ASKING, "desk", 17),
    "audit": AuditFacts("audit.entry", "permit", "DUTY", "17", ASKING, "auditor"),
    "register": RegisterFacts(
        "register.grant", "permit", "CHANGED", "tax.paid", ASKING, "", "d", 2, DIGEST, ("state",)
    ),
    "host": AuditFacts("audit.search", "permit", "OPENED", operator="login"),
    "host refused": RegisterFacts("register.seal", "deny", "FOUR_EYES", "32050000000001", operator="account"),
    "clock": ClockFacts("ledger.clock", "permit", "CLOCK_CONFIRMED", "2026-03-01T08:00:00.123Z", "account"),
    "checkpoint": CheckpointFacts("ledger.checkpoint", "permit", "LOG_ACCEPTED", 17, "login"),
}
