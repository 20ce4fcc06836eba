"""Numbers, keys and addresses: linear-time expressions with check digits, also in streams."""

from classifiers.patterns.family import Candidate, Family
from classifiers.patterns.people import PEOPLE
from classifiers.patterns.scanner import Patterns
from classifiers.patterns.secrets import NETWORK, SECRETS

FAMILIES: tuple[Family, ...] = (*PEOPLE, *SECRETS, *NETWORK)
"""Every family that comes with the program."""

__all__ = ["FAMILIES", "Candidate", "Family", "Patterns"]
