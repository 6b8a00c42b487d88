"""Types of the API with their bounds: one annotation both checks a value and stands in the description."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Identifier = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$", examples=["lease-a1"], description="An id.")
]
Amount = Annotated[
    str,
    Meta(
        pattern=r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$",
        examples=["15000.00"],
        description="An exact decimal number, with no more decimals than the currency has.",
    ),
]
CurrencyCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", examples=["KES"], description="ISO 4217.")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=500)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, description="Why; kept in the audit trail.")]
DayOfMonth = Annotated[int, Meta(ge=1, le=31)]
GraceDays = Annotated[int, Meta(ge=0, le=365)]
Instant = Annotated[datetime, Meta(tz=True, description="An instant in UTC.")]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-11"], description="A month.")]
Email = Annotated[
    str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["halima@example.org"])
]
PasswordText = Annotated[str, Meta(min_length=1, max_length=1000, description="A password; never shown again.")]
Token = Annotated[str, Meta(min_length=1, max_length=500)]
PageSize = Annotated[int, Meta(ge=1, le=500)]
Cursor = Annotated[str, Meta(max_length=2000, description="Where the page before ended: its `next`.")]
