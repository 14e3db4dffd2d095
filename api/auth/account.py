"""The person behind a request, as a value."""

from dataclasses import dataclass
from uuid import UUID

from api.auth.rights import RIGHTS, Right, Role
from core.errors import ForbiddenError, NotFoundError
from storage.index.registry_tables import AccountRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who calls. Rights come from the role, their reach from the regions."""

    account_id: UUID
    user: str
    role: Role
    regions: tuple[str, ...]
    """Keys of `core.regions.REGIONS`; empty: the whole country."""
    language: str
    csrf_token: str = ""
    """Of the browser session; empty when the call carries a bearer token."""

    @classmethod
    def of(cls, row: AccountRow, csrf_token: str = "") -> "Account":
        """The value of a row."""
        return cls(
            account_id=row.account_id,
            user=row.user,
            role=Role(row.role),
            regions=tuple(row.regions),
            language=row.language,
            csrf_token=csrf_token,
        )

    def has(self, right: Right) -> bool:
        """Whether the role carries this right."""
        return right in RIGHTS[self.role]

    def sees(self, region: str) -> bool:
        """Whether the region is one of the account's."""
        return not self.regions or region in self.regions

    def must_have(self, right: Right) -> None:
        """Raise `ForbiddenError` unless the role carries this right."""
        if not self.has(right):
            raise ForbiddenError(f"the role {self.role.value} may not do this ({right.value})")

    def must_see(self, region: str, what: str) -> None:
        """Raise `NotFoundError` for another region: what one may not see does not exist."""
        if not self.sees(region):
            raise NotFoundError(f"there is no such {what}")
