"""The screen language: text to a checked tree, and the tree to polars expressions.

Imports run one way: diagnosis, tokens, syntax ← lexicon, format ← parser ← check ← compile.
"""

from screener.language.compile import Condition, Program, Value, compile_screen, compile_value
from screener.language.diagnosis import Diagnosis, Severity
from screener.language.format import format
from screener.language.lexicon import Lexicon
from screener.language.parser import parse
from screener.language.syntax import Name, Screen
from screener.language.values import Extra

__all__ = [
    "Condition",
    "Diagnosis",
    "Extra",
    "Lexicon",
    "Name",
    "Program",
    "Screen",
    "Severity",
    "Value",
    "compile_screen",
    "compile_value",
    "format",
    "parse",
]
