"""Tasks of a document, their check, and a balanced pick of tasks of many documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from llmx_data.synth.rules import (
    choose,
    count,
    dates,
    extract,
    figures,
    judge,
    order,
    reading,
    rewrite,
    sequence,
    shape,
)
from llmx_data.synth.rules.evening import in_rounds, turns
from llmx_data.synth.rules.judge import stands_alone
from llmx_data.synth.rules.passage import passages, pieces, refusal
from llmx_data.synth.rules.task import Dice, Document, Kind, Made, Pool, Scene, Task
from llmx_data.synth.rules.wording import FRAMES, ask, wordings
from llmx_data.synth.rules.words import terms

_FAMILIES = (
    extract,
    figures,
    dates,
    count,
    shape,
    choose,
    judge,
    order,
    sequence,
    reading,
    rewrite,
)
KINDS: dict[str, Kind] = {kind.name: kind for family in _FAMILIES for kind in family.KINDS}

POOL_DOCUMENTS = 300
"""Documents that wrong choices come from. Ours: some thousand nouns and sentences are enough."""

RICH = 10
"""`balanced` stops making tasks when every kind could fill its share this many times. Ours."""


def make_pool(documents: Iterable[Document]) -> Pool:
    """Collect wrong choices from the documents with the smallest hashes of their ids.

    Cost: one MeCab pass over at most POOL_DOCUMENTS documents.
    """
    sound = [each for each in documents if refusal(each.text) is None]
    rows = []
    for document in sorted(sound, key=lambda each: _rank("pool", each.id))[:POOL_DOCUMENTS]:
        told = [each for piece in passages(document.text) for each in piece.sentences]
        alone = dict.fromkeys(each for each in told if stands_alone(each))
        nouns = dict.fromkeys(noun for each in told for noun in terms(each))
        rows.append((document, tuple(alone), tuple(nouns)))
    rows.sort(key=lambda row: row[0].id)
    return Pool(
        titles=tuple(
            (each.id, each.title.strip())
            for each, _, _ in rows
            if each.title and not choose.SITE.search(each.title)
        ),
        sentences=tuple((each.id, one) for each, told, _ in rows for one in told),
        nouns=tuple((each.id, noun) for each, _, nouns in rows for noun in nouns),
    )


def tasks(
    document: Document,
    seed: int,
    kinds: Collection[str] | None = None,
    *,
    pool: Pool | None = None,
) -> Iterator[Task]:
    """Make every task of a document, kind by kind; the same for the same arguments anywhere.

    What `verify` does not confirm is left out: the two roads disagree on it.
    `pool` gives wrong choices out of other documents: without it the kinds that need them make
    nothing. No two tasks of a kind have the same prompt. Errors: KeyError for an unknown kind.
    """
    for unknown in set(kinds or ()) - set(KINDS):
        raise KeyError(unknown)
    if refusal(document.text) is not None:
        return
    found = pieces(document.text)
    for name, kind in KINDS.items():
        if kinds is not None and name not in kinds:
            continue
        seen: set[str] = set()
        places = [piece for scope in kind.scopes for piece in found[scope]]
        for number, piece in enumerate(dict.fromkeys(places)):
            dice = Dice(seed, document.id, name, number)
            for made in kind.make(Scene(document, piece, dice, pool or Pool())):
                task = _worded(kind, document, piece.text, made, dice)
                if task.prompt not in seen and verify(task, document) is None:
                    seen.add(task.prompt)
                    yield task


def verify(task: Task, document: Document) -> str | None:
    """Say what is wrong with a task, or None.

    The passage must be the document's, the prompt must be the wording filled with the facts, and
    the answer must pass its kind's check, which takes another road than the one that made it.
    """
    if task.document != document.id or task.kind not in KINDS:
        return "another document, or an unknown kind"
    facts = task.facts
    if facts["passage"] not in document.text or facts["shown"] not in task.prompt:
        return "the passage is not quoted, or not the document's"
    name, _, frame = task.phrasing.partition("/")
    wording = wordings()[task.kind].get(name)
    if (
        wording is None
        or frame not in FRAMES
        or ask(task.kind, task.phrasing, facts) != task.prompt
    ):
        return "the prompt is not the wording filled with the facts"
    if "{term}" in wording.reply:
        wording = type(wording)(name, wording.ask, wording.reply.replace("{term}", facts["term"]))
    answer = wording.answer_of(task.answer)
    if answer is None or not answer or answer != answer.strip():
        return "the reply has another form than the wording asks for"
    return KINDS[task.kind].check(answer, facts, document)


def balanced(documents: Sequence[Document], count: int, seed: int) -> list[Task]:
    """Pick `count` tasks, kinds as even as the documents allow, documents taking turns in each.

    Gives fewer if there are not as many. No prompt is picked
    twice. Cost: about 10 ms a document; documents are read in an order of the seed until every
    kind has RICH times its share.
    """
    pool = make_pool(documents)
    share = -(-count // len(KINDS))
    held: dict[str, list[list[Task]]] = {name: [] for name in KINDS}
    sizes: Counter[str] = Counter()
    for document in sorted(documents, key=lambda each: _rank(seed, each.id)):
        if all(sizes[name] >= RICH * share for name in KINDS):
            break
        by_kind: dict[str, list[Task]] = {}
        for task in tasks(document, seed, pool=pool):
            by_kind.setdefault(task.kind, []).append(task)
        for name, made in by_kind.items():
            held[name].append(Dice(seed, document.id, name, "order").shuffled(made))
            sizes[name] += len(made)
    sources = {name: turns(queues) for name, queues in held.items()}
    return in_rounds(sources, count, {name: kind.every for name, kind in KINDS.items()})


def rejects(documents: Iterable[Document]) -> tuple[Counter[str], Counter[str]]:
    """Count why documents, and paragraphs, are left out: (documents, paragraphs) by reason."""
    whole: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for document in documents:
        passages(document.text, parts)
        reason = refusal(document.text)
        if reason is not None:
            whole[reason] += 1
    return whole, parts


def _worded(kind: Kind, document: Document, text: str, made: Made, dice: Dice) -> Task:
    facts = {**made.facts, "passage": text, "shown": text if made.shown is None else made.shown}
    wording = dice.choose(list(wordings()[kind.name].values()))
    phrasing = f"{wording.name}/{dice.choose(list(FRAMES))}"
    reply = wording.reply.replace("{answer}", made.answer)
    if "{term}" in reply:
        reply = reply.replace("{term}", facts["term"])
    return Task(kind.name, document.id, ask(kind.name, phrasing, facts), reply, phrasing, facts)


def _rank(*of: object) -> int:
    return Dice(*of).below(1 << 62)
