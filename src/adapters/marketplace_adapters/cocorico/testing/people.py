"""What people do at the portal, first part: accounts, places and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from attrs import define

from marketplace_adapters.cocorico.testing.rows import Rows

LOCALES: Final = ("en", "fr")


@define
class Place:
    """Where a city is, by the ids of what it lies in."""

    country_id: int
    area_id: int
    department_id: int
    city_id: int


@define
class People:
    """Accounts, places and categories of a portal, made as its own program makes them."""

    rows: Rows
    locales: Sequence[str] = LOCALES

    def add_user(
        self,
        email: str,
        first_name: str = "Amina",
        last_name: str = "Otieno",
        *,
        roles: Sequence[str] = (),
        phone: str = "",
        email_verified: bool = True,
        phone_verified: bool = False,
        enabled: bool = True,
    ) -> int:
        """An account; ``phone`` such as ``+254 712345678``, the prefix before the blank."""
        prefix, rest = phone_parts(phone)
        user_id = self.rows.new_id()
        return self.rows.add(
            "user",
            id=user_id,
            username=email,
            username_canonical=email.lower(),
            email=email,
            email_canonical=email.lower(),
            enabled=enabled,
            salt=f"salt of {user_id}",
            password=f"hash of the password of {user_id}",
            confirmation_token=None,
            roles=php_list(roles),
            person_type=1,
            last_name=last_name,
            first_name=first_name,
            phone_prefix=prefix or None,
            phone=rest or None,
            birthday=date(1990, 1, 1),
            nationality="KE",
            country_of_residence="KE",
            iban=f"KE00{user_id}",
            bic="BICOFBANK",
            bank_owner_name=f"{first_name} {last_name}",
            bank_owner_address="Ngong Road 1, Nairobi",
            phone_verified=phone_verified,
            email_verified=email_verified,
            time_zone="Africa/Nairobi",
            createdAt=self.rows.stamp,
            updatedAt=self.rows.stamp,
            slug=f"{first_name}-{user_id}".lower(),
        )

    def add_landlord(self, email: str = "landlord@example.org") -> int:
        """An account that offers."""
        return self.add_user(email, "Baraka", "Mwangi", phone="+254 722000001", phone_verified=True)

    def add_admin(self, email: str = "admin@example.org") -> int:
        """An account that runs the portal, and so may neither offer nor book."""
        return self.add_user(email, "Chebet", "Koech", roles=("ROLE_ADMIN",))

    def add_asker(self, email: str = "asker@example.org", *, phone: str = "+254 733000001") -> int:
        """An account that looks for a home; its phone, if it has one, is verified."""
        return self.add_user(email, "Dalmas", "Ouma", phone=phone, phone_verified=bool(phone))

    def disable_user(self, user_id: int) -> None:
        """Lock an account."""
        self.rows.change("user", user_id, enabled=False, updatedAt=self.rows.stamp)

    def add_category(self, name: str, parent_id: int | None = None) -> int:
        """A category, named alike in each locale; under another one if asked."""
        last = self.rows.rows("SELECT COALESCE(MAX(rgt), 0) AS last FROM listing_category")[0]["last"]
        left = int(str(last)) + 1
        depth = 0 if parent_id is None else 1
        made = self.rows.add("listing_category", parent_id=parent_id, lft=left, lvl=depth, rgt=left + 1, root=parent_id)
        self._name("listing_category_translation", made, name)
        return made

    def add_city(self, city: str, *, area: str = "", department: str = "", country: str = "KE") -> Place:
        """A city with what it lies in; an area or a department of no name is called as the city is."""
        known = self.rows.all("geo_country", code=country)
        country_id = int(str(known[0]["id"])) if known else self._add_country(country)
        area_id = self.rows.add("geo_area", country_id=country_id)
        self._name("geo_area_translation", area_id, area or city)
        department_id = self.rows.add("geo_department", country_id=country_id, area_id=area_id)
        self._name("geo_department_translation", department_id, department or city)
        city_id = self.rows.add("geo_city", country_id=country_id, area_id=area_id, department_id=department_id)
        self._name("geo_city_translation", city_id, city)
        return Place(country_id, area_id, department_id, city_id)

    def add_coordinate(
        self, place: Place, latitude: str = "-1.2864000", longitude: str = "36.8172000", address: str = "Nairobi, Kenya"
    ) -> int:
        """A point in a city, which listings share."""
        return self.rows.add(
            "geo_coordinate",
            country_id=place.country_id,
            area_id=place.area_id,
            department_id=place.department_id,
            city_id=place.city_id,
            lat=latitude,
            lng=longitude,
            address=address,
            createdAt=self.rows.stamp,
            updatedAt=self.rows.stamp,
        )

    def _add_country(self, code: str) -> int:
        made = self.rows.add("geo_country", code=code)
        self._name("geo_country_translation", made, {"KE": "Kenya", "UG": "Uganda"}.get(code, code))
        return made

    def _name(self, table: str, row_id: int, name: str | Mapping[str, str]) -> None:
        for locale in self.locales:
            told = name if isinstance(name, str) else name[locale]
            slug = told.lower().replace(" ", "-")
            self.rows.add(table, translatable_id=row_id, name=told, locale=locale, slug=slug)


def phone_parts(phone: str) -> tuple[str, str]:
    """The prefix and the rest, as two columns keep them."""
    prefix, blank, rest = phone.partition(" ")
    return (prefix, rest) if blank else ("", phone)


def php_list(words: Sequence[str]) -> str:
    """A list of words as PHP's ``serialize`` writes it; the portal keeps roles so."""
    told = "".join(f'i:{at};s:{len(it.encode())}:"{it}";' for at, it in enumerate(words))
    return f"a:{len(words)}:{{{told}}}"
