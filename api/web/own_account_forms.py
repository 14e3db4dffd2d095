"""The forms of one's own account: what was typed in, and what is wrong with it. Pure."""

from collections.abc import Collection, Mapping

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.auth.passwords import MAX_LENGTH, WeakPasswordError, check_strength
from api.own_account import MAX_TOKEN_DAYS, TokenLabel, TokenOrder
from api.parameters import code_of, limit_of
from core.ui.catalogue import Texts

USUAL_TOKEN_DAYS = 90
_LABEL: TypeAdapter[str] = TypeAdapter(TokenLabel)

Faults = Mapping[str, str]
"""What is wrong with a field, in the reader's language, by the field's name."""


class PasswordFields(BaseModel):
    """A change of one's own password as somebody typed it; never shown again."""

    old: str = ""
    new: str = ""
    again: str = ""
    """The new one once more: a slip of the finger would shut its owner out."""


class TokenFields(BaseModel):
    """A new token as somebody typed it."""

    label: str = Field(default="", max_length=1000)
    days: str = Field(default="", max_length=100)
    """Empty: until it is taken back."""


def faults_of_password(fields: PasswordFields, texts: Texts) -> Faults:
    """Everything that is wrong, but for whether the old password is the account's."""
    checks = {
        "old": "" if fields.old else texts("fault.missing"),
        "new": _fault_of_new(fields.new, texts),
        "again": "" if fields.again == fields.new else texts("own.password.fault.again"),
    }
    return {name: fault for name, fault in checks.items() if fault}


def read_token(fields: TokenFields, taken: Collection[str], texts: Texts) -> TokenOrder | Faults:
    """The token that is meant, or everything that is wrong.

    Args:
        fields: As they were typed.
        taken: Names of the account's tokens; who reads a list of them must tell them apart, and
            a page that is loaded again makes no second one.
        texts: Of the reader.
    """
    checks = {
        "label": _fault_of_label(fields.label, taken, texts),
        "days": _fault_of_days(fields.days.strip(), texts),
    }
    faults = {name: fault for name, fault in checks.items() if fault}
    days = fields.days.strip()
    return faults or TokenOrder(label=fields.label, days=int(days) if days else None)


def _fault_of_new(password: str, texts: Texts) -> str:
    if not password:
        return texts("fault.missing")
    if len(password) > MAX_LENGTH:
        return texts("fault.string_too_long", limit=MAX_LENGTH)
    try:
        check_strength(password)
    except WeakPasswordError:
        return texts("refusal.weak_password")
    return ""


def _fault_of_label(label: str, taken: Collection[str], texts: Texts) -> str:
    try:
        name = _LABEL.validate_python(label)
    except ValidationError as error:
        fault = error.errors()[0]
        return texts(f"fault.{code_of(fault)}", limit=limit_of(fault))
    return texts("own.token.fault.taken") if name in taken else ""


def _fault_of_days(days: str, texts: Texts) -> str:
    is_number = days.isascii() and days.isdecimal() and len(days) <= len(str(MAX_TOKEN_DAYS))
    if not days or (is_number and 1 <= int(days) <= MAX_TOKEN_DAYS):
        return ""
    return texts("own.token.fault.days", most=MAX_TOKEN_DAYS)
