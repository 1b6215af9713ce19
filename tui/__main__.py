"""`python -m tui` is `kasauti`."""

from tui.cli import main

main()
