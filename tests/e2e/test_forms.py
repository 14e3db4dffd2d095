"""What forms say when something is not done: in words, beside the field, until it is put right."""

from playwright.sync_api import Page

from api.auth.rights import Role
from core.ui.catalogue import texts_in
from core.ui.languages import Language
from tests.stage.country import GUEST, Country
from tests.stage.scenes import opened, panel
from tests.stage.windows import Windows

RU = texts_in(Language.RU)
_OF_A_SPREADSHEET = "number,name,region,cameras\n8001,Школа № 8,osh,Урны\n".encode(
    "cp1251", "replace"
)


def said(page: Page, form: str) -> str:
    page.wait_for_selector(f"{form} .form-answer .notice")
    return page.inner_text(f"{form} .form-answer .notice")


def test_a_list_in_another_encoding_is_refused_and_not_made_into_other_letters(
    windows: Windows, country: Country
):
    context = windows.open(Role.ADMIN)
    page = context.new_page()
    opened("/admin/stations")(page, country)
    page.click("details:has(#import) summary")
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": _OF_A_SPREADSHEET}
    page.set_input_files("#list", file)
    assert page.inner_text("#list-name") == "list.csv"
    page.click('#import [value="try"]')
    assert RU("import.bad", faults=1) in said(page, "#import")
    assert RU("import.fault.not_utf8") in page.inner_text("#faults")
    assert page.is_disabled('#import [value="take"]')
    context.close()


def test_a_fault_stands_beside_its_field_until_that_is_changed(windows: Windows, country: Country):
    context = windows.open(Role.ADMIN)
    page = context.new_page()
    opened("/admin/accounts")(page, country)
    page.click("details.panel summary")
    page.fill("#user", GUEST)
    page.fill("#password", "long enough, 12")
    page.click("form[data-api] .button.main")
    page.wait_for_selector("#user-fault")
    assert page.inner_text("#user-fault") == RU("refusal.account_exists")
    assert page.evaluate("document.activeElement.id") == "user"
    assert "user-fault" in page.get_attribute("#user", "aria-describedby")
    page.keyboard.type("2")
    page.wait_for_selector("#user-fault", state="detached")
    assert page.get_attribute("#user", "aria-invalid") is None
    context.close()


def test_an_operator_is_told_on_the_wall_what_a_comment_lacks(windows: Windows, country: Country):
    context = windows.open(Role.OPERATOR)
    page = context.new_page()
    panel("6313")(page, country)
    page.wait_for_selector(".incident form")
    if page.is_visible(".incident form .button.main"):
        page.click(".incident form .button.main")
    page.wait_for_selector(".incident .accepted")
    page.click(".incident form .button")
    page.wait_for_selector(".incident .fault")
    assert page.inner_text(".incident .fault") == RU("refusal.empty_comment")
    assert RU("problem.fields") in said(page, ".incident form")
    context.close()


def test_who_is_no_longer_signed_in_is_told_so(windows: Windows, country: Country):
    context = windows.open(Role.OPERATOR)
    page = context.new_page()
    opened("/incidents")(page, country)
    context.clear_cookies()
    page.click(".incident-row .button >> nth=0")
    told = said(page, ".incident-row")
    assert RU("problem.signed_out") in told
    assert "sign in first" not in told
    context.close()
