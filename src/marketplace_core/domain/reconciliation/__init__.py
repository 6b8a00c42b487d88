"""Reconciliation: whose money a payment is and what it pays, decided by evidence and proved by a certificate."""

from __future__ import annotations

from marketplace_core.domain.reconciliation.certificate import (
    Arithmetic,
    Certificate,
    Decision,
    EffectLine,
    Outcome,
    Reason,
    Reconciliation,
    Rival,
    Side,
    Slice,
    WhyLost,
    redacted,
)
from marketplace_core.domain.reconciliation.checking.verifier import Verification, Verifier, verify
from marketplace_core.domain.reconciliation.deciding.decide import decisions_of, reconcile
from marketplace_core.domain.reconciliation.deciding.engine import PureMatcher
from marketplace_core.domain.reconciliation.default_rules import DEFAULT_RULES
from marketplace_core.domain.reconciliation.evidence import Evidence, EvidenceKind
from marketplace_core.domain.reconciliation.explain import explain
from marketplace_core.domain.reconciliation.inputs import (
    LeaseProfile,
    OpenInvoice,
    ReconciliationInput,
    TenantProfile,
    UnappliedPayment,
)
from marketplace_core.domain.reconciliation.limits import SearchBound
from marketplace_core.domain.reconciliation.names import NameGrade, compare_names
from marketplace_core.domain.reconciliation.phones import SamePhone, clear_phone, same_phone
from marketplace_core.domain.reconciliation.plain import (
    certificate_digest,
    certificate_from_plain,
    certificate_to_plain,
    kept_certificate,
)
from marketplace_core.domain.reconciliation.review import (
    Pattern,
    ReviewDecision,
    ReviewItem,
    Verdict,
    accept,
    accept_all,
    choose,
    forget,
    learned_aliases,
    reject,
    review_queue,
    split_among,
    taught_by,
    waiting_total,
)
from marketplace_core.domain.reconciliation.rules import Action, Criterion, Rule, RuleSet, RuleStamp, rule_set_hash
from marketplace_core.domain.reconciliation.rules_toml import rule_set_from_toml, rule_set_to_toml
from marketplace_core.domain.reconciliation.what_if import ChangedMatch, WhatIf, what_if

__all__ = [
    "DEFAULT_RULES",
    "Action",
    "Arithmetic",
    "Certificate",
    "ChangedMatch",
    "Criterion",
    "Decision",
    "EffectLine",
    "Evidence",
    "EvidenceKind",
    "LeaseProfile",
    "NameGrade",
    "OpenInvoice",
    "Outcome",
    "Pattern",
    "PureMatcher",
    "Reason",
    "Reconciliation",
    "ReconciliationInput",
    "ReviewDecision",
    "ReviewItem",
    "Rival",
    "Rule",
    "RuleSet",
    "RuleStamp",
    "SamePhone",
    "SearchBound",
    "Side",
    "Slice",
    "TenantProfile",
    "UnappliedPayment",
    "Verdict",
    "Verification",
    "Verifier",
    "WhatIf",
    "WhyLost",
    "accept",
    "accept_all",
    "certificate_digest",
    "certificate_from_plain",
    "certificate_to_plain",
    "choose",
    "clear_phone",
    "compare_names",
    "decisions_of",
    "explain",
    "forget",
    "kept_certificate",
    "learned_aliases",
    "reconcile",
    "redacted",
    "reject",
    "review_queue",
    "rule_set_from_toml",
    "rule_set_hash",
    "rule_set_to_toml",
    "same_phone",
    "split_among",
    "taught_by",
    "verify",
    "waiting_total",
    "what_if",
]
