"""Errors a user can meet, each with the exit code the command ends with.

LlmxError
+-- RecipeError       2   the recipe or the command line is wrong
+-- DataError         3   an input file or a finished run is wrong
+-- ReviewNeeded      4   a licence question that a person must answer
+-- LicenseDenied     5   a licence forbids what the recipe asks for
+-- EnvironmentTrouble 6  a package, a device or disk space is missing
+-- MissingPackage
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class LlmxError(Exception):
    """A problem that has a remedy; the message says what, where and how to go on."""

    exit_code = 1


@dataclass(frozen=True)
class Mistake:
    """One fault in a recipe: `where` is file:line, `place` the path inside, `remedy` the way on."""

    where: str
    place: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        """Two lines at most: the fault, then the remedy."""
        head = (
            f"{self.where}  {self.place}: {self.problem}"
            if self.place
            else (f"{self.where}  {self.problem}")
        )
        return f"{head}\n    {self.remedy}" if self.remedy else head


class RecipeError(LlmxError):
    """A wrong recipe or command line; carries every mistake found, not only the first."""

    exit_code = 2

    def __init__(self, mistakes: Sequence[Mistake] | str) -> None:
        self.mistakes = [Mistake("", "", mistakes)] if isinstance(mistakes, str) else list(mistakes)
        super().__init__("\n".join(str(m).strip() for m in self.mistakes))


class DataError(LlmxError):
    """Data that cannot be read or does not hold what it must."""

    exit_code = 3


class ReviewNeeded(LlmxError):
    """A licence verdict that a person has to settle."""

    exit_code = 4


class LicenseDenied(LlmxError):
    """A licence plainly forbids an act of the recipe's purpose."""

    exit_code = 5


class EnvironmentTrouble(LlmxError):
    """The machine lacks something: a package, a device, disk space."""

    exit_code = 6


class MissingPackage(EnvironmentTrouble):
    """An optional package is not installed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(
            f"package '{package}' is not installed\n    pip install 'llmx-ja[{extra}]'"
        )

    def __reduce__(self) -> tuple[type[MissingPackage], tuple[str, str]]:
        """Travel between processes with both arguments."""
        return MissingPackage, (self.package, self.extra)


def nearest(word: str, known: Sequence[str]) -> str:
    """Say which known name is closest to `word`, and which names there are."""
    names = ", ".join(sorted(known))
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'? (known: {names})" if close else f"known: {names}"
