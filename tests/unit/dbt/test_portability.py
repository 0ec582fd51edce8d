"""Model SQL keeps to forms every engine reads alike (DESIGN.md 9)."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import Token, TokenType, exp

from tests.unit.dbt.conftest import PROJECT, Built

MODELS = sorted((PROJECT / "models").rglob("*.sql"))

#: Banned words: as functions or keywords they differ between engines or read the clock.
BANNED = {
    "qualify": "no QUALIFY: rank in one CTE, filter in the next",
    "pivot": "no PIVOT",
    "unpivot": "no UNPIVOT",
    "concat": "|| with coalesce: engines differ on null",
    "current_date": "the day comes from the release",
    "current_timestamp": "the day comes from the release",
    "now": "the day comes from the release",
    "today": "the day comes from the release",
    "get_current_timestamp": "the day comes from the release",
    "dateadd": "dates only through the macros",
    "date_add": "dates only through the macros",
    "interval": "dates only through the macros",
    "list_value": "no lists",
    "struct_pack": "no structs",
    "exclude": "no * exclude",
    "replace_columns": "no * replace",
}


def banned_forms(sql: str) -> list[str]:
    """Return the banned forms a statement uses, in the order they stand."""
    tokens = sqlglot.tokenize(sql, read="duckdb")
    found = [form for place, _ in enumerate(tokens) for form in _forms_at(tokens, place)]
    return found + _unordered(sql)


def _forms_at(tokens: list[Token], place: int) -> list[str]:
    token = tokens[place]
    after = [t.text.lower() for t in tokens[place + 1 : place + 3]]
    found = []
    if token.token_type == TokenType.DCOLON:
        found.append(":: cast")
    if token.token_type in {TokenType.L_BRACKET, TokenType.L_BRACE}:
        found.append("list or struct literal")
    if token.token_type in {TokenType.ARROW, TokenType.FARROW}:
        found.append("lambda")
    if token.token_type == TokenType.STAR and after[:1] == ["replace"]:
        found.append("* replace")
    if token.token_type in {TokenType.ASC, TokenType.DESC} and after[:1] != ["nulls"]:
        found.append("order without a place for nulls")
    if token.token_type == TokenType.GROUP_BY and after[:1] == ["all"]:
        found.append("group by all")
    word = token.text.lower()
    is_text = token.token_type in {TokenType.STRING, TokenType.IDENTIFIER}
    if not is_text and word in BANNED:
        found.append(word)
    return found


def _unordered(sql: str) -> list[str]:
    """Return a complaint per ranking window without an order."""
    found = []
    for window in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Window):
        order = window.args.get("order")
        if isinstance(window.this, exp.RowNumber | exp.Lag | exp.Lead) and order is None:
            found.append("window without an order")
    return found


@pytest.mark.parametrize(
    ("sql", "form"),
    [
        ("select a from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select a::date from t", ":: cast"),
        ("select a, count(*) from t group by all", "group by all"),
        ("select * exclude (a) from t", "exclude"),
        ("select * replace (1 as a) from t", "* replace"),
        ("select concat(a, b) from t", "concat"),
        ("select [1, 2] as a", "list or struct literal"),
        ("select {'a': 1} as b", "list or struct literal"),
        ("select list_transform(a, x -> x + 1) from t", "lambda"),
        ("pivot t on a using sum(b)", "pivot"),
        ("select current_date", "current_date"),
        ("select now()", "now"),
        ("select a + interval 1 day from t", "interval"),
        ("select a from t order by a desc", "order without a place for nulls"),
        ("select row_number() over (partition by a) from t", "window without an order"),
    ],
)
def test_the_lint_sees_each_banned_form(sql: str, form: str) -> None:
    tokens = sqlglot.tokenize(sql, read="duckdb")
    found = [f for place, _ in enumerate(tokens) for f in _forms_at(tokens, place)]
    assert form in found or form in _unordered(sql)


def test_words_in_text_and_comments_are_not_meant() -> None:
    assert banned_forms("select 'now, [x] a::b' as pivot_text from t -- concat(now())") == []


def test_no_model_uses_a_banned_form(built: Built) -> None:
    compiled = built.target / "compiled" / "lds_marts" / "models"
    files = [compiled / path.relative_to(PROJECT / "models") for path in MODELS]
    found = {path.name: banned_forms(path.read_text(encoding="utf-8")) for path in files}
    # the date macros are the one place for engine functions; what they emit is allowed
    assert {name: forms for name, forms in found.items() if forms} == {}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_output_column_is_cast(path: Path, built: Built) -> None:
    compiled = built.target / "compiled" / "lds_marts" / path.relative_to(PROJECT)
    tree = sqlglot.parse_one(compiled.read_text(encoding="utf-8"), read="duckdb")
    last = _output(tree)
    bare = [column.alias_or_name for column in last.selects if not _is_cast(column)]
    assert bare == []


def _output(tree: exp.Expr) -> exp.Select:
    """Follow ``select * from <last>`` to the CTE that names the output columns."""
    assert isinstance(tree, exp.Select)
    if not isinstance(tree.selects[0], exp.Star):
        return tree
    table = tree.find(exp.From)
    assert table is not None
    for cte in tree.find_all(exp.CTE):
        if cte.alias == table.this.name:
            assert isinstance(cte.this, exp.Select)
            return cte.this
    raise AssertionError("the last CTE was not found")


def _is_cast(column: exp.Expr) -> bool:
    inner = column.unalias()
    if isinstance(inner, exp.Case):  # a date macro inside, cast in each branch
        return all(isinstance(branch.args["true"], exp.Cast) for branch in inner.args["ifs"])
    return isinstance(inner, exp.Cast)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_read_only_the_layer_below(path: Path) -> None:
    allowed = {
        "staging": (),
        "intermediate": ("stg_", "int_"),
        "marts": ("int_",),
    }[path.parent.name]
    seeds = {p.stem for p in (PROJECT.parent / "seeds").rglob("*.csv")}
    text = path.read_text(encoding="utf-8")
    refs = re.findall(r"ref\('(\w+)'\)", text)
    wrong = [
        name
        for name in refs
        if not name.startswith(allowed)
        and not (path.parent.name == "intermediate" and name in seeds)
    ]
    assert wrong == []
    assert "source(" not in text
    assert ("lake(" in text) == (path.parent.name == "staging")


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_state_their_grain_and_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "-- Grain: one row" in "\n".join(text.splitlines()[:2])
    assert len(text.splitlines()) <= 120
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_never_name_a_supplier(path: Path) -> None:
    assert not re.search(r"\b(emis|tpp|vision|medicus)\b", path.read_text("utf-8").lower())
