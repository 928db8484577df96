"""How the numbers of a model are held: the words that configs use. Nothing is imported, so that reading a config costs nothing."""

from typing import Literal

Precision = Literal["auto", "fp32", "bf16", "fp16"]
Bits = Literal[0, 4, 8]  # of a quantised model's frozen matrices; 0 is none
