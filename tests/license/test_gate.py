"""One table per act: licence and state in, result and section out."""

from __future__ import annotations

import pytest

from llmx_data.core.errors import LicenseDenied, ReviewNeeded
from llmx_data.license.facts import UNKNOWN, Facts
from llmx_data.license.findings import Tuple
from llmx_data.license.gate import concluded, enforce, judge, worst
from llmx_data.license.inputs import Input
from llmx_data.license.mix import judge_mix
from llmx_data.license.schema import Result

from .conftest import plan

STRICTNESS = ("strict", "standard", "permissive_jp")
SHARE = "redistribute_derived"
SERVE = "commercial_service"

# licence, adaptation, act, result, rule, section
ALONE = [
    ("CC0-1.0", "normalized", SHARE, "ALLOW", "permitted", "§2, §3"),
    ("CC-BY-4.0", "verbatim", SHARE, "ALLOW_WITH", "conditions", "§3(a)(1)(A)"),
    ("CC-BY-4.0", "verbatim", "train_internal", "ALLOW", "permitted", "§2(a)(1)(A)"),
    ("CC-BY-2.5", "technical", SHARE, "ALLOW_WITH", "conditions", "§4(b)"),
    ("CC-BY-SA-3.0", "translated", SHARE, "ALLOW_WITH", "share_alike", "§4(b)"),
    ("CC-BY-SA-2.1-JP", "rewritten", SHARE, "ALLOW_WITH", "share_alike", "Art. 5(b)"),
    ("CC-BY-NC-4.0", "verbatim", SERVE, "DENY", "noncommercial", "§1(i), §2(a)(1)"),
    ("CC-BY-NC-SA-3.0", "verbatim", SERVE, "DENY", "noncommercial", "§4(c)"),
    ("CC-BY-NC-SA-4.0", "verbatim", SHARE, "ALLOW_WITH", "noncommercial_kept", "§1(k), §2(a)(1)"),
    ("CC-BY-ND-4.0", "verbatim", SHARE, "ALLOW_WITH", "conditions", "§3(a)(1)(A)"),
    ("CC-BY-ND-4.0", "technical", SHARE, "ALLOW_WITH", "conditions", "§3(a)(1)(A)"),
    ("CC-BY-ND-4.0", "normalized", SHARE, "DENY", "no_derivatives", "§2(a)(1)(B), §3(a)(1)"),
    ("CC-BY-ND-4.0", "translated", SHARE, "DENY", "no_derivatives", "§2(a)(1)(B), §3(a)(1)"),
    ("cc-by-nd-2.1-jp", "rewritten", SHARE, "DENY", "no_derivatives", "Art. 3"),
    ("CC-BY-NC-ND-4.0", "merged", SHARE, "DENY", "no_derivatives", "§2(a)(1)(B), §3(a)(1)"),
    ("CC-BY-ND-4.0", "translated", "train_internal", "ALLOW", "permitted", "§2(a)(1)(A)"),
    ("ODC-By-1.0", "verbatim", SHARE, "DENY", "unknown_license", "policy, unknown"),
    (None, "verbatim", SHARE, "DENY", "unknown_license", "policy, unknown"),
    (None, "verbatim", "redistribute", "DENY", "unknown_license", "policy, unknown"),
    (None, "verbatim", "train_internal", "REVIEW", "unknown_license_question", "policy, unknown"),
    (None, "verbatim", "release_weights", "DENY", "unknown_license", "policy, unknown"),
    ("cc-by", "verbatim", SHARE, "REVIEW", "unknown_version", "policy, unknown"),
    ("CC-BY-NC-2.5", "verbatim", SHARE, "REVIEW", "no_facts", "no facts"),
    ("LicenseRef-mine", "verbatim", SHARE, "REVIEW", "no_facts", "no facts"),
    ("LicenseRef-LMSYS-Chat-1M", "verbatim", SHARE, "DENY", "no_redistribution", "agreement"),
    ("LicenseRef-JBBQ", "verbatim", "train_internal", "DENY", "evaluation_only", "README"),
    ("LicenseRef-PDL-1.0-JP", "normalized", SHARE, "ALLOW_WITH", "conditions", "§1.1"),
    ("LicenseRef-llmx-JP-art13", "normalized", SHARE, "ALLOW", "permitted", "art. 13"),
    ("Apache-2.0", "rewritten", SHARE, "ALLOW_WITH", "conditions", "§4(a)"),
    ("CDLA-Permissive-2.0", "verbatim", "release_weights", "ALLOW", "permitted", "§1.1"),
    ("CC-BY-4.0", "verbatim", "release_weights", "ALLOW_WITH", "conditions", "§3(a)(1)(A)"),
    ("llama3", "verbatim", "release_weights", "REVIEW", "outputs_family_only", "§1.b.v"),
]


@pytest.mark.parametrize(("license_", "state", "act", "result", "rule", "section"), ALONE)
def test_one_licence(
    facts: Facts,
    license_: str | None,
    state: str,
    act: str,
    result: str,
    rule: str,
    section: str,
) -> None:
    (verdict,) = judge([Tuple("s", license_, adaptation=state)], plan(facts, act), facts)
    assert verdict.result.name == result
    cited = {(r.rule, r.section) for r in verdict.deciding()}
    assert any(r == rule and section in s for r, s in cited), cited
    assert all(r.ja and r.en and r.section for r in verdict.reasons)


def made(generator: str, accepted_by: str) -> Tuple:
    """Give records under CC0 that a model wrote."""
    return Tuple("s", "CC0-1.0", generator=generator, accepted_by=accepted_by)


BY_ND = Tuple("s", "CC-BY-ND-4.0", adaptation="normalized")
NC_SA = Tuple("s", "CC-BY-NC-SA-4.0")
TRAIN, RELEASE = "train_internal", "release_weights"

# what, act, who; strict / standard / permissive_jp
POLICIES = [
    (Tuple("s"), TRAIN, "university", "DENY REVIEW ALLOW_WITH"),
    (Tuple("s"), SHARE, "university", "DENY DENY REVIEW"),
    (Tuple("s"), SERVE, "company", "DENY DENY ALLOW_WITH"),
    (NC_SA, TRAIN, "university", "ALLOW_WITH ALLOW_WITH ALLOW_WITH"),
    (NC_SA, TRAIN, "company", "REVIEW REVIEW ALLOW_WITH"),
    (NC_SA, SERVE, "company", "DENY DENY ALLOW_WITH"),
    (Tuple("s", "CC-BY-SA-4.0"), RELEASE, "individual", "REVIEW ALLOW_WITH ALLOW_WITH"),
    (BY_ND, RELEASE, "individual", "DENY ALLOW_WITH ALLOW_WITH"),
    (BY_ND, SHARE, "public", "DENY DENY ALLOW_WITH"),
    (made("llama-3-70b", "self"), RELEASE, "university", "DENY DENY DENY"),
    (made("llama-3-70b", "upstream"), RELEASE, "university", "DENY REVIEW ALLOW_WITH"),
    (made("llama-3-70b", "unknown"), RELEASE, "university", "DENY REVIEW REVIEW"),
    (made("qwen2-72b@main", "self"), TRAIN, "university", "DENY DENY DENY"),
    (made("openai-api", "self"), RELEASE, "university", "DENY REVIEW REVIEW"),
    (made("qwen2.5-32b@1", "self"), RELEASE, "university", "ALLOW ALLOW ALLOW"),
    (made("deepseek-api", "self"), RELEASE, "university", "ALLOW ALLOW ALLOW"),
    (made("LicenseRef-exaone-1.1-nc", "self"), TRAIN, "university", "DENY DENY DENY"),
    (made("never-heard-of", "self"), TRAIN, "university", "REVIEW REVIEW REVIEW"),
    (made("rules", "self"), SHARE, "university", "ALLOW ALLOW ALLOW"),
]


@pytest.mark.parametrize(("subject", "act", "kind", "results"), POLICIES)
def test_policies(facts: Facts, subject: Tuple, act: str, kind: str, results: str) -> None:
    found = [
        judge([subject], plan(facts, act, policy=policy, kind=kind), facts)[0].result.name
        for policy in STRICTNESS
    ]
    assert found == results.split()


@pytest.mark.parametrize(
    ("generator", "kind", "words", "section"),
    [
        ("llama-3.1-8b", "name_prefix", "Llama", "§1.b.i"),
        ("qwen2.5-72b", "display", "Built with Qwen", "§5b"),
        ("gemma-2-27b", "notice_file", "Gemma is provided", "§3.1"),
        ("gemma-2-27b", "pass_on_terms", None, "§3.1"),
    ],
)
def test_generators_put_duties_on_the_model(
    facts: Facts, generator: str, kind: str, words: str | None, section: str
) -> None:
    subject = Tuple("s", "CC0-1.0", generator=generator, accepted_by="self")
    (verdict,) = judge([subject], plan(facts, "release_weights"), facts)
    assert verdict.result == Result.ALLOW_WITH
    duty = next(o for o in verdict.obligations if o.kind == kind)
    assert duty.section == section
    assert words is None or (duty.words or "").startswith(words)


def test_a_model_of_the_same_family_may_learn_from_it(facts: Facts) -> None:
    subject = Tuple("s", "CC0-1.0", generator="llama-2-70b", accepted_by="self")
    purpose = plan(facts, "release_weights", release={"base": "llama2"})
    assert worst(judge([subject], purpose, facts)) == Result.ALLOW


def test_sharing_outputs_asks_to_name_the_generator_only(facts: Facts) -> None:
    subject = Tuple("s", "CC0-1.0", generator="gemma-3-27b", adaptation="generated")
    (verdict,) = judge([subject], plan(facts, SHARE), facts)
    assert {o.kind for o in verdict.obligations} == {"name_generator", "student_note"}


@pytest.mark.parametrize(
    ("expression", "act", "chosen"),
    [
        ("CC-BY-NC-4.0 OR CC-BY-4.0", SERVE, "CC-BY-4.0"),
        ("GFDL-1.3-or-later OR CC-BY-SA-4.0", SHARE, "GFDL-1.3-or-later"),
        ("unknown OR MIT", SHARE, "MIT"),
        ("(CC-BY-ND-4.0 AND MIT) OR Apache-2.0", SHARE, "Apache-2.0"),
    ],
)
def test_the_best_branch_is_chosen_and_named(
    facts: Facts, expression: str, act: str, chosen: str
) -> None:
    subject = Tuple("s", expression, adaptation="translated")
    (verdict,) = judge([subject], plan(facts, act), facts)
    assert verdict.license_concluded == chosen
    assert verdict.result <= Result.ALLOW_WITH
    (note,) = [r for r in verdict.reasons if r.rule == "branch_chosen"]
    assert note.license == chosen


def test_all_of_an_and_apply(facts: Facts) -> None:
    (verdict,) = judge([Tuple("s", "MIT AND CC-BY-NC-4.0")], plan(facts, SERVE), facts)
    assert verdict.result == Result.DENY


def test_the_database_layer_is_carried_and_covers_no_contents(facts: Facts) -> None:
    bare = Tuple("s", "odc-by")
    clear = Tuple("t", "CC-BY-4.0", license_db="odc-by")
    first, second = judge([bare, clear], plan(facts, SHARE), facts)
    assert (first.license_concluded, first.license_db) == (UNKNOWN, "ODC-By-1.0")
    assert second.result == Result.ALLOW_WITH
    duties = {(o.license, o.kind, o.section) for o in second.obligations}
    assert ("ODC-By-1.0", "database_notice", "§4.3") in duties
    assert ("CC-BY-4.0", "attribution", "§3(a)(1)(A)") in duties
    assert any(r.rule == "database_only" and r.section == "§2.4" for r in second.reasons)


def test_concluded(facts: Facts) -> None:
    assert concluded("odc-by", None, facts) == UNKNOWN
    assert concluded("odc-by AND cc-by-4.0", None, facts) == "CC-BY-4.0"
    assert concluded("odc-by OR mit", None, facts) == f"{UNKNOWN} OR MIT"
    assert concluded("cc-by-4.0", "odc-by", facts) == "CC-BY-4.0"
    card = facts.card("deL-taiseiozaki/tengentoppa-sft-v1.0")
    assert concluded("cc-by-4.0", None, facts, card=card) == UNKNOWN


@pytest.mark.parametrize(
    ("source", "declared", "act", "result", "rule"),
    [
        ("Tengentoppa-sft-v1.0", "cc-by-4.0", SHARE, "DENY", "unknown_license"),
        ("kajuma/CC-news-2024-July-October-cleaned", "odc-by", SHARE, "DENY", "unknown_license"),
        ("kaiwa-ai", None, SHARE, "DENY", "no_redistribution"),
        ("ichikara-instruction", "cc-by-nc-sa-4.0", SHARE, "REVIEW", "card_redistribution_unknown"),
        ("elyza/ELYZA-tasks-100", "cc-by-sa-4.0", "train_internal", "DENY", "evaluation_only"),
        ("elyza/ELYZA-tasks-100", "cc-by-sa-4.0", "evaluate_only", "ALLOW", "permitted"),
        ("JGLUE", "cc-by-sa-4.0", SHARE, "REVIEW", "evaluation_published"),
        ("JaQuAD", "cc-by-sa-3.0", SHARE, "ALLOW_WITH", "conditions"),
        ("RealPersonaChat", "cc-by-sa-4.0", "train_internal", "ALLOW_WITH", "noted"),
        ("open2ch-dialogue-corpus", "apache-2.0", SHARE, "DENY", "unknown_license"),
    ],
)
def test_the_catalogue_speaks(
    facts: Facts, source: str, declared: str | None, act: str, result: str, rule: str
) -> None:
    (verdict,) = judge([Tuple(source, declared)], plan(facts, act), facts)
    assert verdict.result.name == result
    assert rule in {r.rule for r in verdict.deciding()}


def test_a_recovered_origin_goes_before_the_source(facts: Facts) -> None:
    subject = Tuple("Tengentoppa-sft-v1.0", "cc-by-4.0", origin="JaQuAD")
    (verdict,) = judge([subject], plan(facts, SHARE), facts)
    assert verdict.license_concluded == "CC-BY-SA-3.0"


def test_a_row_that_names_its_licence_goes_before_the_catalogue(facts: Facts) -> None:
    subject = Tuple("Tengentoppa-sft-v1.0", "MIT", license_basis="row")
    (verdict,) = judge([subject], plan(facts, "train_internal"), facts)
    assert verdict.license_concluded == "MIT"


@pytest.mark.parametrize(
    ("term", "act", "result", "rule"),
    [
        ("evaluation-only", "train_internal", "DENY", "evaluation_only"),
        ("evaluation_only", "evaluate_only", "ALLOW", "permitted"),
        ("no-redistribution", SHARE, "DENY", "no_redistribution"),
        ("no_training", "release_weights", "DENY", "no_training"),
        ("research-only", SERVE, "DENY", "research_only"),
        ("LicenseRef-CommonCrawl-ToU", SHARE, "ALLOW_WITH", "conditions"),
        ("house rules", SHARE, "REVIEW", "unknown_term"),
        ("LicenseRef-AnswerCarefully-ToU", "train_internal", "REVIEW", "purpose_limited"),
    ],
)
def test_terms_beside_the_licence(
    facts: Facts, term: str, act: str, result: str, rule: str
) -> None:
    subject = Tuple("s", "CC-BY-4.0", terms=(term,), accepted_by="self")
    (verdict,) = judge([subject], plan(facts, act), facts)
    assert verdict.result.name == result
    assert rule in {r.rule for r in verdict.deciding()}


# expression, terms, act, accepted by -> result and rule
QUESTIONS = [
    ("llama3.1", (), SERVE, "self", "commercial_unsettled"),
    ("MIT", ("gated",), TRAIN, "unknown", "not_accepted"),
    ("MIT", ("LicenseRef-ichikara-instruction-terms",), TRAIN, "self", "unverified"),
]


@pytest.mark.parametrize(("license_", "terms", "act", "who", "rule"), QUESTIONS)
def test_open_questions_are_asked(
    facts: Facts, license_: str, terms: tuple[str, ...], act: str, who: str, rule: str
) -> None:
    subject = Tuple("s", license_, terms=terms, accepted_by=who)
    (verdict,) = judge([subject], plan(facts, act), facts)
    assert verdict.result == Result.REVIEW
    assert rule in {r.rule for r in verdict.deciding()}


def test_who_accepted_is_the_cards_where_the_tuple_does_not_say(facts: Facts) -> None:
    card = "lmsys-chat-1m-synth"
    assert facts.datasets[card].accepted_by == "self"
    unsaid, upstream = (
        Tuple(card, terms=("no_training",), accepted_by=who) for who in ("unknown", "upstream")
    )
    ours, others = judge([unsaid, upstream], plan(facts, TRAIN), facts)
    assert (ours.result, others.result) == (Result.DENY, Result.REVIEW)
    assert ours.subject == unsaid


@pytest.mark.parametrize(
    ("state", "result", "rule"),
    [
        ("verbatim", "DENY", "no_redistribution"),
        ("normalized", "DENY", "no_redistribution"),
        ("rewritten", "ALLOW_WITH", "share_alike"),
    ],
)
def test_originals_stay_but_derivatives_may_go(
    facts: Facts, state: str, result: str, rule: str
) -> None:
    subject = Tuple("s", "AnswerCarefully", adaptation=state, accepted_by="self")
    (verdict,) = judge([subject], plan(facts, SHARE), facts)
    assert verdict.result.name == result
    assert rule in {r.rule for r in verdict.deciding()}


def test_a_purpose_that_is_served_lifts_the_question(facts: Facts) -> None:
    subject = Tuple("s", "LicenseRef-AnswerCarefully-ToU", accepted_by="self")
    purpose = plan(facts, "train_internal", serves=["llm_safety"])
    assert worst(judge([subject], purpose, facts)) == Result.ALLOW_WITH


def test_the_european_union_may_be_excluded(facts: Facts) -> None:
    subject = Tuple("s", "CC0-1.0", generator="LicenseRef-sarashina-nc-2.0", accepted_by="self")
    inside = plan(facts, "train_internal", actor={"jurisdiction": "FR"}, release={"base": "x"})
    rules = {r.rule for r in judge([subject], inside, facts)[0].deciding()}
    assert "eu_excluded" in rules


def test_every_tuple_and_act_has_a_verdict_in_order(facts: Facts) -> None:
    subjects = [Tuple("a", "MIT"), Tuple("b", "CC-BY-4.0"), Tuple("c", None)]
    verdicts = judge(subjects, plan(facts, "train_internal", "release_weights"), facts)
    assert [(v.subject.source, v.act) for v in verdicts if v.subject] == [
        (s, a) for s in "abc" for a in ("train_internal", "release_weights")
    ]


def test_adding_an_input_never_improves(facts: Facts) -> None:
    subjects = [Tuple(i, i, adaptation="normalized") for i in facts.terms]
    purpose = plan(facts, SHARE)
    before = Result.ALLOW
    for count in range(1, len(subjects) + 1, 7):
        after = worst(judge(subjects[:count], purpose, facts))
        assert after >= before
        before = after


def test_strict_is_never_milder(facts: Facts) -> None:
    subjects = [
        Tuple(i, i, adaptation=state, accepted_by=who, generator=generator)
        for i in facts.terms
        for state in ("verbatim", "normalized", "translated")
        for who, generator in (("self", None), ("upstream", "openai-api"))
    ]
    for act in (SHARE, "train_internal", "release_weights", SERVE, "evaluate_only"):
        grades = [
            [v.result for v in judge(subjects, plan(facts, act, policy=p), facts) if v.subject]
            for p in STRICTNESS
        ]
        for subject, *found in zip(subjects, *grades, strict=True):
            assert found == sorted(found, reverse=True), (subject, act, found)


def test_enforce_stops_with_the_right_error_and_language(facts: Facts) -> None:
    denied = judge([Tuple("blog", None), Tuple("n", "cc-by")], plan(facts, SHARE), facts)
    with pytest.raises(LicenseDenied, match="DENY blog") as error:
        enforce(denied)
    assert "REVIEW n" in str(error.value)
    assert "on_denied: drop" in str(error.value)
    with pytest.raises(ReviewNeeded, match="バージョンが不明"):
        enforce(judge([Tuple("n", "cc-by")], plan(facts, SHARE), facts), lang="ja")
    enforce(judge([Tuple("m", "MIT")], plan(facts, SHARE), facts))
    enforce([])


def test_duties_cite_the_section_that_they_stand_in(facts: Facts) -> None:
    """Not the section about outputs, where weights themselves owe the words."""
    purpose = facts.purpose({"act": ["release_weights"]})
    mix = [Input(model="llama-3", role="base")]
    duties = {
        o.kind: o.section for o in judge_mix(mix, "release_weights", purpose, facts).obligations
    }
    assert duties["display"] == duties["name_prefix"] == "§1.b.i"


def test_a_relabelled_card_is_a_question_in_recipes_too(facts: Facts) -> None:
    subject = Tuple(source="bactrian-x", license_declared="CC-BY-NC-4.0")
    (verdict,) = judge([subject], facts.purposes["publish-data"], facts)
    assert "declared_upstream" in {r.rule for r in verdict.reasons}
    assert verdict.result >= Result.REVIEW


def test_a_competition_looks_at_what_wrote_the_data(facts: Facts) -> None:
    purpose = facts.purposes["competition-llm-2024"]
    for generator, accepted, wanted in (
        ("calm3-22b", "self", Result.DENY),
        ("gemma-2-9b", "self", Result.ALLOW),
        ("qwen2.5-32b", "self", Result.ALLOW),
    ):
        subject = Tuple("own", "CC0-1.0", generator=generator, accepted_by=accepted)
        rules = [r for v in judge([subject], purpose, facts) for r in v.reasons]
        found = [r.result for r in rules if r.rule == "not_admitted"]
        assert max(found, default=Result.ALLOW) == wanted


def test_what_a_licence_bars_it_does_not_grant(facts: Facts) -> None:
    purpose = facts.purposes["commercial"]
    answer = judge_mix([Input(model="qwen2.5-3b")], "commercial_service", purpose, facts)
    assert answer.result == Result.DENY
    assert "weights_permitted" not in {r.rule for r in answer.reasons()}
