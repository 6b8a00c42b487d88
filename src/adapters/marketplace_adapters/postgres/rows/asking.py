"""Applications and inquiries as rows: what is personal in columns of their own."""

from __future__ import annotations

from typing import Any, Final

from attrs import fields

from marketplace_adapters.postgres.rows.values import Columns, Row
from marketplace_core.domain.codec import from_plain, to_plain
from marketplace_core.domain.listings.applications import Application, ApplicationStatus
from marketplace_core.domain.listings.inquiries import Inquiry, InquiryMessage, InquiryStatus, signs
from marketplace_core.domain.listings.records import Applicant

_APPLICANT: Final = ("name", "email", "phone", "email_verified", "phone_verified")
_APPLICATION: Final = tuple(it.name for it in fields(Application) if it.name != "applicant")
_INQUIRY: Final = tuple(it.name for it in fields(Inquiry) if it.name not in ("applicant", "messages", "also"))


def application_row(it: Application) -> Row:
    """The columns of an application."""
    own: Row = {name: getattr(it, name) for name in _APPLICATION}
    return {**own, **_applicant_row(it.applicant), "application_id": it.application_id}


def application_of(row: Columns) -> Application:
    """The application of a row."""
    values: dict[str, Any] = {name: row[name] for name in _APPLICATION}
    values["status"] = ApplicationStatus(row["status"])
    return Application(**values, applicant=_applicant_of(row))


def inquiry_row(it: Inquiry) -> Row:
    """The columns of an inquiry."""
    own: Row = {name: getattr(it, name) for name in _INQUIRY}
    return {
        **own,
        **_applicant_row(it.applicant),
        "messages": [to_plain(one) for one in it.messages],
        "also": list(it.also),
        "asked_on": it.asked_at.date(),
        "is_untold": it.to_tell,
    }


def inquiry_of(row: Columns) -> Inquiry:
    """The inquiry of a row."""
    values: dict[str, Any] = {name: row[name] for name in _INQUIRY}
    values["status"] = InquiryStatus(row["status"])
    messages = tuple(from_plain(one, InquiryMessage) for one in row["messages"])
    return Inquiry(**values, applicant=_applicant_of(row), messages=messages, also=tuple(row["also"]))


def _applicant_row(it: Applicant) -> Row:
    named: Row = {name: getattr(it, name) for name in _APPLICANT}
    return {**named, "applicant_id": it.external_id, "signs": sorted(signs(it))}


def _applicant_of(row: Columns) -> Applicant:
    return Applicant(row["applicant_id"], **{name: row[name] for name in _APPLICANT})
