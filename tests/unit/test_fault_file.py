"""Fault plans in YAML: the documents' examples, and every mistake with its place."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bin.fault_file import load_faults
from bin.paper_market import paper_market
from bin.paper_process import paper_settings
from config.problems import ConfigError
from config.schema import PaperVenueSettings
from exchange.paper.faults_actions import ACTIONS, NoReply, OddFrame
from exchange.paper.faults_plan import Rule, When
from exchange.paper.faults_replies import REPLIES
from exchange.paper.files import PaperFileError
from tests.support.source import ROOT

DOCUMENT = (ROOT / "docs" / "faults.md").read_text()
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL) if block.startswith("-")]


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    return file


def test_the_example_file_is_a_plan() -> None:
    """With a rule of every kind of occasion that it tells of, and a name for each."""
    plan = load_faults(ROOT / "docs" / "examples" / "faults.yaml")
    assert plan.seed == 7
    assert plan.rules[0] == Rule(
        do=NoReply(),
        when=When(endpoint="oto-order/place", nth=2),
        name="an answer is lost though the order was accepted",
    )
    assert all(rule.name for rule in plan.rules)


@pytest.mark.parametrize("block", BLOCKS, ids=[block[:30] for block in BLOCKS])
def test_the_documents_examples_are_rules(tmp_path: Path, block: str) -> None:
    """Each can be copied as it is."""
    assert len(load_faults(written(tmp_path, f"rules:\n{block}")).rules) == len(re.findall("fault:", block))


def test_the_document_knows_every_fault_and_reply() -> None:
    """Nothing that can be planned is left unsaid."""
    unsaid = [name for name in ACTIONS if f"fault: {name}" not in DOCUMENT]
    assert unsaid + [name for name in REPLIES if f"`{name}`" not in DOCUMENT] == []


def test_values_are_typed(tmp_path: Path) -> None:
    """An account may be written as a number; shares and seconds are exact."""
    plan = load_faults(
        written(tmp_path, "rules: [{do: {fault: odd_frame, kind: huge}, when: {account: 1, after: 0.1}}]")
    )
    assert plan.rules == (Rule(do=OddFrame(kind="huge"), when=When(account="1", after=Decimal("0.1"))),)


WRONG = """\
seed: x
rules:
  - do: {fault: slow}
  - do: {fault: slo, seconds: 3}
  - do: {fault: cut, code: 7}
    when: {nth: 0}
  - do: {fault: cut}
    when: {endpoint: order/place}
  - do: {fault: slow, seconds: 3, extra: 3}
    when: {nth: 1, every: 2}
  - do: {seconds: 3}
  - do: [slow]
  - when: {after: 4, before: 3}
"""
PROBLEMS = (
    (1, "seed: found"),
    (3, "rules[0].do.seconds: found nothing"),
    (4, 'rules[1].do.fault: found "slo", expected slow or no_reply'),
    (5, "rules[2].do.code: found 7, expected a whole number from 1000 to 4999"),
    (6, "rules[2].when.nth: found 0, expected a whole number from 1"),
    (8, "rules[3].when: found endpoint, expected for cut only"),
    (9, "rules[4].do.extra: found an unknown key, expected one that docs/faults.md has"),
    (10, "rules[4].when.nth: found nth and every, expected one of them"),
    (11, "rules[5].do: found keys with values, expected keys with values, fault among them"),
    (12, "rules[6].do: found a list"),
    (13, "rules[7].do: found nothing"),
    (13, "rules[7].when.before: found 3, expected more than after (4)"),
)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """With their lines, in the order of the file."""
    file = written(tmp_path, WRONG)
    with pytest.raises(ConfigError) as caught:
        load_faults(file)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == len(PROBLEMS)
    for line, words in PROBLEMS:
        assert any(problem.startswith(f"{file}:{line}:") and words in problem for problem in told), words


@pytest.mark.parametrize("text", ["", "rules: []", "seed: 3", "[]", "rules: {}"])
def test_a_plan_without_rules_is_none(tmp_path: Path, text: str) -> None:
    """Whoever gives one meant something."""
    with pytest.raises(ConfigError):
        load_faults(written(tmp_path, text))


def test_the_settings_bring_the_plan_to_the_venue(tmp_path: Path) -> None:
    """As data: the venue reads no YAML."""
    file = written(tmp_path, "rules: [{do: {fault: mute}}]")
    faults = paper_settings(PaperVenueSettings(faults_file=str(file))).faults
    assert faults is not None
    assert len(faults.rules) == 1
    assert paper_settings(PaperVenueSettings()).faults is None


def test_a_plan_is_checked_against_what_is_listed(tmp_path: Path) -> None:
    """Before anything is started."""
    file = written(tmp_path, "rules: [{do: {fault: set_offline, token: AOPP}}]")
    with pytest.raises(PaperFileError, match="rule 1: 0 tokens are called 'AOPP'"):
        paper_market(PaperVenueSettings(faults_file=str(file)))


def test_a_number_without_bounds_is_asked_for_with_nothing_after_it(tmp_path: Path) -> None:
    """The message ends with the words."""
    with pytest.raises(ConfigError) as refused:
        load_faults(written(tmp_path, "seed: x\nrules: []\n"))
    assert refused.value.problems[0].expected == "a whole number"
